import { once } from 'node:events';
import { Agent } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { makeCertificate } from '../support/certificates';
import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const certificate = makeCertificate();

interface TlsProvider extends AsyncDisposable {
  readonly origin: string;
}

/**
 * A TLS provider whose TCP connection its script can end below TLS, without the close_notify that says "this is all".
 */
async function startTlsProvider(script: (tls: TLSSocket, tcp: Socket) => void): Promise<TlsProvider> {
  const sockets: Socket[] = [];
  const server = createServer((tcp) => {
    sockets.push(tcp);
    const tls = new TLSSocket(tcp, { isServer: true, secureContext: createSecureContext(certificate) });
    for (const socket of [tcp, tls]) socket.on('error', () => undefined);
    tls.once('data', () => script(tls, tcp));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe.each(DELIVERIES)('S2: a TLS connection (%s)', (delivery) => {
  const framings = [
    ['a declared length', 'Content-Length: 1000\r\n\r\nhalf'],
    ['chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ] as const;

  it.each(framings)('that is cut below TLS never completes a body with %s', async (_name, rest) => {
    await using provider = await startTlsProvider((tls, tcp) => {
      tls.write(`HTTP/1.1 200 OK\r\n${rest}`, () => void tcp.end());
    });
    using agent = disposable(new Agent({ ca: certificate.cert }));
    await using gateway = await startGateway({ upstream: provider.origin, delivery, agents: { https: agent.agent } });
    const { response } = await rawRequest(gateway.port);
    if (response.status === 200) expect(response.complete).toBe(false);
    else expect(response.status).toBe(502);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_truncated', complete: 'no' }]);
  });

  it('that is cut below TLS, with only its end to delimit the body, is never complete', async () => {
    // Only close_notify tells the end from an attacker's FIN (RFC 9112, section 9.8), and Node 24 does not say whether
    // it came.
    await using provider = await startTlsProvider((tls, tcp) => {
      tls.write('HTTP/1.1 200 OK\r\n\r\nhalf', () => void tcp.end());
    });
    using agent = disposable(new Agent({ ca: certificate.cert }));
    await using gateway = await startGateway({ upstream: provider.origin, delivery, agents: { https: agent.agent } });
    await rawRequest(gateway.port);
    expect(await gateway.recorded(1)).toMatchObject([{ complete: 'unknown' }]);
  });

  it('that is closed with close_notify completes a body that only its end delimits', async () => {
    await using provider = await startTlsProvider((tls) => void tls.end('HTTP/1.1 200 OK\r\n\r\nwhole'));
    using agent = disposable(new Agent({ ca: certificate.cert }));
    await using gateway = await startGateway({ upstream: provider.origin, delivery, agents: { https: agent.agent } });
    const { response } = await rawRequest(gateway.port);
    expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('whole') });
  });
});

function disposable(agent: Agent): Disposable & { readonly agent: Agent } {
  return { agent, [Symbol.dispose]: () => agent.destroy() };
}
