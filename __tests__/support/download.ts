/** An HTTP client that gives the whole response, and bytes whose order can be checked. */
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http';

export interface Download {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends a request over a connection of its own and waits for the response's head. */
export async function open(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
  const sent = request(url, { agent: new Agent({ keepAlive: false }), ...options });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

export async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The whole response of a request. @throws where it breaks off */
export async function download(url: string, options: RequestOptions = {}): Promise<Download> {
  const response = await open(url, options);
  const body = await readAll(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/**
 * Bytes in which every position is told by its neighbours, so that a lost, doubled or swapped chunk changes the hash.
 */
export function patternBytes(size: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    words[at] = state;
  }
  return Buffer.from(words.buffer, 0, size);
}
