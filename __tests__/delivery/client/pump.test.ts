import { PassThrough, type Readable } from 'node:stream';
import { type PumpOptions, pump } from '../../../lib/delivery/client/pump';
import { FileContentError } from '../../../lib/errors';
import { patternBytes } from '../../support/download';
import { eventually, watchProcess } from '../../support/leaks';
import { type OpenTransfer, startTransfers, type TransferServer } from '../../support/transfers';
import { WatchdogNotes } from '../../support/watchdog-notes';

/** More than the system takes for a client that does not read. */
const CONTENT = patternBytes(32 * 1024 * 1024);

function flood(source: PassThrough): void {
  for (let at = 0; at < CONTENT.length; at += 65_536) source.write(CONTENT.subarray(at, at + 65_536));
  source.end();
}

const EVENTS = ['data', 'end', 'close'] as const;

function listeners(source: Readable): number[] {
  return EVENTS.map((event) => source.listenerCount(event));
}

function closed(source: Readable): Promise<void> {
  // Without the 'error' listener that events.once would add: whether there is another one is what is tested.
  return new Promise((resolve) => source.once('close', () => resolve()));
}

describe('pump', () => {
  let server: TransferServer;

  beforeEach(async () => {
    server = await startTransfers();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function begin(
    more: Partial<PumpOptions> = {},
    source: PassThrough = new PassThrough(),
    prepare?: (transfer: OpenTransfer['transfer']) => void,
  ) {
    const { transfer, client }: OpenTransfer = await server.open({ connection: 'close' });
    prepare?.(transfer);
    const watchdog = new WatchdogNotes();
    const heads: number[] = [];
    const before = { source: listeners(source), drain: transfer.res.listenerCount('drain') };
    const pumped = pump(source, transfer.res, {
      transfer,
      watchdog,
      maxBytes: Infinity,
      writeHead() {
        heads.push(transfer.bytesWritten);
        transfer.res.writeHead(200, { 'content-type': 'text/plain' });
      },
      onTooLarge: () => new Error('too large'),
      ...more,
    });
    const expectReleased = (): void => {
      expect(listeners(source)).toEqual(before.source);
      // The one that keeps a later failure from ending the process.
      expect(source.listenerCount('error')).toBe(1);
      expect(transfer.res.listenerCount('drain')).toBe(before.drain);
    };
    return { source, transfer, client, watchdog, heads, pumped, expectReleased };
  }

  it('passes every chunk behind one head, counts it, and leaves the response open', async () => {
    const written: string[] = [];
    const { source, transfer, client, watchdog, heads, pumped, expectReleased } = await begin({
      onWritten: (chunk) => void written.push(chunk.toString()),
    });
    for (const part of ['one', 'two', 'three']) source.write(part);
    source.end();
    await pumped;
    expect(heads).toEqual([0]);
    expect(transfer.bytesWritten).toBe(11);
    expect(transfer.res.writableEnded).toBe(false);
    expect(watchdog.lines).toEqual(['idle', 'activity', 'activity', 'activity']);
    expectReleased();
    transfer.res.end();
    const { response } = await client.result();
    expect(response.body.toString()).toBe('onetwothree');
    expect(written).toEqual(['one', 'two', 'three']);
  });

  it('leaves the head to its caller where nothing came', async () => {
    const { source, heads, pumped } = await begin();
    source.end();
    await pumped;
    expect(heads).toEqual([]);
  });

  it('reads no faster than the client takes, and tells for whom it waits', async () => {
    const { source, transfer, client, watchdog, pumped } = await begin();
    client.pause();
    flood(source);
    await eventually('the source is paused', () => source.isPaused());
    expect(watchdog.lines.at(-1)).toBe('clientIdle');
    expect(transfer.bytesWritten).toBeLessThan(CONTENT.length);
    client.resume();
    await pumped;
    expect(watchdog.lines.filter((entry) => entry !== 'activity').slice(0, 3)).toEqual(['idle', 'clientIdle', 'idle']);
    transfer.res.end();
    await client.closed;
    expect(client.responses()[0]?.body.equals(CONTENT)).toBe(true);
  });

  it('passes exactly as much as may pass', async () => {
    const { source, transfer, pumped } = await begin({ maxBytes: 6 });
    source.write('abc');
    source.end('def');
    await pumped;
    expect(transfer.bytesWritten).toBe(6);
  });

  it('is over with the last byte that the client was told of, before the source has ended', async () => {
    const { source, transfer, pumped, expectReleased } = await begin({}, undefined, (it) => {
      it.wrote(Buffer.from('abc'));
      it.expects(8);
    });
    source.write('de');
    source.write('fgh');
    await pumped;
    expect(transfer.bytesWritten).toBe(8);
    expect(source.writableEnded).toBe(false);
    expectReleased();
  });

  it('stops before the chunk that is too much, and lets go of the source', async () => {
    using watch = watchProcess();
    const { source, transfer, pumped, expectReleased } = await begin({ maxBytes: 6 });
    source.write('abc');
    source.write('defg');
    source.write('more');
    await expect(pumped).rejects.toThrow('too large');
    expect(transfer.bytesWritten).toBe(3);
    expect(source.isPaused()).toBe(true);
    expectReleased();
    // A stream that fails after that has nobody to tell, which must not end the process.
    const gone = closed(source);
    source.destroy(new Error('late'));
    await gone;
    watch.expectQuiet();
  });

  it('rejects with what the source failed with', async () => {
    const { source, pumped, expectReleased } = await begin();
    const failure = new Error('broken');
    source.destroy(failure);
    await expect(pumped).rejects.toBe(failure);
    expectReleased();
  });

  it('rejects where the source closed without an end', async () => {
    const { source, pumped } = await begin();
    source.destroy();
    await expect(pumped).rejects.toThrow('The stream closed before its end.');
  });

  it('rejects with what the head failed with, and writes nothing', async () => {
    const failure = new Error('no head');
    const { source, transfer, pumped, expectReleased } = await begin({
      writeHead() {
        throw failure;
      },
    });
    source.write('abc');
    await expect(pumped).rejects.toBe(failure);
    expect(transfer.bytesWritten).toBe(0);
    expect(transfer.res.headersSent).toBe(false);
    expectReleased();
  });

  it('rejects with the failure of its transfer', async () => {
    const { source, transfer, pumped, expectReleased } = await begin();
    const failure = new FileContentError('provider_timeout', 'late');
    transfer.fail(failure);
    await expect(pumped).rejects.toBe(failure);
    expect(source.isPaused()).toBe(true);
    expectReleased();
  });

  it('does not touch the source any more once it has ended', async () => {
    const { source, transfer, pumped } = await begin();
    source.end('abc');
    await pumped;
    transfer.fail(new FileContentError('provider_timeout', 'late'));
    expect(source.isPaused()).toBe(false);
  });

  it('reads nothing for a transfer that has failed already', async () => {
    using watch = watchProcess();
    const { transfer } = await server.open();
    const failure = new FileContentError('provider_timeout', 'late');
    transfer.fail(failure);
    const source = new PassThrough();
    const watchdog = new WatchdogNotes();
    const pumped = pump(source, transfer.res, {
      transfer,
      watchdog,
      maxBytes: Infinity,
      writeHead: () => undefined,
      onTooLarge: () => new Error('too large'),
    });
    await expect(pumped).rejects.toBe(failure);
    expect(listeners(source)).toEqual([0, 0, 0]);
    expect(watchdog.lines).toEqual([]);
    const gone = closed(source);
    source.destroy(new Error('late'));
    await gone;
    watch.expectQuiet();
  });

  it('does not call a chunk written that never was', async () => {
    let written = 0;
    const { source, transfer, client, pumped } = await begin({
      onWritten: (chunk) => {
        written += chunk.length;
      },
    });
    client.pause();
    flood(source);
    await eventually('the source is paused', () => source.isPaused());
    const before = written;
    expect(before).toBeLessThan(transfer.bytesWritten);
    const failed = expect(pumped).rejects.toThrow('The client closed the connection.');
    client.rst();
    await failed;
    await server.recorded(1);
    await new Promise(setImmediate);
    expect(written).toBe(before);
  });

  it.each([
    ['a text', 'text', 'The transformation gave "text" instead of bytes.'],
    ['an object', { a: 1 }, 'The transformation gave an object instead of bytes.'],
  ])('refuses %s, which is no content', async (_what, chunk, message) => {
    const { source, transfer, pumped } = await begin({}, new PassThrough({ objectMode: true }));
    source.write(chunk);
    await expect(pumped).rejects.toThrow(new TypeError(message));
    expect(transfer.bytesWritten).toBe(0);
  });
});
