import type { RequestHandler } from 'express';
import { openaiCompatible, type TransferRecord } from '../../lib/index';
import { startGateway } from '../support/gateway';
import type { RawResponse } from '../support/raw-client';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

/**
 * Two pipelined requests; the first one's response is complete once the second has arrived. A transfer is started only
 * when its response is next, so that a second one can fail before only where it is refused or a middleware breaks it.
 * Fulfilled once the client's connection is closed.
 */
async function second(
  path: string,
  script: RawScript,
  before: readonly RequestHandler[] = [],
): Promise<{ readonly responses: readonly RawResponse[]; readonly records: readonly TransferRecord[] }> {
  let finishFirst: () => void = () => undefined;
  await using provider = await startRawProvider((exchange) => {
    if (!exchange.head.includes('file-first')) return script(exchange);
    finishFirst = () => void exchange.send(answer('first'));
    return undefined;
  });
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  let onSecond: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    onSecond = resolve;
  });
  const notice: RequestHandler = (req, _res, next) => {
    next();
    if (!req.url.includes('file-first')) setImmediate(onSecond);
  };
  await using app = await startGateway({ resolveProvider: () => held, before: [notice, ...before] });
  using client = await connectRaw(app.port);
  client.send(requestBytes({ path: '/v1/files/file-first/content' }));
  await provider.requestsReceived(1);
  client.send(requestBytes({ path }));
  await arrived;
  expect(provider.requests).toHaveLength(1);
  finishFirst();
  await client.closed;
  return { responses: client.responses(), records: await app.recorded(2) };
}

it.each([
  ['a transfer’s', '/v1/files/file-second/content'],
  ['a rejection’s', '/v1/files/%20/content'],
])(
  'a response that a middleware makes impossible closes their connection, after the one before it: %s',
  async (_whose, path) => {
    const { responses } = await second(path, ({ send }) => send(answer('second')), [
      (req, res, next) => {
        if (!req.url.includes('file-first')) {
          res.writeHead = () => {
            throw new Error('hook');
          };
        }
        next();
      },
    ]);
    const [first, ...others] = responses;
    expect(first?.body.toString()).toBe('first');
    expect(others).toEqual([]);
  },
);

it('a response that is destroyed while it waits asks no provider and closes the connection in turn', async () => {
  let asked = 0;
  const { responses, records } = await second('/v1/files/file-second/content', () => {
    asked += 1;
  }, [
    (req, res, next) => {
      next();
      if (!req.url.includes('file-first')) res.destroy();
    },
  ]);
  expect(responses.map(({ body }) => body.toString())).toEqual(['first']);
  expect(asked).toBe(0);
  expect(records.map(({ fileId, outcome }) => [fileId, outcome]).sort()).toEqual([
    ['file-first', 'completed'],
    ['file-second', 'client_aborted'],
  ]);
});

it('a response that fails behind another one closes their connection, after the other', async () => {
  const { responses, records } = await second('/v1/files/file-second/content', ({ send, fin }) => {
    void send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    fin();
  });
  const [first, ...others] = responses;
  expect(first?.body.toString()).toBe('first');
  expect(others.filter(({ complete }) => complete)).toEqual([]);
  expect(records.map(({ fileId, outcome }) => [fileId, outcome]).sort()).toEqual([
    ['file-first', 'completed'],
    ['file-second', 'upstream_truncated'],
  ]);
});
