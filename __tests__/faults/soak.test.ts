import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Agents } from '../../lib/provider-contract/provider';
import { createAgents } from '../../lib/upstream/agents/agents';
import { CLIENT_KEY, findSecret, PROVIDER_KEY } from '../support/canary';
import { DELIVERIES } from '../support/fault-row';
import { type Gateway, startGateway } from '../support/gateway';
import { expectReleased, settled, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

/** The full soak is 10,000 requests: SOAK_REQUESTS=10000. The suite runs a short one. */
const REQUESTS = Number(process.env['SOAK_REQUESTS'] ?? 600);
const AT_ONCE = 40;
/** Measured, rounds that leave nothing grow by at most 1.2 MB; 450 transfers that are kept take 6 to 8 MB. */
const SOAK_HEAP_BOUND = 2_000_000;
const LARGE = Buffer.alloc(1_500_000, 'x');

/** A pseudo-random sequence that a seed repeats (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const scripts: readonly RawScript[] = [
  ({ send }) => send(answer('content')),
  ({ send }) => send(answer(LARGE)),
  ({ send }) => send(answer('no', ['Retry-After: 1'], '429 Slow Down')),
  ({ send }) => send(answer(`no ${PROVIDER_KEY}`, [], '401 Unauthorized')),
  ({ fin }) => fin(),
  ({ rst }) => rst(),
  async ({ send, fin }) => {
    await send('HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nhalf');
    fin();
  },
  async ({ send, rst }) => {
    await send('HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n');
    await send(LARGE);
    rst();
  },
  async ({ send, fin }) => {
    await send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    fin();
  },
  ({ send }) => send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
  ({ send }) => send('HTTP/1.1 099 What\r\n\r\n'),
  ({ send }) => send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
  ({ send }) => send('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n'),
  ({ send }) => send(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`),
  ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nstall'),
  () => undefined,
  ({ send }) => send('HTTP/1.1 204 No Content\r\n\r\n'),
  ({ send }) => send('HTTP/1.1 304 Not Modified\r\n\r\n'),
  ({ send }) => send(answer('', ['Content-Range: bytes */7'], '416 Range Not Satisfiable')),
];

/** Responses without a body: a provider's connection goes on after each of them. */
const BODILESS = [
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  // To a HEAD.
  'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n',
];
/** A refusal, once in a while: its connection may be closed, and what has gathered on it would be gone. */
const REFUSAL = 'HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */7\r\nContent-Length: 0\r\n\r\n';
const REFUSED_EVERY = 2_000;

/** The gateway's connections to its provider, with how many listeners each has while no request uses it. */
function listenersOf(agents: Agents): readonly number[] {
  return [agents.http, agents.https].flatMap((agent) =>
    Object.values(agent.freeSockets).flatMap((sockets) =>
      (sockets ?? []).map((socket) => socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0)),
    ),
  );
}

const ENDINGS = ['read', 'read', 'read', 'leave', 'reset', 'leave early'] as const;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function heapAfterCollection(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}

async function askOnce(gateway: Gateway, random: () => number): Promise<void> {
  const ending = ENDINGS[Math.floor(random() * ENDINGS.length)];
  const method = random() < 0.2 ? 'HEAD' : 'GET';
  const id = random() < 0.05 ? '..' : `file-${Math.floor(random() * scripts.length)}`;
  using client = await connectRaw(gateway.port);
  const headers = [`Authorization: Bearer ${CLIENT_KEY}`];
  client.send(requestBytes({ method, path: `/v1/files/${id}/content`, connection: 'close', headers }));
  if (ending === 'leave early') return;
  if (ending === 'read') await client.closed;
  else await client.until((bytes) => bytes.length > 0);
  if (ending === 'reset') client.rst();
}

it.each(DELIVERIES)(
  'L3: a soak of random faults leaves nothing behind (%s)',
  async (delivery) => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    const provider = await startRawProvider((exchange) => {
      const index = Number(/files\/file-(\d+)\//.exec(exchange.head)?.[1] ?? 0);
      return scripts[index]?.(exchange);
    });
    const gateway = await startGateway({
      upstream: provider.origin,
      delivery,
      timeouts: { headers: 100, idle: 100, clientIdle: 2_000 },
      limits: { maxConcurrent: AT_ONCE * 2 },
    });
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
    const random = sequence(seed);
    let left = REQUESTS;
    async function worker(): Promise<void> {
      for (; left > 0; ) {
        left -= 1;
        await askOnce(gateway, random);
      }
    }
    async function round(): Promise<void> {
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      // A client that left before its request was read makes no record; every connection has to end all the same.
      const open = await settled(() => (gateway.openConnections > 0 ? ['open'] : []), 10_000);
      expect([seed, open]).toEqual([seed, []]);
    }
    const seen = new Set<string>();
    /**
     * Checks what has been recorded and received, and drops it: what the test itself remembers is not to be measured.
     */
    function checkAndForget(): void {
      for (const { transferId } of gateway.records) expect(seen.has(transferId)).toBe(false);
      for (const { transferId } of gateway.records) seen.add(transferId);
      expect(findSecret(PROVIDER_KEY, { records: gateway.records })).toEqual([]);
      expect(findSecret(CLIENT_KEY, { received: provider.received })).toEqual([]);
      gateway.log.clear();
      for (const kept of [gateway.sockets, provider.connections, provider.requests]) Reflect.set(kept, 'length', 0);
    }
    left = Math.ceil(REQUESTS / 4);
    await round();
    checkAndForget();
    const heapBefore = await heapAfterCollection();
    left = REQUESTS - Math.ceil(REQUESTS / 4);
    await round();
    checkAndForget();
    expect((await heapAfterCollection()) - heapBefore).toBeLessThan(SOAK_HEAP_BOUND);
    expect(seen.size).toBeLessThanOrEqual(REQUESTS + AT_ONCE * 2);
    expect(await gateway.temporaryFiles()).toEqual([]);
    await gateway.close();
    await provider.close();
    await expectReleased(baseline, 5_000);
    watch.expectQuiet();
  },
  1_200_000,
);

/**
 * One connection to the provider, used again and again: what a request leaves on it would stay. Measured, 3,000
 * requests that leave nothing take 0.3 to 0.9 MB; 1 kB for each would be 3 MB, a listener with its response 48 MB.
 */
const REPEATED = 3_000;
const HEAP_BOUND = 2_000_000;

it.each(DELIVERIES)(
  'responses without a body leave nothing on a connection (%s)',
  async (delivery) => {
    using watch = watchProcess();
    let asked = 0;
    // One that remembers nothing, unlike the raw provider.
    const provider = createServer((socket) => {
      socket
        .on('data', () =>
          socket.write((asked % REFUSED_EVERY === 1 ? REFUSAL : BODILESS[asked % BODILESS.length]) ?? ''),
        )
        .on('error', () => socket.destroy());
    });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const agents = createAgents({});
    const upstream = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
    await using gateway = await startGateway({ upstream, delivery, agents });
    const client = new Agent({ keepAlive: true, maxSockets: 1 });
    async function ask(count: number): Promise<void> {
      for (const end = asked + count; asked < end; asked += 1) {
        const method = asked % BODILESS.length === 3 ? 'HEAD' : 'GET';
        const sent = request(`${gateway.origin}/v1/files/file-1/content`, {
          method,
          agent: client,
          headers: { 'if-none-match': '"a"' },
        }).end();
        const [response] = (await once(sent, 'response')) as [IncomingMessage];
        await response.toArray();
      }
      await gateway.recorded(count);
      // The test's own memory of them.
      Reflect.set(gateway.records, 'length', 0);
      Reflect.set(gateway.starts, 'length', 0);
    }
    await ask(500);
    const listeners = listenersOf(agents);
    expect(listeners).toHaveLength(1);
    const before = await heapAfterCollection();
    await ask(REPEATED);
    const grown = (await heapAfterCollection()) - before;
    expect(listenersOf(agents)).toEqual(listeners);
    expect(grown).toBeLessThan(HEAP_BOUND);
    watch.expectQuiet();
    client.destroy();
    agents.http.destroy();
    provider.close();
  },
  600_000,
);
