import { buffer } from 'node:stream/consumers';
import { fillSpool, type StoreOptions, sizeLimit } from '../../../lib/delivery/buffered/fill-spool';
import { createSpoolSpace } from '../../../lib/delivery/buffered/spool-space';
import { FileContentError } from '../../../lib/errors';
import { parseOptions } from '../../../lib/options/parse-options';
import { ERRORS_PAGE } from '../../../lib/values/mistakes';
import { countResources } from '../../support/leaks';
import { temporaryDirectory } from '../../support/temporary-directory';
import { startTransfers, type TransferServer } from '../../support/transfers';
import { WatchdogNotes } from '../../support/watchdog-notes';

let server: TransferServer;
let directory: string;

beforeAll(async () => {
  server = await startTransfers();
  directory = await temporaryDirectory('store');
});
afterAll(() => server[Symbol.asyncDispose]());

async function optionsFor(memoryPerTransfer: number, more: Partial<StoreOptions> = {}) {
  const { transfer, client } = await server.open();
  const watchdog = new WatchdogNotes();
  const space = createSpoolSpace({ memoryPerTransfer, maxDiskBytes: 1e9, directory, maxBytes: 0, retries: 0 });
  return { options: { transfer, watchdog, space, limit: 1_000_000, provider: 'test', ...more }, watchdog, client };
}

async function* chunks(...sizes: readonly number[]): AsyncIterable<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, size);
}

test('the beginning and each chunk count as activity, an empty chunk does not', async () => {
  const { options, watchdog } = await optionsFor(1_000_000);
  const spool = await fillSpool(chunks(5, 0, 7, 0), options);
  expect(spool.size).toBe(12);
  expect(watchdog.lines).toEqual(['idle', 'activity', 'activity']);
  await spool.close();
});

test('so is a disk that has done its work: its time is not the source’s', async () => {
  const { options, watchdog } = await optionsFor(0);
  const spool = await fillSpool(chunks(20_000, 5), options);
  expect(watchdog.lines).toEqual(['idle', 'activity', 'activity', 'activity']);
  expect((await buffer(spool.read())).equals(Buffer.concat([Buffer.alloc(20_000, 20_000), Buffer.alloc(5, 5)]))).toBe(
    true,
  );
  await spool.close();
});

test.each([
  ['bytes', (size: number) => Buffer.alloc(size)],
  ['chunks', (size: number) => chunks(size - 1, 1)],
])('%s up to the limit, and not one more', async (_what, source) => {
  const { options } = await optionsFor(0, { limit: 100 });
  await (await fillSpool(source(100), options)).close();
  await expect(fillSpool(source(101), options)).rejects.toMatchObject({ code: 'too_large', provider: 'test' });
});

async function* failing(): AsyncIterable<Uint8Array> {
  yield Buffer.alloc(20_000);
  throw new Error('no');
}

async function* text(): AsyncIterable<string> {
  yield 'a';
}

test.each([
  [
    'a chunk that is no bytes',
    text,
    `provider test: the iteration of "body" must return Uint8Arrays, got a string. See ${ERRORS_PAGE}#invalid-result`,
  ],
  ['a source that fails', failing, 'no'],
  ['a content that does not verify', () => chunks(20_000), '20000 bytes arrived'],
])('after %s nothing stays open', async (_what, source, reason) => {
  const { options } = await optionsFor(0, {
    verify(size) {
      throw new Error(`${size} bytes arrived`);
    },
  });
  const before = countResources().descriptors;
  const failure = await fillSpool(source(), options).then(
    () => new Error('it is stored'),
    (error: Error) => error,
  );
  const { message } = failure.cause instanceof Error ? failure.cause : failure;
  expect(message).toBe(reason);
  expect(countResources().descriptors).toBe(before);
});

test('the limit is the smaller one of the two that settings have', () => {
  const limitOf = (limits: number, maxBytes: number): number =>
    sizeLimit(parseOptions({ resolveProvider: () => undefined, limits: { maxBytes: limits }, buffer: { maxBytes } }));
  expect([limitOf(1, 2), limitOf(2, 1), limitOf(Infinity, 3)]).toEqual([1, 1, 3]);
});

test('a transfer that fails while the last bytes are written has stored nothing', async () => {
  const { options } = await optionsFor(0);
  const before = countResources().descriptors;
  const tooLate = new FileContentError('provider_timeout', 'Too late.');
  const storing = fillSpool(chunks(100), { ...options, verify: () => options.transfer.fail(tooLate) });
  await expect(storing).rejects.toBe(tooLate);
  expect(countResources().descriptors).toBe(before);
});

test('nothing is stored for a client that has left', async () => {
  const { options, client } = await optionsFor(0);
  const before = countResources().descriptors;
  const left = new Promise<void>((resolve) => options.transfer.onSettled(resolve));
  async function* leaving(): AsyncIterable<Uint8Array> {
    yield Buffer.alloc(20_000);
    client.destroy();
    await left;
    yield Buffer.alloc(1);
  }
  await expect(fillSpool(leaving(), options)).rejects.toThrow('The client closed the connection.');
  expect(countResources().descriptors).toBeLessThanOrEqual(before);
});
