import { readdir, rmdir } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { ask, gatewayOf, startBuffering } from '../../support/buffering';
import { answer, type RawScript } from '../../support/raw-provider';
import { temporaryDirectory } from '../../support/temporary-directory';

const CHUNKED: RawScript = ({ send }) =>
  send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n${'x'.repeat(100)}\r\n0\r\n\r\n`);
const DECLARED: RawScript = ({ send }) => send(answer(Buffer.alloc(100)));

test.each([
  ['buffer.maxBytes, declared', DECLARED, { buffer: { maxBytes: 99 } }],
  ['buffer.maxBytes, counted', CHUNKED, { buffer: { maxBytes: 99 } }],
  ['limits.maxBytes, declared', DECLARED, { limits: { maxBytes: 99 } }],
  ['limits.maxBytes, counted', CHUNKED, { limits: { maxBytes: 99 } }],
])('over %s: 502 too_large, not retried', async (_name, script, options) => {
  await using setup = await startBuffering(script, options);
  const record = setup.gateway.nextRecord();
  const { status, body } = await ask(setup.gateway.origin);
  expect([status, JSON.parse(body.toString()).error.code]).toEqual([502, 'too_large']);
  expect(await record).toMatchObject({ outcome: 'too_large', attempts: 1 });
  await setup.upstream.connections[0]?.closed;
});

test('a declared length over the limit is refused before any content has come', async () => {
  await using setup = await startBuffering(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'), {
    buffer: { maxBytes: 99 },
  });
  expect((await ask(setup.gateway.origin)).status).toBe(502);
});

test.each([
  ['declared', DECLARED],
  ['counted', CHUNKED],
])('a body of exactly the limit passes: %s', async (_name, script) => {
  await using setup = await startBuffering(script, { buffer: { maxBytes: 100 } });
  expect((await ask(setup.gateway.origin)).body).toHaveLength(100);
});

test('the limit counts what a function brings', async () => {
  await using gateway = await gatewayOf(
    { name: 'function', streaming: false, fetchContent: async () => ({ body: Buffer.alloc(100) }) },
    { buffer: { maxBytes: 99 } },
  );
  expect((await ask(gateway.origin)).status).toBe(502);
});

describe('the room on disk', () => {
  const buffer = { memoryPerTransfer: 0, maxDiskBytes: 150 };

  test.each([
    ['declared', DECLARED],
    ['counted', CHUNKED],
  ])('without it: 503 with Retry-After: %s', async (_name, script) => {
    await using setup = await startBuffering(script, { buffer: { memoryPerTransfer: 0, maxDiskBytes: 99 } });
    const record = setup.gateway.nextRecord();
    const { status, headers, body } = await ask(setup.gateway.origin);
    expect([status, headers['retry-after'], JSON.parse(body.toString()).error.code]).toEqual([503, '5', 'overloaded']);
    expect(await record).toMatchObject({ outcome: 'rejected', status: 503, attempts: 1 });
  });

  test('what a transformation leaves is what needs it', async () => {
    await using setup = await startBuffering(DECLARED, {
      buffer: { memoryPerTransfer: 0, maxDiskBytes: 10 },
      provider: {
        transform: () =>
          new Transform({
            transform(_chunk, _encoding, done) {
              done();
            },
            flush(done) {
              done(null, Buffer.alloc(10));
            },
          }),
      },
    });
    expect((await ask(setup.gateway.origin)).body).toHaveLength(10);
  });

  test('it is given back by whatever way a transfer ends', async () => {
    await using setup = await startBuffering(
      async ({ index, send, fin }) => {
        await send(answer(Buffer.alloc(100)).subarray(0, index % 2 === 0 ? 120 : undefined));
        if (index % 2 === 0) fin();
      },
      // Room for the one before, whose file is closed just after its answer.
      { buffer: { ...buffer, maxDiskBytes: 250, retries: 0 } },
    );
    for (let round = 0; round < 6; round += 1) {
      const { status } = await ask(setup.gateway.origin);
      expect(status).toBe(round % 2 === 0 ? 502 : 200);
    }
  });

  test('two transfers share it', async () => {
    const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
    await using setup = await startBuffering(
      async ({ index, send }) => {
        await send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n1');
        if (index === 0) await isReleased;
        await send(Buffer.alloc(99));
      },
      { buffer },
    );
    const first = ask(setup.gateway.origin);
    await setup.upstream.requestsReceived(1);
    expect((await ask(setup.gateway.origin)).status).toBe(503);
    release();
    expect((await first).status).toBe(200);
    // The room is free when the file is closed, which the client does not wait for.
    let status = 503;
    for (let asked = 0; asked < 1_000 && status === 503; asked += 1) ({ status } = await ask(setup.gateway.origin));
    expect(status).toBe(200);
  });
});

test('a directory that is gone: 500, the reason in the record alone', async () => {
  const directory = await temporaryDirectory('gone');
  await using setup = await startBuffering(DECLARED, { buffer: { memoryPerTransfer: 0, directory } });
  await rmdir(directory);
  const record = setup.gateway.nextRecord();
  const { status, body } = await ask(setup.gateway.origin);
  expect(status).toBe(500);
  expect(body.toString()).not.toContain(directory);
  expect((await record).error?.cause).toMatchObject({ code: 'ENOENT' });
});

test('what fits into memory touches no disk', async () => {
  const directory = await temporaryDirectory('unused');
  await using setup = await startBuffering(DECLARED, { buffer: { memoryPerTransfer: 100, directory } });
  await rmdir(directory);
  expect((await ask(setup.gateway.origin)).status).toBe(200);
  await expect(readdir(directory)).rejects.toThrow('ENOENT');
});
