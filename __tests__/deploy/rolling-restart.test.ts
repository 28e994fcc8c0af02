import { fakeProvider } from '../../lib/testing';
import type { BuiltPackage } from '../support/built-package';
import {
  AUTHORIZATION,
  buildDeployment,
  PROXIES,
  type ProxyName,
  type Replica,
  type RunningProxy,
  startProxy,
  startReplica,
  until,
} from '../support/deployment';
import { download, open, patternBytes, readAll } from '../support/download';
import { accepts, describeWith } from '../support/programs';

const LARGE = patternBytes(3_000_000);
const SMALL = patternBytes(2_000);
const HEADERS = { headers: { authorization: AUTHORIZATION } };

/** A provider whose large file stays half sent until `release()`. */
async function startProvider() {
  let release = Promise.withResolvers<void>();
  const provider = await fakeProvider({
    files: {
      'file-small': SMALL,
      'file-large': {
        async *content() {
          // That of the moment when the request arrived: a slow reader may take the first half after it was released.
          const { promise } = release;
          yield LARGE.subarray(0, 1_500_000);
          await promise;
          yield LARGE.subarray(1_500_000);
        },
        length: LARGE.length,
      },
    },
  });
  return Object.assign(provider, {
    release() {
      release.resolve();
      release = Promise.withResolvers<void>();
    },
  });
}

const address = (proxy: RunningProxy, id: string): string => `http://127.0.0.1:${proxy.port}/v1/files/${id}/content`;

/** Downloads small files one after the other until it is told to stop. `failed` is rejected with what went wrong. */
function keepDownloading(proxy: RunningProxy): { readonly failed: Promise<never>; stop(): Promise<number> } {
  let isStopping = false;
  let count = 0;
  async function run(): Promise<void> {
    while (!isStopping) {
      const { status, body } = await download(address(proxy, 'file-small'), HEADERS);
      expect({ status, isWhole: body.equals(SMALL) }).toEqual({ status: 200, isWhole: true });
      count += 1;
    }
  }
  const running = run();
  const failed = new Promise<never>((_resolve, reject) => void running.catch(reject));
  failed.catch(() => undefined);
  return {
    failed,
    async stop() {
      isStopping = true;
      await running;
      return count;
    },
  };
}

async function readiness({ port }: Replica): Promise<number> {
  const { status } = await fetch(`http://127.0.0.1:${port}/readyz`);
  return status;
}

let built: BuiltPackage;
beforeAll(async () => {
  built = await buildDeployment();
});
afterAll(() => built[Symbol.asyncDispose]());

for (const name of Object.keys(PROXIES) as ProxyName[]) {
  describeWith([name], `a rolling restart behind ${name}`, () => {
    it('cuts no download and turns none away, one replica after the other', async () => {
      await using provider = await startProvider();
      const start = (port = '0') =>
        startReplica(built, provider.origin, { PORT: port, DRAIN_DELAY_MS: '3000', ARRIVING_MS: '10000' });
      await using first = await start();
      await using second = await start();
      await using proxy = await startProxy(name, [first.port, second.port]);

      /** Replaces one replica while downloads run on both. */
      async function replace(replica: Replica, other: Replica): Promise<Replica> {
        const background = keepDownloading(proxy);
        const large = await Promise.all(Array.from({ length: 6 }, () => open(address(proxy, 'file-large'), HEADERS)));
        const bodies = large.map((response) => readAll(response));
        expect(await readiness(replica)).toBe(200);
        replica.process.kill('SIGTERM');
        await until(async () => (await readiness(replica)) === 503);
        await until(async () => !(await accepts(replica.port)));
        const before = other.records.length;
        await Promise.race([until(() => other.records.length > before + 3), background.failed]);
        provider.release();
        for (const body of await Promise.all(bodies)) expect(body.equals(LARGE)).toBe(true);
        expect(await replica.exited).toBe(0);
        expect(await background.stop()).toBeGreaterThan(3);
        const largeOnes = replica.records.filter(({ bytesSent }) => bytesSent === LARGE.length);
        expect(largeOnes.length).toBeGreaterThan(0);
        expect(replica.records.filter(({ outcome }) => outcome !== 'completed')).toEqual([]);
        return start(`${replica.port}`);
      }

      await using third = await replace(first, second);
      await until(async () => {
        await download(address(proxy, 'file-small'), HEADERS);
        return third.records.length > 0;
      });
      await using fourth = await replace(second, third);
      expect(await readiness(fourth)).toBe(200);
    });
  });
}
