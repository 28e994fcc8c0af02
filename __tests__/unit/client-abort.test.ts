import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { resetConnection } from '../../lib/delivery/client-abort';

function socketClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** A connection over loopback; `accepted` is the end that is under test. */
async function connection() {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [accepted]: Socket[] = await once(server, 'connection');
  if (!accepted) throw new Error('no connection');
  const errors: string[] = [];
  accepted.on('error', (error: NodeJS.ErrnoException) => errors.push(`accepted ${error.code}`));
  client.on('error', (error: NodeJS.ErrnoException) => errors.push(`client ${error.code}`));
  client.resume();
  return {
    accepted,
    errors,
    async closed(): Promise<void> {
      await Promise.all([client, accepted].map(socketClosed));
      server.close();
      await once(server, 'close');
    },
  };
}

test('a connection is reset', async () => {
  const { accepted, errors, closed } = await connection();
  resetConnection(accepted);
  await closed();
  expect(errors).toEqual(['client ECONNRESET']);
});

test('a connection that is being shut down is closed: a reset would be refused, and the process would not end', async () => {
  const { accepted, errors, closed } = await connection();
  accepted.end();
  resetConnection(accepted);
  await closed();
  expect(errors).toEqual([]);
});
