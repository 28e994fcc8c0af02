import { randomBytes } from 'node:crypto';
import { type StoredContent, sendStored } from '../../../lib/delivery/buffered/send-stored';
import { Spool } from '../../../lib/delivery/buffered/spool';
import { createSpoolSpace } from '../../../lib/delivery/buffered/spool-space';
import { diskPool } from '../../../lib/delivery/relay/buffer-pool';
import { parseOptions } from '../../../lib/options/parse-options';
import { settled } from '../../support/leaks';
import { temporaryDirectory } from '../../support/temporary-directory';
import { type OpenTransfer, startTransfers, type TransferServer } from '../../support/transfers';
import { WatchdogNotes } from '../../support/watchdog-notes';

const CONTENT = randomBytes(4_000_000);
const settings = parseOptions({ resolveProvider: () => undefined });

let server: TransferServer;
let directory: string;

beforeAll(async () => {
  server = await startTransfers();
  directory = await temporaryDirectory('stored');
});
afterAll(() => server[Symbol.asyncDispose]());

async function stored(memoryPerTransfer: number, more: Partial<StoredContent> = {}): Promise<StoredContent> {
  const spool = new Spool(
    createSpoolSpace({ memoryPerTransfer, maxDiskBytes: 1e9, directory, maxBytes: 0, retries: 0 }),
  );
  for (let at = 0; at < CONTENT.length; at += 50_000) await spool.write(CONTENT.subarray(at, at + 50_000));
  await spool.end();
  return { status: 200, headers: { etag: '"v1"' }, size: spool.size, spool, certainty: 'yes', added: {}, ...more };
}

/** Notes what is lent whenever a part of the content has gone. */
class LentNotes extends WatchdogNotes {
  mostLent = 0;

  override activity(): void {
    this.mostLent = Math.max(this.mostLent, diskPool.leasedBytes);
    super.activity();
  }
}

async function send({ transfer }: OpenTransfer, content: StoredContent): Promise<LentNotes> {
  const watchdog = new LentNotes();
  try {
    await sendStored(transfer, content, { settings, watchdog, via: 'buffer' });
  } finally {
    await content.spool?.close();
  }
  return watchdog;
}

test.each([
  ['memory', 5_000_000],
  ['disk', 100_000],
])('from %s it is sent as it was stored; what was lent for it comes back', async (_where, memory) => {
  const open = await server.open();
  const { mostLent } = await send(open, await stored(memory));
  const { response } = await open.client.result();
  expect(response.body.equals(CONTENT)).toBe(true);
  expect(mostLent).toBeLessThan(2_000_000);
  open.client.destroy();
  const left = await settled(() => [diskPool.leasedBytes, diskPool.members].filter((count) => count > 0).map(String));
  expect(left).toEqual([]);
});

test('only the client is left to wait for', async () => {
  const open = await server.open();
  expect((await send(open, await stored(5_000_000))).lines.slice(-2)).toEqual(['activity', 'clientIdle']);
  const bodiless = await server.open({ method: 'HEAD' });
  expect((await send(bodiless, await stored(5_000_000))).lines).toEqual(['clientIdle']);
});

test('what middlewares said of another content is not said of this one', async () => {
  const open = await server.open();
  const said = { etag: '"other"', 'last-modified': 'x', 'content-language': 'en', vary: 'origin' };
  for (const [name, value] of Object.entries(said)) open.transfer.res.setHeader(name, value);
  await send(open, await stored(5_000_000));
  const { headers } = (await open.client.result()).response;
  expect([headers.get('etag'), headers.get('vary')]).toEqual([['"v1"'], ['origin']]);
  expect([headers.has('last-modified'), headers.has('content-language')]).toEqual([false, false]);
});

test('a body shorter than its length is a failure, and does not look complete', async () => {
  const open = await server.open();
  await expect(send(open, await stored(5_000_000, { size: CONTENT.length + 1 }))).rejects.toMatchObject({
    code: 'internal_error',
    message: 'The buffered content has another length than it should.',
  });
  expect(open.transfer.res.writableEnded).toBe(false);
});
