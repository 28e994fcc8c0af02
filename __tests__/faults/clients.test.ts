import { openaiCompatible, type ProviderResolver } from '../../lib/index';
import { CLIENT_KEY, findSecret, PROVIDER_KEY } from '../support/canary';
import { DELIVERIES } from '../support/fault-row';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { eventually, expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawExchange, startRawProvider } from '../support/raw-provider';

const MEGABYTE = Buffer.alloc(1_000_000, 'x');

/** Starts an answer that is never finished. */
function halfAnAnswer({ send }: RawExchange): Promise<void> {
  return send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
}

describe.each(DELIVERIES)('a client that leaves (%s)', (delivery) => {
  const ways = ['rst', 'destroy'] as const;

  it.each(ways)('row 39: before the headers, by %s', async (way) => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    await using provider = await startRawProvider(() => undefined);
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    const client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    client[way]();
    await provider.connections[0]?.closed;
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499, bytesSent: 0 }]);
    await gateway.close();
    await provider.close();
    await expectReleased(baseline);
    watch.expectQuiet();
  });

  it.each(ways)('row 40: in the middle of the body, by %s', async (way) => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    await using provider = await startRawProvider(halfAnAnswer);
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    const client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    if (delivery === 'stream') await client.until((bytes) => bytes.includes('half'));
    client[way]();
    await provider.connections[0]?.closed;
    const status = delivery === 'stream' ? 200 : 499;
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status, complete: 'no' }]);
    expect(await gateway.temporaryFiles()).toEqual([]);
    await gateway.close();
    await provider.close();
    await expectReleased(baseline);
    watch.expectQuiet();
  });

  // The application's server decides: Node takes a half-closed connection for one that is left, unless it is told
  // otherwise.
  it.each([false, true])('row 41: that only ends its own side, httpAllowHalfOpen %s', async (httpAllowHalfOpen) => {
    let answerIt: (() => void) | undefined;
    await using provider = await startRawProvider(({ send }) => {
      answerIt = () => void send(answer('content'));
    });
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    Object.assign(gateway.server, { httpAllowHalfOpen });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    client.halfClose();
    if (httpAllowHalfOpen) {
      answerIt?.();
      const { response } = await client.result(1);
      expect(response.body.toString()).toBe('content');
      expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
    } else {
      await client.closed;
      expect(client.bytes.toString()).toBe('');
      expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
      await provider.connections[0]?.closed;
    }
  });

  it('row 43: 300 of them during the resolver open no connection and delay no other client', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const held: (() => void)[] = [];
    const target = openaiCompatible({ name: 'raw', baseURL: `${provider.origin}/v1`, apiKey: PROVIDER_KEY });
    const signals: AbortSignal[] = [];
    const resolveProvider: ProviderResolver = async (_req, { fileId, signal }) => {
      if (fileId === 'file-held') {
        signals.push(signal);
        await new Promise<void>((resolve) => held.push(resolve));
      }
      return { provider: target, delivery };
    };
    await using gateway = await startGateway({ resolveProvider });
    const clients = await Promise.all(Array.from({ length: 300 }, () => connectRaw(gateway.port)));
    for (const client of clients) client.send(requestBytes({ path: '/v1/files/file-held/content' }));
    await eventually('300 resolvers run', () => held.length === 300);
    for (const client of clients) client.destroy();
    const records = await gateway.recorded(300);
    expect(new Set(records.map(({ outcome }) => outcome))).toEqual(new Set(['client_aborted']));
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    for (const release of held) release();
    using next = await connectRaw(gateway.port);
    next.send(requestBytes());
    expect((await next.result(1)).response.body.toString()).toBe('content');
    expect(provider.connections).toHaveLength(1);
    expect(gateway.records).toHaveLength(301);
  });
});

describe('row 42: a client that stops reading', () => {
  it('is cut at `clientIdle`, and its provider is paused before that', async () => {
    let sent = 0;
    await using provider = await startRawProvider(async ({ send, socket }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n');
      while (!socket.destroyed && sent < 200_000_000) {
        await send(MEGABYTE);
        if (!socket.destroyed) sent += MEGABYTE.length;
      }
    });
    await using gateway = await startGateway({ upstream: provider.origin, timeouts: { clientIdle: 500 } });
    using client = await connectRaw(gateway.port);
    client.pause();
    client.send(requestBytes());
    const records = await gateway.recorded(1);
    expect(records).toMatchObject([{ outcome: 'client_stalled', complete: 'no' }]);
    await provider.connections[0]?.closed;
    // What the kernel's buffers of both connections hold is not this package's to bound; the content is far larger.
    expect(sent).toBeLessThan(60_000_000);
    client.resume();
    await client.closed;
    expect(client.responses()[0]).toMatchObject({ status: 200, complete: false });
  });
});

describe.each(DELIVERIES)('rows 14 and 42: client and provider are slow in turn (%s)', (delivery) => {
  it('a provider that keeps sending, slowly, is not silent', async () => {
    await using provider = await startRawProvider(({ send, trickle }) =>
      send('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n').then(() => trickle('twelve bytes', 60)),
    );
    // The whole takes longer than the limit, no pause does.
    await using gateway = await startGateway({ upstream: provider.origin, delivery, timeouts: { idle: 400 } });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    expect((await client.result(1)).response.body.toString()).toBe('twelve bytes');
  });
});

describe('rows 14 and 42: a provider that is paused for a client', () => {
  it('is not silent meanwhile, but is when the client reads again', async () => {
    const content = Buffer.alloc(30 * MEGABYTE.length, 'x');
    await using provider = await startRawProvider(async ({ send }) => {
      await send(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length + 1}\r\n\r\n`);
      await send(content);
    });
    await using gateway = await startGateway({
      upstream: provider.origin,
      timeouts: { idle: 300, clientIdle: 10_000 },
    });
    using client = await connectRaw(gateway.port);
    client.pause();
    client.send(requestBytes());
    await eventually('the gateway waits for the client', () => (gateway.sockets[0]?.writableLength ?? 0) > 0);
    // Longer than `idle`: nothing but time can show that it does not run.
    await expect(eventually('a record', () => gateway.records.length > 0, 900)).rejects.toThrow('not within');
    client.resume();
    await client.closed;
    expect(client.responses()[0]?.body.length).toBe(content.length);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_timeout', bytesSent: content.length }]);
  });
});

describe('row 42: a client to which the system sends a few bytes at a time', () => {
  it('is not cut off as long as it reads', async () => {
    await using provider = await startRawProvider(async ({ send }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n');
      await send(Buffer.alloc(60 * MEGABYTE.length, 'x'));
    });
    await using gateway = await startGateway({ upstream: provider.origin, timeouts: { clientIdle: 300 } });
    using client = await connectRaw(gateway.port);
    client.pause();
    await eventually('the gateway has the connection', () => gateway.sockets.length === 1);
    const socket = gateway.sockets[0]!;
    let looks = 0;
    let takesMore = true;
    // Stands in for a kernel that takes a little between any two looks.
    Object.defineProperty(Reflect.get(socket, '_handle'), 'writeQueueSize', {
      get: () => (takesMore ? 1_000_000 - ++looks : 0),
    });
    client.send(requestBytes());
    let written = -1;
    function isStill(): boolean {
      const before = written;
      written = socket.bytesWritten;
      return before === written && written > MEGABYTE.length;
    }
    await eventually('nothing moves', isStill, undefined, 100);
    const before = looks;
    await eventually('the watch looked again', () => looks >= before + 4 || gateway.records.length > 0);
    expect(gateway.records).toEqual([]);
    takesMore = false;
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_stalled' }]);
  });
});

describe('rows 10 and 42: a client that stops reading, while the provider cuts the body', () => {
  it.each(['1.0', '1.1'] as const)(
    'is cut at `clientIdle` and leaves no descriptor behind, HTTP/%s',
    async (version) => {
      using watch = watchProcess();
      const baseline = await takeBaseline();
      const provider = await startRawProvider(async ({ send, fin }) => {
        await send('HTTP/1.1 200 OK\r\n\r\n');
        // More than the kernel takes for a client that does not read.
        for (let sent = 0; sent < 40; sent += 1) await send(MEGABYTE);
        fin();
      });
      const gateway = await startGateway({ upstream: provider.origin, timeouts: { clientIdle: 500 } });
      const client = await connectRaw(gateway.port);
      client.pause();
      client.send(requestBytes({ version }));
      await eventually('the gateway has its record', () => gateway.records.length === 1);
      await eventually('the connection is closed', () => gateway.openConnections === 0);
      client.destroy();
      await gateway.close();
      await provider.close();
      await expectReleased(baseline);
      watch.expectQuiet();
    },
  );

  it('has its connection closed also if the body was cut before', async () => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    // A transfer whose bytes lie in this process when its provider fails: those are still sent, then the client is cut.
    let cut: (() => void) | undefined;
    const provider = await startRawProvider(async ({ send, rst }) => {
      cut = rst;
      await send('HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n');
      await send(Buffer.alloc(40_000_000, 'x'));
    });
    const gateway = await startGateway({ upstream: provider.origin, timeouts: { clientIdle: 500 } });
    const client = await connectRaw(gateway.port);
    client.pause();
    client.send(requestBytes());
    await eventually('bytes wait for the client', () => (gateway.sockets[0]?.writableLength ?? 0) > 0);
    cut?.();
    await eventually('the connection is closed', () => gateway.sockets.length === 1 && gateway.openConnections === 0);
    await gateway.recorded(1);
    client.destroy();
    await gateway.close();
    await provider.close();
    await expectReleased(baseline);
    watch.expectQuiet();
  });
});

describe('row 44: a request with a body', () => {
  const bodies = [
    ['a length', ['Content-Length: 5'], 'hello'],
    ['chunks', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
    ['a length and no byte of it', ['Content-Length: 5'], ''],
    ['chunks that never end', ['Transfer-Encoding: chunked'], '5\r\nhel'],
    [
      'a second request for the provider',
      ['Content-Length: 62'],
      'GET /v1/files/file-2/content HTTP/1.1\r\nHost: provider.test\r\n\r\n\r\n',
    ],
  ] as const;

  it.each(bodies)('of %s is refused and its connection closed', async (_name, headers, body) => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({ upstream: provider.origin });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes({ headers }) + body);
    await client.closed;
    const [response, ...more] = client.responses();
    expect(response?.status).toBe(400);
    expect(JSON.parse(response?.body.toString() ?? '')).toMatchObject({ error: { code: 'body_not_allowed' } });
    expect(more).toEqual([]);
    expect(provider.connections).toHaveLength(0);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'rejected', status: 400 }]);
  });
});

describe.each(DELIVERIES)('headers and bodies that a client adds to its request (%s)', (delivery) => {
  async function ask(headers: readonly string[], options: GatewayOptions = {}) {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({ upstream: provider.origin, delivery, ...options });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes({ headers: [`Authorization: Bearer ${CLIENT_KEY}`, ...headers] }));
    const { response } = await client.result(1);
    const records = await gateway.recorded(1);
    return { response, records, head: provider.requests[0] ?? '', received: provider.received };
  }

  it('row 45: Expect: 100-continue does not carry its credential to the provider', async () => {
    const { response, records, head, received } = await ask(['Expect: 100-continue']);
    expect(response).toMatchObject({ status: 200, complete: true });
    expect(records).toMatchObject([{ outcome: 'completed' }]);
    expect(head).toMatch(new RegExp(`^authorization: Bearer ${PROVIDER_KEY}\r$`, 'im'));
    expect(head).not.toMatch(/^expect:/im);
    expect(findSecret(CLIENT_KEY, { received })).toEqual([]);
  });

  it('row 46: a Connection header cannot remove what the gateway adds', async () => {
    const { head } = await ask([
      'X-Foo: 1',
      'Connection: authorization, x-foo',
      'Connection: accept-encoding',
      'Proxy-Authorization: Basic eA==',
      'TE: trailers',
    ]);
    expect(head).toMatch(new RegExp(`^authorization: Bearer ${PROVIDER_KEY}\r$`, 'im'));
    expect(head).not.toMatch(/^(x-foo|proxy-authorization|te):/im);
  });

  it('its Host, cookies and forwarding headers choose and reveal nothing', async () => {
    const { head } = await ask([
      `Cookie: key=${CLIENT_KEY}`,
      'X-Forwarded-Host: elsewhere.test',
      'X-Api-Key: x',
      'OpenAI-Organization: org-1',
      'Upgrade: websocket',
    ]);
    expect(head).toMatch(/^host: 127\.0\.0\.1:\d+\r$/im);
    expect(head).not.toMatch(/^(cookie|x-forwarded-host|x-api-key|openai-organization|upgrade):/im);
  });
});

describe('row 47: 100 requests on one connection at once', () => {
  it.each(DELIVERIES)('are all served in their order (%s)', async (delivery) => {
    await using provider = await startRawProvider(({ send, head }) => send(answer(/file-\d+/.exec(head)?.[0] ?? '')));
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    const ids = Array.from({ length: 100 }, (_, index) => `file-${index}`);
    client.send(ids.map((id) => requestBytes({ path: `/v1/files/${id}/content` })).join(''));
    const { responses } = await client.result(100);
    expect(responses.map(({ body }) => body.toString())).toEqual(ids);
    const records = await gateway.recorded(100);
    expect(records.filter(({ outcome }) => outcome === 'completed')).toHaveLength(100);
    expect(provider.requests).toHaveLength(100);
  });
});

describe('a connection that is kept', () => {
  it('gathers no listeners however many requests it carries', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({ upstream: provider.origin });
    using client = await connectRaw(gateway.port);
    function listeners(): number[] {
      const [server, upstream] = [gateway.sockets[0], provider.connections[0]?.socket];
      return [server, upstream].map((socket) =>
        (socket?.eventNames() ?? []).reduce((sum, name) => sum + (socket?.listenerCount(name) ?? 0), 0),
      );
    }
    async function ask(count: number): Promise<void> {
      client.send(requestBytes());
      await client.result(count);
      await gateway.recorded(count);
    }
    await ask(1);
    await ask(2);
    const before = listeners();
    using watch = watchProcess();
    for (let count = 3; count <= 40; count += 1) await ask(count);
    await eventually('listeners are as many as before', () => String(listeners()) === String(before));
    watch.expectQuiet();
    expect(provider.connections).toHaveLength(1);
  });
});
