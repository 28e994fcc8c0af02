import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Spool } from '../../../lib/delivery/buffered/spool';
import { createSpoolSpace, type SpoolSpace } from '../../../lib/delivery/buffered/spool-space';
import { countResources } from '../../support/leaks';
import { temporaryDirectory } from '../../support/temporary-directory';

let directory: string;

beforeAll(async () => {
  directory = await temporaryDirectory('spool-test');
});

function spaceOf(memoryPerTransfer: number, maxDiskBytes = Infinity): SpoolSpace {
  return createSpoolSpace({ memoryPerTransfer, maxDiskBytes, directory, maxBytes: Infinity, retries: 0 });
}

async function fill(spool: Spool, content: Buffer, chunkBytes: number): Promise<void> {
  for (let at = 0; at < content.length; at += chunkBytes) await spool.write(content.subarray(at, at + chunkBytes));
  await spool.end();
}

describe.each([0, 1, 1_000, 70_000, 1_000_000])('with %d bytes in memory', (memory) => {
  test.each([1, 7, 1_000, 16_384, 16_385, 100_000, 500_000])(
    'chunks of %d bytes are read as they were written',
    async (chunk) => {
      const content = randomBytes(Math.min(500_000, chunk * 30_000));
      for (const expected of [undefined, content.length]) {
        const spool = new Spool(spaceOf(memory), expected);
        await fill(spool, content, chunk);
        expect(spool.size).toBe(content.length);
        expect((await buffer(spool.read())).equals(content)).toBe(true);
        const [start, end] = [Math.floor(content.length / 3), Math.floor(content.length / 2)];
        expect((await buffer(spool.read(start, end))).equals(content.subarray(start, end))).toBe(true);
        await spool.close();
      }
    },
  );
});

test('two readers at once each read all', async () => {
  const content = randomBytes(300_000);
  const spool = new Spool(spaceOf(100_000));
  await fill(spool, content, 50_000);
  const [one, other] = await Promise.all([buffer(spool.read()), buffer(spool.read())]);
  expect([one.equals(content), other.equals(content)]).toEqual([true, true]);
  await spool.close();
});

test('its file has no name and is gone when it is closed', async () => {
  const before = countResources().descriptors;
  const spool = new Spool(spaceOf(0));
  await fill(spool, randomBytes(100_000), 50_000);
  expect(countResources().descriptors).toBe(before + 1);
  expect(await readdir(directory)).toEqual([]);
  await spool.close();
  await spool.close();
  expect(countResources().descriptors).toBe(before);
});

test('a reader of a closed spool fails', async () => {
  const spool = new Spool(spaceOf(50_000));
  await fill(spool, randomBytes(100_000), 50_000);
  const [fromMemory, fromDisk] = [spool.read(), spool.read(60_000)];
  await spool.close();
  await expect(buffer(fromMemory)).rejects.toThrow('The buffered content is no longer there.');
  await expect(buffer(fromDisk)).rejects.toMatchObject({ code: 'internal_error' });
});

test('a reader of more than there is fails', async () => {
  const spool = new Spool(spaceOf(100));
  await fill(spool, randomBytes(100), 10);
  await expect(buffer(spool.read(0, 101))).rejects.toThrow('The buffered content is no longer there.');
  await spool.close();
});

test('a reader reads one chunk ahead, from the disk into buffers that it leases', async () => {
  const content = randomBytes(100_000);
  const spool = new Spool(spaceOf(0));
  await fill(spool, content, 50_000);
  const lent: Buffer[] = [];
  const reader = spool.read(10_000, 75_000, {
    readSize: () => 20_000,
    acquire(length) {
      lent.push(Buffer.alloc(length));
      return lent.at(-1) ?? Buffer.alloc(0);
    },
  });
  const sizes: number[] = [];
  let ahead = 0;
  for await (const chunk of reader) {
    await new Promise((resolve) => setImmediate(resolve));
    sizes.push(chunk.length);
    ahead = Math.max(ahead, lent.length - sizes.length);
    expect(content.indexOf(chunk)).toBe(10_000 + sizes.slice(0, -1).reduce((sum, size) => sum + size, 0));
    expect(lent.some(({ buffer: memory }) => memory === chunk.buffer)).toBe(true);
  }
  expect(sizes).toEqual([20_000, 20_000, 20_000, 5_000]);
  expect(ahead).toBeLessThanOrEqual(1);
  await spool.close();
});

test('a chunk that was written may be used again, in memory, gathered and on disk', async () => {
  const spool = new Spool(spaceOf(1_000));
  const chunk = Buffer.alloc(900);
  const content = Buffer.concat(Array.from({ length: 60 }, (_, index) => Buffer.alloc(900, index)));
  for (let at = 0; at < content.length; at += 900) {
    content.copy(chunk, 0, at);
    await spool.write(chunk);
    expect(spool.size).toBe(at + 900);
  }
  await spool.end();
  expect((await buffer(spool.read())).equals(content)).toBe(true);
  await spool.close();
});

test('short chunks are gathered: few writes, and none to wait for', async () => {
  const before = countResources().descriptors;
  const spool = new Spool(spaceOf(0));
  for (let at = 0; at < 16_384; at += 64) expect(spool.write(Buffer.alloc(64))).toBeUndefined();
  expect(countResources().descriptors).toBe(before);
  expect(spool.size).toBe(16_384);
  await spool.write(Buffer.alloc(1));
  expect(countResources().descriptors).toBe(before + 1);
  expect(spool.size).toBe(16_385);
  await spool.close();
});

describe('room on disk', () => {
  const overloaded = expect.objectContaining({ code: 'overloaded', headers: { 'retry-after': '5' } });

  test('is taken for a declared length before anything is written', async () => {
    const space = spaceOf(50, 100);
    const spool = new Spool(space, 150);
    expect(() => new Spool(space, 51)).toThrow(overloaded);
    await spool.write(Buffer.alloc(60));
    expect(() => new Spool(space, 51)).toThrow(overloaded);
    await spool.close();
    await new Spool(space, 150).close();
  });

  test('is taken as an undeclared length grows, and given back whole', async () => {
    const space = spaceOf(0, 100);
    const spool = new Spool(space);
    await spool.write(Buffer.alloc(100));
    expect(() => spool.write(Buffer.alloc(1))).toThrow(overloaded);
    await spool.close();
    const next = new Spool(space);
    await fill(next, Buffer.alloc(100), 100);
    await next.close();
  });

  test('of more than was declared is taken, too', async () => {
    const spool = new Spool(spaceOf(0, 100), 10);
    await fill(spool, Buffer.alloc(100), 10);
    expect(() => spool.write(Buffer.alloc(1))).toThrow(overloaded);
    await spool.close();
  });
});

describe('memory', () => {
  const KIB = 1024;

  /** How much a budget still has. */
  function leftIn(budget: SpoolSpace['memory']): number {
    let left = 0;
    for (let step = 2 ** 30; step >= 1; step /= 2) if (budget.take(step)) left += step;
    budget.giveBack(left);
    return left;
  }

  async function takenBy(bytes: number, expected: number | undefined, memoryPerTransfer = 1_000_000): Promise<number> {
    const space = spaceOf(memoryPerTransfer);
    const all = leftIn(space.memory);
    const spool = new Spool(space, expected);
    expect(leftIn(space.memory)).toBe(all);
    for (let at = 0; at < bytes; at += 1_000) await spool.write(Buffer.alloc(Math.min(1_000, bytes - at)));
    const taken = all - leftIn(space.memory);
    await spool.close();
    await spool.close();
    expect(leftIn(space.memory)).toBe(all);
    return taken;
  }

  test.each([
    ['a short content of known length: its length', 100, 100, 100],
    ['one whose length nobody declared: little at first', 1, undefined, 16 * KIB],
    ['more when that is full', 16 * KIB + 1, undefined, 80 * KIB],
    ['a long one of known length: a block at a time', 1, 200_000, 64 * KIB],
    ['the next block when it comes', 64 * KIB + 1, 200_000, 128 * KIB],
    ['more than was declared: another block', 101, 100, 100 + 64 * KIB],
    ['a declared length of nothing, that has content: one byte', 1, 0, 1],
    ['no content: none', 0, 100, 0],
  ])('taken by %s', async (_what, bytes, expected, taken) => {
    expect(await takenBy(bytes, expected)).toBe(taken);
  });

  test('no more is taken than a transfer may have', async () => {
    expect(await takenBy(50_000, undefined, 20_000)).toBe(20_000);
    expect(await takenBy(50_000, 50_000, 20_000)).toBe(20_000);
    expect(await takenBy(50_000, 50_000, 0)).toBe(0);
  });

  test('content that fits touches no disk', async () => {
    const spool = new Spool({ ...spaceOf(100), directory: '/not/there' });
    await fill(spool, randomBytes(100), 10);
    expect((await buffer(spool.read())).length).toBe(100);
    await spool.close();
  });
});

test('memory that all spools share is bounded; the rest goes to disk', async () => {
  const space = spaceOf(1_000_000);
  const content = randomBytes(1_000_000);
  const spools = Array.from({ length: 30 }, () => new Spool(space, content.length));
  const before = countResources().descriptors;
  for (const spool of spools) await fill(spool, content, 100_000);
  expect(countResources().descriptors).toBeGreaterThan(before);
  for (const spool of spools) expect((await buffer(spool.read())).equals(content)).toBe(true);
  for (const spool of spools) await spool.close();
  const again = new Spool(space, content.length);
  await fill(again, content, 100_000);
  expect(countResources().descriptors).toBe(before);
  await again.close();
});

describe('a disk that fails', () => {
  // A full disk cannot be had without the right to mount one.
  const handle = async (): Promise<{ write: unknown }> => {
    const { open } = await import('node:fs/promises');
    const file = await open('/dev/null');
    await file.close();
    return Object.getPrototypeOf(file);
  };

  test.each([
    ['ENOSPC', 'overloaded', 503],
    ['EDQUOT', 'overloaded', 503],
    ['EMFILE', 'overloaded', 503],
    ['EIO', 'internal_error', 500],
  ])('%s is %s (%d)', async (code, expected, status) => {
    const prototype = (await handle()) as { write: () => Promise<never> };
    const stub = jest.spyOn(prototype, 'write').mockRejectedValue(Object.assign(new Error('no'), { code }));
    const before = countResources().descriptors;
    try {
      const spool = new Spool(spaceOf(0));
      await expect(spool.write(Buffer.alloc(20_000))).rejects.toMatchObject({ code: expected, status });
      await spool.close();
      expect(countResources().descriptors).toBe(before);
    } finally {
      stub.mockRestore();
    }
  });
});
