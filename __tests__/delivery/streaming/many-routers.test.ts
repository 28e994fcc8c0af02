import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFileContentRouter, openaiCompatible } from '../../../lib';
import { download } from '../../support/download';
import { createApp } from '../../support/gateway';
import { watchProcess } from '../../support/leaks';
import { answer, startRawProvider } from '../../support/raw-provider';

it('twenty routers on one server leave no listener on it', async () => {
  using watch = watchProcess();
  await using provider = await startRawProvider(({ send }) => send(answer('content')));
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  const app = createApp();
  const server = createServer(app);
  for (let index = 0; index < 20; index += 1) {
    app.use(`/${index}/v1`, createFileContentRouter({ resolveProvider: () => held }));
  }
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const listeners = (): readonly unknown[] =>
    server.eventNames().map((name) => [name, server.listenerCount(name as 'close')]);
  const before = listeners();
  for (let index = 0; index < 20; index += 1) {
    expect((await download(`http://127.0.0.1:${port}/${index}/v1/files/file-1/content`)).status).toBe(200);
  }
  expect(listeners()).toEqual(before);
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  watch.expectQuiet();
});
