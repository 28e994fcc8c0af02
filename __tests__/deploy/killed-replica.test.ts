import { fakeProvider } from '../../lib/testing';
import type { BuiltPackage } from '../support/built-package';
import {
  AUTHORIZATION,
  buildDeployment,
  PROXIES,
  type ProxyName,
  startProxy,
  startReplica,
} from '../support/deployment';
import { download, open, readAll } from '../support/download';
import { describeWith } from '../support/programs';

const headers = { authorization: AUTHORIZATION };

for (const name of Object.keys(PROXIES) as ProxyName[]) {
  describeWith([name], `a replica behind ${name} that is killed`, () => {
    let built: BuiltPackage;
    beforeAll(async () => {
      built = await buildDeployment();
    });
    afterAll(() => built[Symbol.asyncDispose]());

    it('cuts its own downloads, which do not look complete, and turns no other away', async () => {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      async function* held(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('first');
        await released;
        yield Buffer.from('-last');
      }
      await using provider = await fakeProvider({ files: { 'file-1': 'content', 'file-held': { content: held } } });
      await using first = await startReplica(built, provider.origin);
      await using second = await startReplica(built, provider.origin);
      await using proxy = await startProxy(name, [first.port, second.port]);
      const address = (id: string): string => `http://127.0.0.1:${proxy.port}/v1/files/${id}/content`;

      const running = [];
      for (let count = 0; count < 4; count += 1) running.push(await open(address('file-held'), { headers }));
      const bodies = running.map((response) => readAll(response).then(String, () => 'cut off'));
      first.process.kill('SIGKILL');
      await first.exited;
      for (let count = 0; count < 20; count += 1) {
        expect((await download(address('file-1'), { headers })).status).toBe(200);
      }
      release();
      // Two each, unless the machine is so busy that a proxy took a replica for dead.
      expect(new Set(await Promise.all(bodies))).toEqual(new Set(['cut off', 'first-last']));
    });
  });
}
