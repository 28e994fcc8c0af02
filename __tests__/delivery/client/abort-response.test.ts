import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { abortResponse, resetConnection } from '../../../lib/delivery/client/abort-response';
import { makeCertificate } from '../../support/certificates';
import { startTransfers } from '../../support/transfers';

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
    client,
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

test('a connection that is being shut down is closed: a reset would fail and keep the process alive', async () => {
  const { accepted, errors, closed } = await connection();
  accepted.end();
  resetConnection(accepted);
  expect(accepted.destroyed).toBe(true);
  await closed();
  expect(errors).toEqual([]);
});

test('a connection whose end waits behind bytes is reset', async () => {
  const { accepted, client, errors, closed } = await connection();
  client.pause();
  accepted.end(Buffer.alloc(64 * 1024 * 1024));
  expect(accepted.writableLength).toBeGreaterThan(0);
  resetConnection(accepted);
  client.resume();
  await closed();
  expect(errors).toEqual(['client ECONNRESET']);
});

test('a connection over TLS, which has no reset, is closed', async () => {
  const { key, cert } = makeCertificate();
  const server = createTlsServer({ key, cert });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ca: cert });
  client.on('error', () => undefined).resume();
  const [accepted]: TLSSocket[] = await once(server, 'secureConnection');
  resetConnection(accepted!);
  expect(accepted!.destroyed).toBe(true);
  await Promise.all([client, accepted!].map(socketClosed));
  server.close();
  await once(server, 'close');
});

describe('abortResponse', () => {
  it.each([
    [true, 'fin'],
    [false, 'rst'],
  ] as const)(
    'gives what was written, then ends the connection (delimited: %s) by a %s',
    async (isDelimited, ending) => {
      await using server = await startTransfers();
      const { transfer, client } = await server.open();
      transfer.res.writeHead(200, { 'content-length': 10 });
      transfer.res.write('hello');
      await client.until((bytes) => bytes.includes('hello'));
      abortResponse(transfer.res, isDelimited);
      expect(await client.closed).toBe(ending);
      expect(client.responses()[0]?.body.toString()).toBe('hello');
    },
  );

  it('sends what has not left yet', async () => {
    await using server = await startTransfers();
    const { transfer, client } = await server.open();
    const content = Buffer.alloc(32 * 1024 * 1024, 'x');
    client.pause();
    transfer.res.writeHead(200, { 'content-length': content.length + 1 });
    transfer.res.write(content);
    abortResponse(transfer.res, true);
    client.resume();
    expect(await client.closed).toBe('fin');
    expect(client.responses()[0]?.body.length).toBe(content.length);
  });

  it('leaves the response before it on the connection alone', async () => {
    await using server = await startTransfers();
    const { transfer: first, client } = await server.open();
    const { transfer: second } = await server.open({}, client);
    second.res.write('never');
    abortResponse(second.res, true);
    expect(second.res.destroyed).toBe(true);
    expect(first.req.socket.destroyed).toBe(false);
    first.res.end('first');
    await client.closed;
    const [response, ...others] = client.responses();
    expect(response?.body.toString()).toBe('first');
    expect(others).toEqual([]);
  });

  it('ends a response whose connection is gone', async () => {
    await using server = await startTransfers();
    const { transfer } = await server.open();
    transfer.req.socket.destroy();
    abortResponse(transfer.res, true);
    expect(transfer.res.destroyed).toBe(true);
  });
});
