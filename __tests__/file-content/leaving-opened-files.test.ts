import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { bufferedProvider, isFileContentError, openaiCompatible } from '../../lib/index';
import { eventually, expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { bytesOf, startOpening } from '../support/opening';
import { answer, type RawScript } from '../support/raw-provider';
import { whileTimeStandsStill } from '../support/standing-time';

/** Sends half of ten bytes and then nothing. */
const half: RawScript = ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
/** Sends without end, as fast as it is taken. */
const endless: RawScript = async ({ send, socket }) => {
  await send('HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n');
  const chunk = Buffer.alloc(64 * 1024);
  while (!socket.destroyed) await send(chunk);
};
const DELIVERIES = ['stream', 'buffer'] as const;

/** What `open()` or the body failed with. */
async function failureOf(file: Promise<unknown>): Promise<unknown> {
  try {
    await file;
  } catch (error) {
    expect(isFileContentError(error)).toBe(true);
    return error;
  }
  throw new Error('it did not fail');
}

describe('a reader that leaves', () => {
  it.each(['destroy', 'destroy with an error', 'break'])(
    'by %s cancels the provider’s request at once, and the record says so',
    async (how) => {
      using watch = watchProcess();
      const baseline = await takeBaseline();
      {
        await using opening = await startOpening(endless);
        const { body, record } = await opening.open();
        const [{ closed }] = opening.provider.connections as [(typeof opening.provider.connections)[number]];
        await whileTimeStandsStill(async () => {
          if (how === 'break') {
            for await (const chunk of body) if (chunk.length > 0) break;
          } else {
            body.destroy(how === 'destroy' ? undefined : new Error('the disk is full'));
          }
          await closed;
        });
        expect(await record).toMatchObject({ outcome: 'client_aborted', complete: 'no', status: 200 });
        expect(opening.gateway.records).toHaveLength(1);
        expect(opening.files.active()).toEqual([]);
      }
      await expectReleased(baseline);
      watch.expectQuiet();
    },
  );

  it('after the last byte has what it wanted', async () => {
    await using opening = await startOpening(({ send }) => send(answer('hello')));
    const { body, record } = await opening.open();
    await once(body, 'readable');
    expect(String(body.read())).toBe('hello');
    body.destroy();
    expect(await record).toMatchObject({ outcome: 'completed', bytesSent: 5, complete: 'yes' });
  });
});

describe('a signal that is aborted', () => {
  const reason = new Error('the job was cancelled');
  const aborted = { code: 'aborted', status: 499, cause: reason };

  it('before the call: nothing is requested', async () => {
    await using opening = await startOpening(half);
    for (const delivery of DELIVERIES) {
      const opened = opening.open({ delivery, signal: AbortSignal.abort(reason) });
      expect(await failureOf(opened)).toMatchObject(aborted);
    }
    const provider = bufferedProvider({ name: 'database', fetchContent: () => Promise.reject(new Error('called')) });
    expect(await failureOf(opening.open({ provider, signal: AbortSignal.abort(reason) }))).toMatchObject(aborted);
    expect(opening.provider.connections).toEqual([]);
    const records = await opening.gateway.recorded(3);
    for (const record of records) expect(record).toMatchObject({ outcome: 'client_aborted', status: 499, attempts: 0 });
  });

  it('while the provider is located', async () => {
    await using opening = await startOpening(half, { provider: { locate: () => new Promise(() => undefined) } });
    const controller = new AbortController();
    const opened = opening.open({ signal: controller.signal });
    expect(opening.files.active()).toMatchObject([{ method: 'GET', phase: 'waiting' }]);
    controller.abort(reason);
    expect(await failureOf(opened)).toMatchObject(aborted);
    expect(opening.provider.connections).toEqual([]);
  });

  it.each(DELIVERIES)('before the head, delivered by %s', async (delivery) => {
    await using opening = await startOpening(() => undefined);
    const controller = new AbortController();
    const opened = opening.open({ delivery, signal: controller.signal });
    await opening.provider.requestsReceived(1);
    controller.abort(reason);
    expect(await failureOf(opened)).toMatchObject(aborted);
    await opening.provider.connections[0]?.closed;
    expect(await opening.gateway.recorded(1)).toMatchObject([
      { outcome: 'client_aborted', status: 499, error: { code: 'aborted', cause: { message: reason.message } } },
    ]);
  });

  it('in the body', async () => {
    const baseline = await takeBaseline();
    {
      await using opening = await startOpening(half);
      const controller = new AbortController();
      const file = await opening.open({ signal: controller.signal });
      const bytes = bytesOf(file);
      controller.abort(reason);
      expect(await failureOf(bytes)).toMatchObject(aborted);
      await opening.provider.connections[0]?.closed;
      expect(await file.record).toMatchObject({ outcome: 'client_aborted', status: 200, complete: 'no' });
    }
    await expectReleased(baseline);
  });

  it('while a file that is in hand is read', async () => {
    await using opening = await startOpening(({ send }) => send(answer(Buffer.alloc(3_000_000))));
    const controller = new AbortController();
    const file = await opening.open({ delivery: 'buffer', signal: controller.signal });
    controller.abort(reason);
    expect(await failureOf(bytesOf(file))).toMatchObject(aborted);
    await file.record;
    await eventually('the temporary file is gone', () => opening.files.active().length === 0);
    expect(await opening.gateway.temporaryFiles()).toEqual([]);
  });

  it('after the end changes nothing and has no listener left', async () => {
    await using opening = await startOpening(({ send }) => send(answer('hello')));
    const controller = new AbortController();
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    const file = await opening.open({ signal: controller.signal });
    await bytesOf(file);
    await file.record;
    expect(removed).toHaveBeenCalledTimes(1);
    controller.abort(reason);
    expect(file.body.errored).toBeNull();
    expect(opening.gateway.records).toMatchObject([{ outcome: 'completed' }]);
  });
});

describe('a body that nobody reads', () => {
  it('holds no more than its bound, and is given up after clientIdle', async () => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    {
      await using opening = await startOpening(endless, { timeouts: { clientIdle: 100 } });
      const file = await opening.open();
      await eventually('the body is full', () => file.body.readableLength >= 128 * 1024);
      expect(file.body.readableLength).toBeLessThanOrEqual(2 * 128 * 1024);
      const record = await file.record;
      expect(record).toMatchObject({ outcome: 'client_stalled', bytesSent: 0, complete: 'no', status: 200 });
      expect(record.error).toBeUndefined();
      // Whoever begins too late learns of it.
      expect(await failureOf(bytesOf(file))).toMatchObject({
        code: 'aborted',
        message: expect.stringContaining('clientIdle'),
      });
      await opening.provider.connections[0]?.closed;
    }
    await expectReleased(baseline);
    watch.expectQuiet();
  });

  it('is given up as well where it has come whole', async () => {
    await using opening = await startOpening(({ send }) => send(answer('hello')), { timeouts: { clientIdle: 50 } });
    const file = await opening.open();
    expect(await file.record).toMatchObject({ outcome: 'client_stalled' });
  });

  it('is not given up while somebody reads it slowly', async () => {
    await using opening = await startOpening(({ send }) => send(answer(Buffer.alloc(1_300_000))), {
      timeouts: { clientIdle: 1_000 },
    });
    const file = await opening.open();
    let bytes = 0;
    for await (const chunk of file.body) {
      bytes += chunk.length;
      await delay(100);
    }
    expect(bytes).toBe(1_300_000);
    expect(await file.record).toMatchObject({ outcome: 'completed' });
  });
});

it('a body that fails with nobody listening does not end the process', async () => {
  using watch = watchProcess();
  await using opening = await startOpening(half, { timeouts: { idle: 50 } });
  const file = await opening.open();
  file.body.resume();
  expect(await file.record).toMatchObject({ outcome: 'upstream_timeout' });
  expect(file.body.errored).toMatchObject({ code: 'provider_timeout' });
  watch.expectQuiet();
});

describe('close()', () => {
  it('refuses new files, waits for those that are open, and cuts them off when its time is up', async () => {
    await using opening = await startOpening(half);
    const file = await opening.open();
    const bytes = failureOf(bytesOf(file));
    const closed = opening.files.close({ graceMs: 100 });
    expect(await failureOf(opening.open())).toMatchObject({ code: 'overloaded', status: 503 });
    expect(opening.files.active()).toMatchObject([{ fileId: 'file-1', method: 'GET', phase: 'sending' }]);
    expect(await bytes).toMatchObject({ code: 'overloaded' });
    await closed;
    expect(await file.record).toMatchObject({ outcome: 'client_aborted', error: { code: 'overloaded' } });
    await opening.provider.connections[0]?.closed;
  });
});

describe('limits', () => {
  it('hold for opened files, whose places are free as soon as their callers know', async () => {
    const limits = { maxConcurrent: 1 };
    await using opening = await startOpening(
      ({ send, head }) => send(head.includes('missing') ? answer('{}', [], '404 Not Found') : answer('hello')),
      { limits },
    );
    for (const delivery of DELIVERIES) {
      const first = await opening.open({ delivery });
      expect(await failureOf(opening.open())).toMatchObject({ code: 'overloaded', headers: { 'retry-after': '1' } });
      await bytesOf(first);
      expect(await failureOf(opening.open({ delivery, fileId: 'missing' }))).toMatchObject({ code: 'file_not_found' });
      await bytesOf(await opening.open({ delivery }));
      (await opening.open({ delivery })).body.destroy();
      await eventually('the place is free', () => opening.files.active().length === 0);
    }
  });

  it('hold for each tenant', async () => {
    await using opening = await startOpening(({ send }) => send(answer('hello')), {
      limits: { maxConcurrentPerTenant: 1 },
    });
    const file = await opening.open({ tenant: 'acme' });
    expect(await failureOf(opening.open({ tenant: 'acme' }))).toMatchObject({ code: 'rate_limited', status: 429 });
    await bytesOf(await opening.open({ tenant: 'other' }));
    await bytesOf(file);
  });
});

it('a provider whose locate fails is told as what it is', async () => {
  await using opening = await startOpening(half);
  const provider = openaiCompatible({
    name: 'held',
    baseURL: opening.provider.origin,
    apiKey: () => Promise.reject(new Error('no key')),
  });
  expect(await failureOf(opening.open({ provider }))).toMatchObject({ code: 'resolver_failed', status: 500 });
  expect(await opening.gateway.recorded(1)).toMatchObject([{ outcome: 'resolver_failed', status: 500 }]);
});
