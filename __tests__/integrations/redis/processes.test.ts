import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type HeldProvider, startHeldProvider } from '../../support/held-provider';
import { eventually } from '../../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../../support/raw-client';
import { describeWithRedis, type RedisServer, startRedis } from '../../support/redis-server';
import { temporaryDirectory } from '../../support/temporary-directory';
import { BUILT } from '../../support/worker-file';

const PROGRAM = join(__dirname, '../../support/limited-gateway.mts');
const KEY = 'file-content:limits:tenant:acme';

interface GatewayProcess extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
}

async function startProcess(settings: object): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ lib: BUILT, ...settings })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    port: Number(line),
    child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describeWithRedis('two processes with one Redis', () => {
  async function begin(limit: number, leaseMs: number, pause?: () => Promise<unknown>) {
    const server = await startRedis();
    const provider = await startHeldProvider(pause);
    const settings = { redis: server.path, upstream: provider.origin, limit, leaseMs };
    const [first, second] = await Promise.all([startProcess(settings), startProcess(settings)]);
    return {
      server,
      provider,
      first,
      second,
      async [Symbol.asyncDispose]() {
        await first[Symbol.asyncDispose]();
        await second[Symbol.asyncDispose]();
        await provider[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  }

  /** Begins a download that the provider holds, as soon as there is a place for it. */
  async function hold({ port }: GatewayProcess, provider: HeldProvider) {
    const before = provider.inFlight;
    for (;;) {
      const client = await connectRaw(port);
      client.send(requestBytes());
      await eventually('the provider is requested', () => provider.inFlight > before || client.bytes.length > 0);
      if (provider.inFlight > before) return client;
      client.rst();
    }
  }

  async function statusFrom({ port }: GatewayProcess): Promise<number | undefined> {
    return (await rawRequest(port)).response.status;
  }

  /** The ids of the places that are taken, with the times at which they expire. */
  function places(server: RedisServer): Map<string, number> {
    const words = server.command('ZRANGE', KEY, '0', '-1', 'WITHSCORES').split('\n');
    return new Map(words.flatMap((word, index) => (index % 2 === 1 ? [[words[index - 1] ?? '', Number(word)]] : [])));
  }

  it('never have more than the limit in flight, whatever arrives at once', async () => {
    const limit = 7;
    await using place = await begin(limit, 30_000, () => delay(3));
    const gateways = [place.first, place.second];
    let served = 0;
    let refused = 0;
    const client = async (index: number): Promise<void> => {
      for (let turn = 0; turn < 8; ) {
        const status = await statusFrom(gateways[(index + turn) % 2] as GatewayProcess);
        if (status === 200) {
          served += 1;
          turn += 1;
        } else {
          expect(status).toBe(429);
          refused += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, index) => client(index)));
    expect(served).toBe(320);
    expect(refused).toBeGreaterThan(0);
    expect(place.provider.most).toBe(limit);
    await eventually('the places are free', () => places(place.server).size === 0);
  });

  it('a killed process gives its places back when their leases expire, and the other keeps its own', async () => {
    await using place = await begin(2, 1_500);
    const { server, provider, first, second } = place;
    await hold(first, provider);
    const kept = await hold(second, provider);
    const before = places(server);
    expect(before.size).toBe(2);
    await eventually('both leases have been renewed', () =>
      [...places(server)].every(([id, expiresAt]) => expiresAt > (before.get(id) ?? Infinity) + 1_500),
    );
    expect(await statusFrom(second)).toBe(429);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const next = await hold(second, provider);
    expect(places(server).size).toBe(2);
    expect(await statusFrom(second)).toBe(429);
    provider.release();
    expect((await kept.result()).response.status).toBe(200);
    expect((await next.result()).response.status).toBe(200);
    await eventually('the places are free', () => places(server).size === 0);
  });

  it.each([
    ['is stopped', (child: ChildProcess) => child.kill('SIGSTOP'), (child: ChildProcess) => child.kill('SIGCONT')],
    [
      'has a blocked event loop',
      (child: ChildProcess, path: string) => child.stdin?.write(`${path}\n`),
      (_child: ChildProcess, path: string) => writeFileSync(path, ''),
    ],
  ])('a process that %s for longer than a lease takes its places again, over the limit', async (_what, stop, go) => {
    await using place = await begin(1, 700);
    const { server, provider, first, second } = place;
    const early = await hold(first, provider);
    const [id = ''] = places(server).keys();
    const path = join(await temporaryDirectory('blocked'), 'go');
    stop(first.child, path);
    const late = await hold(second, provider);
    expect(places(server).has(id)).toBe(false);
    go(first.child, path);
    await eventually('both have their places', () => places(server).has(id) && places(server).size === 2);
    expect(await statusFrom(first)).toBe(429);
    expect(await statusFrom(second)).toBe(429);
    provider.release();
    expect((await early.result()).response.status).toBe(200);
    expect((await late.result()).response.status).toBe(200);
    await eventually('the places are free', () => places(server).size === 0);
  });
});
