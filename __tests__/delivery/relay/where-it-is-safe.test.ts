import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import {
  type AddressInfo,
  createServer,
  connect as openConnection,
  type Socket,
  type TcpNetConnectOpts,
} from 'node:net';
import { connect as openTls } from 'node:tls';
import compression from 'compression';
import type { RequestHandler } from 'express';
import session from 'express-session';
import { type FileContentRouterOptions, guardedAgents, type ViaReason } from '../../../lib/index';
import { makeCertificate } from '../../support/certificates';
import { download } from '../../support/download';
import { startGateway } from '../../support/gateway';
import { answer, startRawProvider } from '../../support/raw-provider';
import type { Scheme } from '../../support/relay-rig';

/** More than is relayed over TLS. */
const CONTENT = randomBytes(5 * 1024 * 1024);
const tls = makeCertificate();

type Connect = http.Agent['createConnection'];
type Agents = NonNullable<FileContentRouterOptions['agents']>;

interface Row {
  readonly name: string;
  readonly scheme?: Scheme;
  readonly before?: RequestHandler;
  /** @param port of the provider */
  readonly agents?: (port: number) => Agents;
  /** Why it is not relayed; undefined where it is. */
  readonly reason?: ViaReason;
}

/** All options of a request, as those of a connection. */
function toTcp(options: Parameters<Connect>[0]): TcpNetConnectOpts {
  return { ...(options as object), host: '127.0.0.1', port: Number(options.port) };
}

/** Makes its connections as the application likes. */
class OwnAgent extends http.Agent {
  constructor(readonly connect: (...given: Parameters<Connect>) => ReturnType<Connect>) {
    super({ keepAlive: true });
  }

  override createConnection(...given: Parameters<Connect>): ReturnType<Connect> {
    return this.connect(...given);
  }
}

/** Replaces `end` alone and lets every byte through, as loggers do. */
const wrapsEnd: RequestHandler = (_req, res, next) => {
  const end = res.end.bind(res);
  Object.assign(res, { end: (...given: []) => end(...given) });
  next();
};

const wrapsWrite: RequestHandler = (_req, res, next) => {
  const write = res.write.bind(res);
  Object.assign(res, { write: (...given: [never]) => write(...given) });
  next();
};

const rows: readonly Row[] = [
  { name: 'plain Express' },
  { name: 'plain Express', scheme: 'https', agents: () => ({ https: new https.Agent({ ca: tls.cert }) }) },
  { name: 'express-session', before: session({ secret: 's', resave: true, saveUninitialized: true }) },
  { name: 'a middleware that replaced end()', before: wrapsEnd },
  { name: 'a middleware that replaced write()', before: wrapsWrite, reason: 'wrapped_write' },
  { name: 'compression()', before: compression(), reason: 'wrapped_write' },
  { name: 'an agent of the application', agents: () => ({ http: new http.Agent({ keepAlive: true }) }) },
  { name: 'an agent that keeps no connection', agents: () => ({ http: new http.Agent() }) },
  { name: 'guardedAgents()', agents: () => guardedAgents({ allow: ['127.0.0.0/8'] }) },
  {
    name: 'guardedAgents()',
    scheme: 'https',
    agents: () => guardedAgents({ allow: ['127.0.0.0/8'], agent: { ca: tls.cert } }),
  },
  {
    name: 'an agent that hands its options on',
    agents: () => ({ http: new OwnAgent((options) => openConnection(toTcp(options))) }),
  },
  {
    name: 'an agent with connections of its own',
    agents: (port) => ({ http: new OwnAgent(() => openConnection({ port, host: '127.0.0.1' })) }),
    reason: 'agent',
  },
];

describe('a large body is relayed behind', () => {
  it.each(rows)('$name, $scheme, unless: $reason', async ({ scheme = 'http', before, agents, reason }) => {
    await using provider = await startRawProvider(
      ({ send }) => send(answer(CONTENT)),
      scheme === 'https' ? { tls } : {},
    );
    await using gateway = await startGateway({
      upstream: provider.origin,
      ...(before && { before: [before] }),
      ...(agents && { agents: agents(provider.port) }),
    });
    const headers = { 'accept-encoding': 'gzip' };
    const { status, body } = await download(`${gateway.origin}/v1/files/file-1/content`, { headers });
    expect([status, body.equals(CONTENT)]).toEqual([200, true]);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({
      outcome: 'completed',
      bytesSent: CONTENT.length,
      via: reason === undefined ? 'relay' : 'pipeline',
    });
    expect(record?.viaReason).toBe(reason);
  });

  it('no proxy whose agent speaks to it on the tapped connection before TLS, and all bytes arrive', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer(CONTENT)), { tls });
    const tunnels: Socket[] = [];
    const proxy = createServer((socket) => {
      socket.once('data', () => {
        const tunnel = openConnection(provider.port, '127.0.0.1');
        tunnels.push(tunnel, socket);
        socket.on('error', () => undefined).pipe(tunnel);
        tunnel.on('error', () => undefined).pipe(socket);
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    class Tunnelling extends https.Agent {
      override createConnection(...[options, callback]: Parameters<Connect>): undefined {
        // As proxy agents do: all options of the request reach both connections.
        const toProxy = openConnection({ ...toTcp(options), port });
        toProxy.write('CONNECT held HTTP/1.1\r\n\r\n');
        toProxy.once('data', (bytes: Buffer) => {
          expect(bytes.toString()).toContain('Connection Established');
          const secured = openTls({ ...(options as object), socket: toProxy, host: '127.0.0.1', ca: tls.cert });
          secured.once('secureConnect', () => callback?.(null, secured));
        });
        return undefined;
      }
    }
    const agent = new Tunnelling();
    await using gateway = await startGateway({ upstream: provider.origin, agents: { https: agent } });
    try {
      const { status, body } = await download(`${gateway.origin}/v1/files/file-1/content`);
      expect([status, body.equals(CONTENT)]).toEqual([200, true]);
      // Node taps no TLS connection that is made over another one.
      expect(await gateway.recorded(1)).toMatchObject([{ via: 'pipeline', viaReason: 'agent' }]);
    } finally {
      agent.destroy();
      for (const socket of tunnels) socket.destroy();
      proxy.close();
    }
  });

  it('none with relay: false', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer(CONTENT)));
    await using gateway = await startGateway({ upstream: provider.origin, relay: false });
    expect((await download(`${gateway.origin}/v1/files/file-1/content`)).body.equals(CONTENT)).toBe(true);
    expect(await gateway.recorded(1)).toMatchObject([{ via: 'pipeline', viaReason: 'off' }]);
  });
});
