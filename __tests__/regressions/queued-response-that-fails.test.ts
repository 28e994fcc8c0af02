import type { RequestHandler } from 'express';
import { openaiCompatible, type TransferRecord } from '../../lib/index';
import { startApp } from '../support/app';
import type { RawResponse } from '../support/raw-client';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

/**
 * Two pipelined requests, of which the second has failed by the time that the first one's response begins.
 * Fulfilled once the client's connection is closed.
 *
 * @param failed fulfilled when the second has
 */
async function second(
  script: RawScript,
  failed: (provider: RawProvider) => Promise<unknown> | undefined,
  before: readonly RequestHandler[] = [],
): Promise<{ readonly responses: readonly RawResponse[]; readonly records: readonly TransferRecord[] }> {
  let finishFirst: () => void = () => undefined;
  await using provider = await startRawProvider((exchange) => {
    if (!exchange.head.includes('file-first')) return script(exchange);
    finishFirst = () => void exchange.send(answer('first'));
    return undefined;
  });
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  await using app = await startApp({ resolveProvider: () => held, before });
  using client = await connectRaw(app.port);
  client.send(requestBytes({ path: '/v1/files/file-first/content' }));
  await provider.requestsReceived(1);
  client.send(requestBytes({ path: '/v1/files/file-second/content' }));
  await provider.requestsReceived(2);
  await failed(provider);
  finishFirst();
  await client.closed;
  return { responses: client.responses(), records: await app.recorded(2) };
}

it('a response that a middleware makes impossible closes their connection, after the one before it', async () => {
  let onAttempt: () => void = () => undefined;
  const attempted = new Promise<void>((resolve) => {
    onAttempt = resolve;
  });
  const { responses } = await second(
    ({ send }) => send(answer('second')),
    () => attempted,
    [
      (req, res, next) => {
        if (req.url.includes('file-second')) {
          res.writeHead = () => {
            onAttempt();
            throw new Error('hook');
          };
        }
        next();
      },
    ],
  );
  const [first, ...others] = responses;
  expect(first?.body.toString()).toBe('first');
  expect(others).toEqual([]);
});

// Node 24 and 26 sent what there was of it and left the connection open: the client waited for the rest for ever.
it('a response that fails behind another one closes their connection, after the other', async () => {
  const { responses, records } = await second(
    ({ send, fin }) => {
      void send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      fin();
    },
    ({ connections }) => connections[1]?.closed,
  );
  const [first, ...others] = responses;
  expect(first?.body.toString()).toBe('first');
  expect(others.filter(({ complete }) => complete)).toEqual([]);
  expect(records.map(({ fileId, outcome }) => [fileId, outcome]).sort()).toEqual([
    ['file-first', 'completed'],
    ['file-second', 'upstream_truncated'],
  ]);
});
