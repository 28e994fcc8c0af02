import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a provider received it. */
export interface CapturedRequest {
  readonly method: string;
  /** Path and query as they were on the wire. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface CapturingProvider extends AsyncDisposable {
  readonly origin: string;
  /** In the order of their arrival; empty it between tests. */
  readonly requests: CapturedRequest[];
  /** How it answers from now on. Default: 200 with a few bytes. */
  answer: Answer;
}

/** A provider that writes down what it is asked. */
export async function startCapturingProvider(): Promise<CapturingProvider> {
  const requests: CapturedRequest[] = [];
  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? '',
      target: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
    });
    request.resume();
    provider.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const provider: CapturingProvider = {
    origin: `http://127.0.0.1:${port}`,
    requests,
    answer: answerContent,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return provider;
}

export const answerContent: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': '7', etag: '"v1"' });
  response.end('content');
};
