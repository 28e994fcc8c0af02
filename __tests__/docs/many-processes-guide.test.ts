import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformSync } from '@swc/core';
import { testLimitStore } from '../../docs/examples/limit-store-contract.mts';
import type { LimitStore } from '../../lib/index';
import { redisLimits } from '../../lib/integrations/redis';
import { parseOptions } from '../../lib/options/parse-options';
import { layOutPackage } from '../support/built-package';
import { startHeldProvider } from '../support/held-provider';
import { eventually } from '../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { describeWithRedis, REDIS_CLIENTS, startRedis } from '../support/redis-server';

const [[, connectFirst]] = REDIS_CLIENTS;

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

describeWithRedis('the commands that the user needs', () => {
  test('are those that the guide lists', async () => {
    const guide = readFileSync(join(root, 'docs/guides/many-processes.md'), 'utf8');
    const [, list = ''] = /The user needs ([\s\S]*?) on keys/.exec(guide) ?? [];
    const commands = [...list.matchAll(/`([A-Z]+)`/g)].map(([, command = '']) => `+${command.toLowerCase()}`);
    expect(commands).toHaveLength(10);
    await using server = await startRedis();
    using connected = await connectFirst(server.path);
    server.command('ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '~file-content:limits:*', ...commands);
    await testLimitStore(redisLimits(connected.client));
  });
});

describeWithRedis('the example with shared limits', () => {
  test('two processes count together, and one that stops gives its places back', async () => {
    await using built = await layOutPackage();
    await using server = await startRedis();
    await using provider = await startHeldProvider();
    const program = join(built.directory, 'shared-limits.mts');
    await copyFile(join(root, 'docs/examples/shared-limits.mts'), program);

    async function start(): Promise<{ child: ChildProcess; port: number }> {
      const env = {
        ...process.env,
        PORT: '0',
        REDIS_URL: server.path,
        DOWNLOADS_PER_TENANT: '1',
        OPENAI_API_KEY: 'sk-test',
        OPENAI_BASE_URL: `${provider.origin}/v1`,
      };
      const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = await once(createInterface({ input: child.stdout }), 'line');
      return { child, port: Number(/\d+$/.exec(String(line))?.[0]) };
    }

    const [first, second] = await Promise.all([start(), start()]);
    try {
      using client = await connectRaw(first.port);
      client.send(requestBytes());
      await eventually('the provider is requested', () => provider.inFlight === 1);
      expect((await rawRequest(second.port)).response.status).toBe(429);
      const ended = once(first.child, 'exit');
      first.child.kill('SIGTERM');
      provider.release();
      expect((await client.result()).response.status).toBe(200);
      expect(await ended).toEqual([0, null]);
      expect(server.command('KEYS', '*')).toBe('');
    } finally {
      first.child.kill('SIGKILL');
      second.child.kill('SIGKILL');
    }
  });
});
