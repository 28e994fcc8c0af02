import type { createServer } from 'node:http';
import { createFileContent, openaiCompatible, type TransferRecord } from '../../lib/index';
import { recordingAdapter } from '../../lib/testing/index';
import { expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { serve } from '../support/local-server';
import { bytesOf } from '../support/opening';

const MIB = 1024 * 1024;

/** Sends `size` bytes to every request, as fast as they are taken. */
function sends(size: number): Parameters<typeof createServer>[1] {
  const chunk = Buffer.alloc(256 * 1024, 'x');
  return (_req, res) => {
    res.writeHead(200, { 'content-length': size });
    let left = size;
    const goOn = (): void => {
      while (left > 0) {
        const part = chunk.subarray(0, left);
        left -= part.length;
        if (!res.write(part)) {
          res.once('drain', goOn);
          return;
        }
      }
      res.end();
    };
    goOn();
  };
}

it('opens a thousand files at once, each with its bytes and its record', async () => {
  using watch = watchProcess();
  const baseline = await takeBaseline();
  const log = recordingAdapter();
  {
    await using server = await serve(sends(100_000) as Parameters<typeof serve>[0]);
    const timeouts = { connect: 0, headers: 0, idle: 0, clientIdle: 0 };
    const files = createFileContent({ logger: log, timeouts });
    const provider = openaiCompatible({ name: 'held', baseURL: server.origin });
    const opened = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => files.open({ provider, fileId: `file-${index}` })),
    );
    expect(files.active()).toHaveLength(1_000);
    const sizes = await Promise.all(opened.map(async (file) => (await bytesOf(file)).length));
    expect(new Set(sizes)).toEqual(new Set([100_000]));
    const records: TransferRecord[] = await Promise.all(opened.map(({ record }) => record));
    expect(new Set(records.map(({ outcome }) => outcome))).toEqual(new Set(['completed']));
    expect(new Set(log.records.map(({ fileId }) => fileId)).size).toBe(1_000);
    expect(files.active()).toEqual([]);
    await files.close();
  }
  await expectReleased(baseline);
  watch.expectQuiet();
});

it('reads a large file in memory that does not grow with it', async () => {
  await using server = await serve(sends(256 * MIB) as Parameters<typeof serve>[0]);
  const files = createFileContent({});
  const provider = openaiCompatible({ name: 'held', baseURL: server.origin });
  const { body, record } = await files.open({ provider, fileId: 'file-1' });
  let largest = 0;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    largest = Math.max(largest, body.readableLength + chunk.length);
    // Whoever reads slowly has the provider wait, not the bytes.
    if (bytes % 64 === 0) await new Promise(setImmediate);
  }
  expect(bytes).toBe(256 * MIB);
  expect(largest).toBeLessThan(MIB);
  expect(await record).toMatchObject({ outcome: 'completed', bytesSent: 256 * MIB });
  await files.close();
});
