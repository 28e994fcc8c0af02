import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Spool } from '../../lib/delivery/spool';
import { createSpoolSpace, type SpoolSpace } from '../../lib/delivery/spool-space';
import { countResources } from '../support/leaks';
import { temporaryDirectory } from '../support/temporary-directory';

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
  const reader = spool.read();
  await spool.close();
  await expect(buffer(reader)).rejects.toThrow();
});

describe('room on disk', () => {
  const overloaded = expect.objectContaining({ code: 'overloaded', headers: { 'retry-after': '5' } });

  test('is taken for a declared length before anything is written', async () => {
    const space = spaceOf(50, 100);
    const spool = new Spool(space, 150);
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
