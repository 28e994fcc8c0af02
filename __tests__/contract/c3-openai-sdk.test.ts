import { types } from 'node:util';
import OpenAI, { APIError } from 'openai';
import { openai } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { startContentProvider } from '../support/content-provider';
import { patternBytes } from '../support/download';
import { EXPRESS_MAJORS, type Gateway, startGateway } from '../support/gateway';
import { type RawScript, startRawProvider } from '../support/raw-provider';

/** What OpenAI answers, header for header. */
const OPENAI_HEADERS = {
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment; filename="dataset.jsonl"',
  'openai-version': '2020-10-01',
  'openai-processing-ms': '41',
  'x-request-id': 'req_0a1b2c3d',
};

function clientOf(app: Gateway, maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey: 'sk-client', baseURL: `${app.origin}/v1`, maxRetries });
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

/** What a failing call rejects with. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => {
      throw new Error('The SDK resolved.');
    },
    (error: unknown) => error,
  );
}

function appFor(express: 4 | 5, origin: string): Promise<Gateway> {
  const held = openai({ apiKey: PROVIDER_KEY, baseURL: `${origin}/v1` });
  return startGateway({ express, resolveProvider: () => held });
}

describe.each(EXPRESS_MAJORS)('C3: the OpenAI SDK sees no difference (Express %i)', (express) => {
  it('on a success: bytes and headers are those of the provider', async () => {
    const content = patternBytes(3_000_001);
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      response.writeHead(200, { ...OPENAI_HEADERS, 'content-length': content.length });
      response.end(content);
    };
    await using app = await appFor(express, provider.origin);
    const direct = await new OpenAI({ apiKey: 'k', baseURL: `${provider.origin}/v1` }).files.content('file-1');
    const through = await clientOf(app).files.content('file-1');
    expect(through.status).toBe(direct.status);
    for (const name of [...Object.keys(OPENAI_HEADERS), 'content-length']) {
      expect([name, through.headers.get(name)]).toEqual([name, direct.headers.get(name)]);
    }
    const bytes = await bytesOf(through);
    expect(bytes.equals(await bytesOf(direct))).toBe(true);
    expect(bytes.equals(content)).toBe(true);
  });

  it('and reads a stream as it arrives', async () => {
    const content = patternBytes(500_000);
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => void response.writeHead(200, OPENAI_HEADERS).end(content);
    await using app = await appFor(express, provider.origin);
    const response = await clientOf(app).files.content('file-1');
    const chunks: Uint8Array[] = [];
    if (response.body === null) throw new Error('no body');
    for await (const chunk of response.body) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  describe('rejects where the provider is cut', () => {
    // The larger one is relayed past the HTTP parser where its length is declared.
    const sizes = [400_000, 2_000_000];
    const content = patternBytes(2_000_000);
    const cuts = [
      ['0 %', () => 0],
      ['1 %', (size: number) => size / 100],
      ['50 %', (size: number) => size / 2],
      ['all but 60 bytes', (size: number) => size - 60],
      ['all but 1 byte', (size: number) => size - 1],
    ] as const;
    const cases = sizes.flatMap((size) =>
      (['length', 'chunked'] as const).flatMap((framing) =>
        (['fin', 'rst'] as const).flatMap((ending) =>
          cuts.map(([name, cutOf]) => ({ size, framing, ending, name, cut: cutOf(size) })),
        ),
      ),
    );

    it.each(cases)(
      'after $name of $size bytes, by $ending, framed by $framing',
      async ({ size, framing, ending, cut }) => {
        const script: RawScript = async (exchange) => {
          if (framing === 'length') {
            await exchange.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
            await exchange.send(content.subarray(0, cut));
          } else {
            await exchange.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
            const chunk = [`${cut.toString(16)}\r\n`, content.subarray(0, cut), '\r\n'];
            if (cut > 0) for (const part of chunk) await exchange.send(part);
          }
          exchange[ending]();
        };
        await using provider = await startRawProvider(script);
        await using app = await appFor(express, provider.origin);
        const failure = await failureOf(clientOf(app).files.content('file-1').then(bytesOf));
        expect(types.isNativeError(failure)).toBe(true);
        const [record] = await app.recorded(1);
        expect(record).toMatchObject({ outcome: 'upstream_truncated', complete: 'no' });
      },
    );
  });

  it('throws its own error class for a refusal, with the id and the code', async () => {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json', 'x-request-id': 'req_refused' });
      response.end(
        JSON.stringify({
          error: {
            message: 'Not allowed to download files of purpose: assistants',
            type: 'invalid_request_error',
            param: 'purpose',
            code: 'not_downloadable',
          },
        }),
      );
    };
    await using app = await appFor(express, provider.origin);
    const failure = await failureOf(clientOf(app).files.content('file-1'));
    expect(failure).toBeInstanceOf(APIError);
    expect(failure).toMatchObject({
      status: 400,
      requestID: 'req_refused',
      code: 'not_downloadable',
      param: 'purpose',
      type: 'invalid_request_error',
      message: '400 Not allowed to download files of purpose: assistants',
    });
  });

  it.each([
    ['repeats', 'an overloaded provider', 503, undefined, 2],
    ['repeats', 'an error of a provider that may pass', 500, undefined, 2],
    ['does not repeat', 'a refused credential', 401, undefined, 1],
    ['does not repeat', 'a file that is not there', 404, undefined, 1],
    ['obeys a provider that says not to repeat', 'an error', 500, 'false', 1],
  ])('%s %s', async (_does, _what, status, shouldRetry, requests) => {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      response.setHeader('retry-after-ms', '1');
      if (shouldRetry !== undefined) response.setHeader('x-should-retry', shouldRetry);
      response.writeHead(status).end();
    };
    await using app = await appFor(express, provider.origin);
    await failureOf(clientOf(app, 1).files.content('file-1'));
    expect(provider.requests).toHaveLength(requests);
    expect(await app.recorded(requests)).toHaveLength(requests);
  });
});
