import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { testLimitStore } from '../../docs/examples/limit-store-contract.mts';
import type { LimitStore } from '../../lib/index';
import { redisLimits } from '../../lib/integrations/redis';
import { parseOptions } from '../../lib/options/parse-options';
import { describeWithRedis, REDIS_CLIENTS, startRedis } from '../support/redis-server';

const root = join(__dirname, '../..');

test("the example of LimitStore does what the guide's contract says", async () => {
  const source = readFileSync(join(root, 'lib/transfer/shared-limits/limit-store.ts'), 'utf8');
  const [, example = ''] = /@example [^\n]*\n([\s\S]*?)\n \*\/\nexport interface LimitStore/.exec(source) ?? [];
  const { code } = transformSync(example.replaceAll(/^ \* ?/gm, ''), { jsc: { parser: { syntax: 'typescript' } } });
  const store: LimitStore = new Function(`${code}; return store`)();
  await testLimitStore(store);
});

test('the contract finds a store that does not count, and one whose places do not expire', async () => {
  const none = { acquire: () => true, renew: () => undefined, release: () => undefined };
  await expect(testLimitStore(none)).rejects.toThrow(/exactly the limit/);
  const taken = new Set<string>();
  const forever: LimitStore = {
    acquire: ({ id }, { limit }) => (taken.has(id) || taken.size < limit) && taken.add(id).has(id),
    renew: (places) => places.map(({ id }) => taken.add(id)),
    release: (places) => places.map(({ id }) => taken.delete(id)),
  };
  await expect(testLimitStore(forever)).rejects.toThrow(/expires/);
});

test('the defaults in the guide are those of the code', () => {
  const guide = readFileSync(join(root, 'docs/guides/many-processes.md'), 'utf8');
  const store = { acquire: () => true, renew: () => undefined, release: () => undefined };
  const { limitStore } = parseOptions({ limits: { maxConcurrent: 1, store } });
  for (const [option, value] of Object.entries(limitStore ?? {})) {
    if (option === 'store') continue;
    const [, byDefault] =
      new RegExp(`^\\| \`${option}\` \\| \\w+ \\| (?:ms)? ?\\| \`([^\`]+)\` \\|`, 'm').exec(guide) ?? [];
    expect([option, byDefault?.replaceAll(/[_']/g, '')]).toEqual([option, `${value}`]);
  }
});

describeWithRedis('the contract of a store', () => {
  test.each(REDIS_CLIENTS)('holds for redisLimits with a client of %s', async (_name, connect) => {
    await using server = await startRedis();
    using connected = await connect(server.path);
    await testLimitStore(redisLimits(connected.client));
  });
});
