import { openaiCompatible } from '../../lib/index';
import { startApp } from '../support/app';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/**
 * The second of two pipelined requests broke off while its response waited behind the first one's. Node 24 and 26 then sent
 * what there was of it and left the connection open: the client waited for the rest for ever.
 */
it('a response that a middleware makes impossible closes their connection, after the one before it', async () => {
  let finishFirst: () => void = () => undefined;
  await using provider = await startRawProvider(({ head, send }) => {
    if (head.includes('file-first')) finishFirst = () => void send(answer('first'));
    else void send(answer('second'));
  });
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  await using app = await startApp({
    resolveProvider: () => held,
    before: [
      (req, res, next) => {
        if (req.url.includes('file-second')) {
          res.writeHead = () => {
            throw new Error('hook');
          };
        }
        next();
      },
    ],
  });
  using client = await connectRaw(app.port);
  client.send(requestBytes({ path: '/v1/files/file-first/content' }));
  await provider.requestsReceived(1);
  client.send(requestBytes({ path: '/v1/files/file-second/content' }));
  await provider.requestsReceived(2);
  await provider.connections[1]?.closed;
  finishFirst();
  await client.closed;
  const [first, ...others] = client.responses();
  expect(first?.body.toString()).toBe('first');
  expect(others).toEqual([]);
});

it('a response that fails behind another one closes their connection, after the other', async () => {
  let finishFirst: () => void = () => undefined;
  await using provider = await startRawProvider(({ head, send, fin }) => {
    if (head.includes('file-first')) finishFirst = () => void send(answer('first'));
    else {
      void send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
      fin();
    }
  });
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  await using app = await startApp({ resolveProvider: () => held });
  using client = await connectRaw(app.port);
  client.send(requestBytes({ path: '/v1/files/file-first/content' }));
  await provider.requestsReceived(1);
  client.send(requestBytes({ path: '/v1/files/file-second/content' }));
  await provider.requestsReceived(2);
  await provider.connections[1]?.closed;
  finishFirst();
  await client.closed;
  const [first, ...others] = client.responses();
  expect(first?.body.toString()).toBe('first');
  expect(others.filter(({ complete }) => complete)).toEqual([]);
  const outcomes = (await app.recorded(2)).map(({ fileId, outcome }) => [fileId, outcome]);
  expect(outcomes.sort()).toEqual([
    ['file-first', 'completed'],
    ['file-second', 'upstream_truncated'],
  ]);
});
