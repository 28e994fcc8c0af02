import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import fs from 'node:fs/promises';
import { join } from 'node:path';
import { createSpoolSpace } from '../../../lib/delivery/buffered/spool-space';
import { TemporaryFile } from '../../../lib/delivery/buffered/temporary-file';
import { countResources } from '../../support/leaks';
import { temporaryDirectory } from '../../support/temporary-directory';

const { gate } = createSpoolSpace({ memoryPerTransfer: 0, maxDiskBytes: 0, directory: '', maxBytes: 0, retries: 0 });
const CONTENT = randomBytes(10_000);
let directory: string;

beforeAll(async () => {
  directory = await temporaryDirectory('temporary-file');
});

const newBuffer = (length: number): Buffer => Buffer.alloc(length);

/** What the process has open in the directory. */
function openFiles(): Stats[] {
  return readdirSync('/proc/self/fd')
    .map((descriptor) => join('/proc/self/fd', descriptor))
    .filter((path) => {
      try {
        return readlinkSync(path).startsWith(directory);
      } catch {
        // Closed meanwhile, as the one of the listing itself.
        return false;
      }
    })
    .map((path) => statSync(path));
}

test('it has no name, and only the owner could have opened it', async () => {
  const file = await TemporaryFile.create(directory, gate);
  expect(openFiles().map(({ nlink, mode }) => [nlink, (mode & 0o777).toString(8)])).toEqual([[0, '600']]);
  await file.close();
  expect(openFiles()).toEqual([]);
});

test('bytes are read from where they were written', async () => {
  const file = await TemporaryFile.create(directory, gate);
  await file.write(CONTENT.subarray(4_000), 4_000);
  await file.write(CONTENT.subarray(0, 4_000), 0);
  expect((await file.read(0, 10_000, newBuffer)).equals(CONTENT)).toBe(true);
  expect((await file.read(3_999, 2, newBuffer)).equals(CONTENT.subarray(3_999, 4_001))).toBe(true);
  await file.close();
});

test('a buffer that is larger than the read is cut', async () => {
  const file = await TemporaryFile.create(directory, gate);
  await file.write(CONTENT, 0);
  expect((await file.read(1, 5, () => newBuffer(100))).equals(CONTENT.subarray(1, 6))).toBe(true);
  await file.close();
});

test('the buffer for a read is got when the disk is free, not before', async () => {
  const file = await TemporaryFile.create(directory, gate);
  await file.write(CONTENT, 0);
  const got: number[] = [];
  const reads = Array.from({ length: 5 }, (_, index) =>
    file.read(index, 10, (length) => {
      got.push(index);
      return newBuffer(length);
    }),
  );
  expect(got).toEqual([0, 1, 2]);
  await Promise.all(reads);
  expect(got).toEqual([0, 1, 2, 3, 4]);
  await file.close();
});

test('what was never written cannot be read', async () => {
  const file = await TemporaryFile.create(directory, gate);
  await file.write(CONTENT, 0);
  await expect(file.read(9_999, 2, newBuffer)).rejects.toMatchObject({
    code: 'internal_error',
    cause: { message: 'The temporary file ended early.' },
  });
  await file.close();
});

test('no write and no read after its end', async () => {
  const file = await TemporaryFile.create(directory, gate);
  await file.close();
  for (const late of [file.write(CONTENT, 0), file.read(0, 1, newBuffer)]) {
    await expect(late).rejects.toMatchObject({
      code: 'internal_error',
      message: 'The gateway failed to buffer this file.',
    });
  }
});

test('where there is no directory, the reason is in the cause', async () => {
  await expect(TemporaryFile.create(join(directory, 'none'), gate)).rejects.toMatchObject({
    code: 'internal_error',
    cause: { code: 'ENOENT' },
  });
});

// What follows cannot be had of a disk that works.
describe('a disk', () => {
  type Move = (this: object, buffer: Buffer, offset: number, length: number, position: number) => Promise<object>;

  async function handlePrototype(): Promise<Record<'read' | 'write', Move>> {
    const file = await fs.open('/dev/null');
    await file.close();
    return Object.getPrototypeOf(file);
  }

  test('that writes and reads less at a time than requested', async () => {
    const prototype = await handlePrototype();
    const stubs = (['read', 'write'] as const).map((name) => {
      const move = prototype[name];
      return jest.spyOn(prototype, name).mockImplementation(function (this: object, buffer, offset, length, position) {
        return move.call(this, buffer, offset, Math.min(length, 3_000), position);
      });
    });
    try {
      const file = await TemporaryFile.create(directory, gate);
      await file.write(CONTENT, 500);
      expect((await file.read(500, CONTENT.length, newBuffer)).equals(CONTENT)).toBe(true);
      await file.close();
      expect(stubs.map(({ mock }) => mock.calls.length)).toEqual([4, 4]);
    } finally {
      for (const stub of stubs) stub.mockRestore();
    }
  });

  test('from which the name cannot be removed: no descriptor stays open', async () => {
    const before = countResources().descriptors;
    const stub = jest.spyOn(fs, 'unlink').mockRejectedValue(Object.assign(new Error('no'), { code: 'EPERM' }));
    try {
      await expect(TemporaryFile.create(directory, gate)).rejects.toMatchObject({
        code: 'internal_error',
        cause: { code: 'EPERM' },
      });
    } finally {
      stub.mockRestore();
    }
    expect(countResources().descriptors).toBe(before);
  });

  test.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EFBIG'])(
    'that says %s when the file is made: come again',
    async (code) => {
      const failure = Object.assign(new Error('no'), { code });
      const stub = jest.spyOn(fs, 'open').mockRejectedValue(failure);
      try {
        await expect(TemporaryFile.create(directory, gate)).rejects.toMatchObject({
          code: 'overloaded',
          status: 503,
          headers: { 'retry-after': '5' },
          cause: failure,
        });
      } finally {
        stub.mockRestore();
      }
    },
  );
});
