import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { type LocatedProvider, openaiCompatible } from '../../lib/index';
import { makeCertificate } from '../support/certificates';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

const LARGE = Buffer.alloc(5_000_000, 'x');
const tls = makeCertificate();

/** What a provider writes when nobody has asked. */
const STRAYS: readonly [string, string][] = [
  ['a whole response', 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned'],
  ['a large response', `HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n${'p'.repeat(600_000)}`],
  ['a response and the end', 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
  ['a response without a body', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
  ['half a response', 'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\npoisoned'],
  ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['an interim response', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ['bytes beyond the declared length', 'poisoned'],
  ['a line break', '\r\n'],
];

interface Way {
  readonly name: string;
  readonly delivery: 'stream' | 'buffer';
  readonly body: Buffer;
  readonly secure?: boolean;
  /** The application's own agents. */
  readonly own?: boolean;
}

const WAYS: readonly Way[] = [
  { name: 'stream', delivery: 'stream', body: Buffer.from('content') },
  { name: 'relay', delivery: 'stream', body: LARGE },
  { name: 'buffer', delivery: 'buffer', body: Buffer.from('content') },
  { name: 'buffer, past the parser', delivery: 'buffer', body: LARGE },
  { name: 'stream, own agents', delivery: 'stream', body: Buffer.from('content'), own: true },
  { name: 'stream over TLS', delivery: 'stream', body: Buffer.from('content'), secure: true },
  { name: 'relay over TLS', delivery: 'stream', body: LARGE, secure: true },
  { name: 'buffer over TLS', delivery: 'buffer', body: Buffer.from('content'), secure: true },
];

function agentsFor(way: Way): Pick<GatewayOptions, 'agents'> {
  if (way.secure) return { agents: { https: new TlsAgent({ keepAlive: true, ca: tls.cert }) } };
  return way.own ? { agents: { http: new Agent({ keepAlive: true }) } } : {};
}

/** `locate` is called right before a connection is taken: what is written then waits unread in the system. */
function strayAtLocate(provider: () => RawProvider, origin: string, stray: () => string | undefined): LocatedProvider {
  const held = openaiCompatible({ name: 'raw', baseURL: `${origin}/v1` });
  return {
    ...held,
    locate(request) {
      const bytes = stray();
      const idle = provider().connections.at(-1)?.socket;
      if (bytes !== undefined && idle?.destroyed === false) idle.write(bytes);
      return held.locate(request);
    },
  };
}

describe.each(WAYS)('row 17: bytes that wait unread on a connection that is used again ($name)', (way) => {
  async function ask(
    first: RawScript,
    bytes: string,
    options: { method?: 'GET' | 'HEAD'; headers?: readonly string[]; rounds?: number } = {},
  ): Promise<void> {
    const { method = 'GET', headers = [], rounds = 2 } = options;
    using watch = watchProcess();
    // The first file is small, so that its connection is kept; each stray comes before the request of the second.
    const script: RawScript = (exchange) =>
      exchange.head.includes('file-first') ? first(exchange) : exchange.send(answer(way.body));
    await using provider = await startRawProvider(script, {
      ...(way.secure && { tls }),
      // Nagle's algorithm would hold a small stray back until the next request acknowledges the first response.
      onConnection: ({ socket }) => socket.setNoDelay(true),
    });
    let strays: string | undefined;
    const held = strayAtLocate(
      () => provider,
      provider.origin,
      () => strays,
    );
    await using gateway = await startGateway({
      resolveProvider: () => ({ provider: held, delivery: way.delivery }),
      ...agentsFor(way),
    });
    for (let round = 0; round < rounds; round += 1) {
      using client = await connectRaw(gateway.port);
      strays = undefined;
      client.send(requestBytes({ method, path: '/v1/files/file-first/content', headers }));
      await client.result(1, [method]);
      await gateway.recorded(2 * round + 1);
      const before = provider.connections.length;
      strays = bytes;
      client.send(requestBytes({ path: '/v1/files/file-second/content' }));
      const { responses } = await client.result(2, [method, 'GET']);
      expect([responses[1]?.status, responses[1]?.body.equals(way.body)]).toEqual([200, true]);
      const [record] = (await gateway.recorded(2 * round + 2)).slice(-1);
      // A request that was not sent is no attempt.
      expect(record).toMatchObject({ outcome: 'completed', attempts: 1 });
      expect(provider.connections.length).toBe(before + 1);
    }
    watch.expectQuiet();
  }

  it.each(STRAYS)('%s: stray bytes are never the next response', (_name, bytes) =>
    ask(({ send }) => send(answer('first')), bytes),
  );

  it('does not become the response of any of twenty requests', () =>
    ask(({ send }) => send(answer('first')), 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned', { rounds: 20 }));

  it('does not become the response after a HEAD', () =>
    ask(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n'), 'poisoned', { method: 'HEAD' }));

  it('does not become the response after a 204', () =>
    ask(({ send }) => send('HTTP/1.1 204 No Content\r\n\r\n'), 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad'));

  if (way.delivery === 'stream')
    it('does not become the response after a 304', () =>
      ask(
        ({ send }) => send('HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
        'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad',
        { headers: ['If-None-Match: "a"'] },
      ));
});

describe.each(['stream', 'buffer'] as const)('bytes that are not an HTTP response (%s)', (delivery) => {
  const UNREADABLE: readonly [string, string][] = [
    ['nonsense', 'nonsense\r\n\r\n'],
    ['half a head and another', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['an impossible length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
  ];

  it.each(UNREADABLE)('%s on a kept connection lead to a retry', async (_name, bytes) => {
    await using provider = await startRawProvider(({ send, connection }) =>
      // Late bytes of an earlier response, which come when the next request has been sent.
      connection.requests.length === 1
        ? send(answer('content'))
        : send(Buffer.concat([Buffer.from(bytes), answer('x')])),
    );
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.result(1);
    client.send(requestBytes());
    const { responses } = await client.result(2);
    expect(responses[1]).toMatchObject({ status: 200, body: Buffer.from('content') });
    expect((await gateway.recorded(2))[1]).toMatchObject({ outcome: 'completed', attempts: 2 });
    expect(provider.connections).toHaveLength(2);
  });

  it.each(UNREADABLE)('%s on a new connection is refused', async (_name, bytes) => {
    await using provider = await startRawProvider(({ send }) => send(Buffer.concat([Buffer.from(bytes), answer('x')])));
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    expect((await client.result(1)).response.status).toBe(502);
    expect((await gateway.recorded(1))[0]).toMatchObject({ outcome: 'upstream_invalid', attempts: 1 });
    expect(provider.connections).toHaveLength(1);
  });

  it('that comes twice is refused after the second', async () => {
    await using provider = await startRawProvider(({ send, index }) =>
      send(index === 0 ? answer('content') : 'nonsense\r\n\r\n'),
    );
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.result(1);
    client.send(requestBytes());
    expect((await client.result(2)).responses[1]?.status).toBe(502);
    expect(await gateway.recorded(2)).toMatchObject([{}, { outcome: 'upstream_invalid', attempts: 2 }]);
    expect(provider.requests).toHaveLength(3);
  });
});
