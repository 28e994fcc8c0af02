import { once } from 'node:events';
import { type Agent, get, type IncomingMessage } from 'node:http';
import { get as getTls } from 'node:https';
import type { PumpOptions } from '../../../lib/delivery/client/pump';
import { relayPool } from '../../../lib/delivery/relay/buffer-pool';
import { relay, relayObstacle } from '../../../lib/delivery/relay/relay';
import { FileContentError } from '../../../lib/errors';
import { divertibleTap, LARGEST_READ, type SocketTap } from '../../../lib/upstream/agents/socket-tap';
import { makeCertificate } from '../../support/certificates';
import { patternBytes } from '../../support/download';
import { eventually, watchProcess } from '../../support/leaks';
import type { RawClient } from '../../support/raw-client';
import { type RawProvider, startRawProvider } from '../../support/raw-provider';
import { TappedHttpAgent, TappedHttpsAgent } from '../../support/tapped-agents';
import { startTransfers, type TransferServer } from '../../support/transfers';
import { WatchdogNotes } from '../../support/watchdog-notes';

const KIB = 1024;
/** Declared, and never reached. */
const LENGTH = 1024 * KIB * KIB;
/** The content's beginning; then it begins anew. */
const CONTENT = patternBytes(8 * KIB * KIB);
/** What the provider sends with its head; all other reads are made by the test. */
const PARSED = 10;

const tls = makeCertificate();
const agents: Record<'http' | 'https', () => Agent> = {
  http: () => new TappedHttpAgent(),
  https: () => new TappedHttpsAgent({ ca: tls.cert }),
};

/** Node gives what is written in one turn of the event loop to the connection at its end. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('relay', () => {
  let server: TransferServer;
  let provider: RawProvider;
  let agent: Agent;

  beforeEach(async () => {
    server = await startTransfers();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    agent.destroy();
    await provider.close();
    await eventually('nothing held', () => relayPool.members === 0 && relayPool.leasedBytes === 0);
  });

  /** A response of which only the first bytes have come, and what relays it. */
  async function prepare(scheme: 'http' | 'https', length = LENGTH, isBehind = false) {
    provider = await startRawProvider(
      ({ send }) =>
        send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${CONTENT.toString('latin1', 0, PARSED)}`),
      scheme === 'https' ? { tls } : {},
    );
    agent = agents[scheme]();
    const request = (scheme === 'https' ? getTls : get)(provider.origin, { agent });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await eventually('the first bytes', () => response.readableLength === PARSED);
    const first = isBehind ? (await server.open()).client : undefined;
    const { transfer, client } = await server.open({ connection: 'close' }, first);
    const watchdog = new WatchdogNotes();
    const heads: number[] = [];
    const options: PumpOptions = {
      transfer,
      watchdog,
      maxBytes: Infinity,
      writeHead() {
        heads.push(transfer.bytesWritten);
        transfer.res.writeHead(200, { 'content-length': length });
      },
      onTooLarge: () => new Error('too large'),
    };
    return { response, transfer, client, watchdog, heads, options };
  }

  async function begin(scheme: 'http' | 'https', more: Partial<PumpOptions> = {}, length = LENGTH, isBehind = false) {
    const prepared = await prepare(scheme, length, isBehind);
    const { response, transfer, options } = prepared;
    const tap = divertibleTap(response, length)!;
    const before = ['error', 'close'].map((event) => response.listenerCount(event));
    const relayed = relay(response, length, transfer.res, { ...options, ...more })!;
    relayed.catch(() => undefined);
    let at = PARSED;
    const scratch = Buffer.alloc(LARGEST_READ);
    /** The next bytes of the content are read from the connection, as Node would. @returns whether it would go on */
    const feed = (size?: number): boolean => {
      const memory = scratch.subarray(0, tap.readSize);
      const from = at % CONTENT.length;
      const bytes = CONTENT.subarray(from, from + Math.min(size ?? memory.length, memory.length));
      memory.set(bytes);
      at += bytes.length;
      return tap.take(bytes.length, memory);
    };
    /**
     * Has everything that was given to the response left the process? Some turns of the event loop, and it has, or
     * waits for the client.
     */
    const isIdle = async (): Promise<boolean> => {
      for (let turns = 0; turns < 20; turns += 1) {
        await turn();
        if (transfer.res.writableLength === 0) return true;
      }
      return false;
    };
    /** Until the client, which does not read, can take no more. */
    const fill = async (): Promise<void> => {
      do feed();
      while (await isIdle());
    };
    await turn();
    const expectReleased = (): void => {
      // The one more keeps a later failure from ending the process.
      expect(['error', 'close'].map((event) => response.listenerCount(event))).toEqual([before[0]! + 1, before[1]]);
      expect(relayPool.members).toBe(0);
    };
    return { ...prepared, tap, relayed, feed, fill, isIdle, fed: () => at, expectReleased };
  }

  /** The client leaves. The system may still read what is lent, so nobody else may write into it. */
  async function expectForgotten(client: RawClient, relayed: Promise<void>, records: number): Promise<void> {
    const given = jest.spyOn(relayPool, 'release');
    try {
      client.rst();
      await expect(relayed).rejects.toThrow('The client closed the connection.');
      await server.recorded(records);
      await eventually('nothing lent', () => relayPool.leasedBytes === 0);
      expect(given).not.toHaveBeenCalled();
    } finally {
      given.mockRestore();
    }
  }

  function wanted(tap: SocketTap): number {
    return tap.readSize / KIB;
  }

  describe.each(['http', 'https'] as const)('over %s', (scheme) => {
    it('passes what the parser had seen, and all that is read after it, behind one head', async () => {
      const length = 5 * KIB * KIB;
      const { client, heads, relayed, feed, fed, isIdle, transfer, expectReleased, tap } = await begin(
        scheme,
        {},
        length,
      );
      expect(transfer.bytesWritten).toBe(PARSED);
      expect(relayPool.members).toBe(1);
      expect(tap.isDiverted).toBe(true);
      for (let size = 1; fed() < length; size = size * 3 + 1) {
        feed(Math.min(size, length - fed()));
        while (fed() < length && !(await isIdle()));
      }
      await relayed;
      expectReleased();
      expect(transfer.bytesWritten).toBe(length);
      expect(heads).toEqual([0]);
      expect(transfer.res.writableEnded).toBe(false);
      transfer.res.end();
      await client.closed;
      expect(client.responses()[0]?.body.equals(CONTENT.subarray(0, length))).toBe(true);
      expect(feed(1)).toBe(false);
      expect(transfer.bytesWritten).toBe(length);
    });

    it('drops bytes after the declared length', async () => {
      const length = 4 * KIB * KIB + 5;
      const { client, relayed, feed, fed, isIdle, transfer } = await begin(scheme, {}, length);
      while (fed() < length) {
        feed();
        while (fed() < length && !(await isIdle()));
      }
      expect(fed()).toBeGreaterThan(length);
      await relayed;
      expect(transfer.bytesWritten).toBe(length);
      transfer.res.end();
      await client.closed;
      expect(client.responses()[0]?.body.equals(CONTENT.subarray(0, length))).toBe(true);
    });

    it('stops reading while bytes wait for the client, and continues when they are gone', async () => {
      const { client, response, watchdog, feed, fill, transfer, tap } = await begin(scheme);
      client.pause();
      await fill();
      expect(watchdog.lines.at(-1)).toBe('clientIdle');
      expect(relayPool.leasedBytes).toBeGreaterThan(0);
      const resumed = jest.spyOn(response.socket, 'resume');
      const size = wanted(tap);
      client.resume();
      await eventually('the client has taken all', () => watchdog.lines.at(-1) === 'idle');
      expect(resumed).toHaveBeenCalledTimes(1);
      expect(wanted(tap)).toBe(Math.min(256, size * 2));
      feed(1);
      await eventually('the byte has left', () => transfer.res.writableLength + relayPool.leasedBytes === 0);
    });

    it('reads on after others had their turn, once it has had its share of one', async () => {
      const { response, feed, isIdle, relayed, transfer } = await begin(scheme);
      const resumed = jest.spyOn(response.socket, 'resume');
      // However slow the machine is, the time for reading is not over.
      const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
      for (let round = 0; round < 3; round += 1) {
        // A share is 256 KiB, in however many reads.
        for (let read = 1; read < 16; read += 1) expect(feed(16 * KIB)).toBe(true);
        expect(feed(16 * KIB)).toBe(false);
        expect(resumed).not.toHaveBeenCalled();
        expect(await isIdle()).toBe(true);
        expect(resumed).toHaveBeenCalledTimes(1);
        resumed.mockClear();
      }
      // Not any more when it is over by then.
      feed(256 * KIB);
      transfer.fail(new FileContentError('provider_timeout', 'late'));
      await expect(relayed).rejects.toThrow('late');
      await turn();
      expect(resumed).not.toHaveBeenCalled();
      clock.mockRestore();
    });

    it('waits for its turn once reading has taken all its time of one', async () => {
      const { response, tap, feed, isIdle, relayed, transfer } = await begin(scheme);
      const resumed = jest.spyOn(response.socket, 'resume');
      let now = performance.now();
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
      expect(feed(16 * KIB)).toBe(true);
      now += 5;
      // TLS decrypts what has arrived, whatever is asked for.
      if (scheme === 'http') expect(tap.readSize).toBe(4 * KIB);
      else expect(tap.readSize).toBeGreaterThan(32 * KIB);
      expect(feed(1)).toBe(false);
      expect(resumed).not.toHaveBeenCalled();
      expect(await isIdle()).toBe(true);
      expect(resumed).toHaveBeenCalledTimes(1);
      expect(tap.readSize).toBeGreaterThan(32 * KIB);
      clock.mockRestore();
      transfer.fail(new FileContentError('provider_timeout', 'late'));
      await expect(relayed).rejects.toThrow('late');
    });

    it('refuses a body that is too large, and writes none of it', async () => {
      const { relayed, feed, transfer, expectReleased } = await begin(scheme, { maxBytes: PARSED + 20 });
      feed(20);
      await turn();
      expect(transfer.bytesWritten).toBe(PARSED + 20);
      feed(1);
      await turn();
      await expect(relayed).rejects.toThrow('too large');
      expect(transfer.bytesWritten).toBe(PARSED + 20);
      // Nothing of it was given away, so its buffer is free at once.
      await eventually('nothing lent', () => relayPool.leasedBytes === 0);
      expect(transfer.isSettled).toBe(false);
      expectReleased();
      expect(feed(1)).toBe(false);
    });

    it('leaves the connection to the parser where the first bytes are too much', async () => {
      const { relayed, tap, transfer, expectReleased } = await begin(scheme, { maxBytes: PARSED - 1 });
      await expect(relayed).rejects.toThrow('too large');
      expect(tap.isDiverted).toBe(false);
      expect(transfer.bytesWritten).toBe(0);
      expectReleased();
    });

    it('rejects with what the head fails with', async () => {
      const failure = new Error('no head');
      const { relayed, transfer } = await begin(scheme, {
        writeHead() {
          throw failure;
        },
      });
      await expect(relayed).rejects.toBe(failure);
      expect(transfer.bytesWritten).toBe(0);
    });

    it('rejects with the failure of its transfer, and the client gets all that had come', async () => {
      const { relayed, feed, transfer, client, expectReleased } = await begin(scheme);
      feed(1_000);
      const late = new FileContentError('provider_timeout', 'late');
      transfer.fail(late);
      await expect(relayed).rejects.toBe(late);
      expect(transfer.bytesWritten).toBe(PARSED + 1_000);
      expectReleased();
      await client.until((bytes) => bytes.includes(CONTENT.subarray(900, PARSED + 1_000)));
      // What is decrypted after that is nobody's.
      expect(feed(10)).toBe(false);
      await turn();
      expect(transfer.bytesWritten).toBe(PARSED + 1_000);
    });

    it('rejects when the response fails or closes', async () => {
      using watch = watchProcess();
      const { relayed, response, expectReleased } = await begin(scheme);
      const closed = new Promise<void>((resolve) => response.once('close', () => resolve()));
      response.destroy();
      await expect(relayed).rejects.toThrow('The stream closed before its end.');
      await closed;
      expectReleased();
      watch.expectQuiet();
    });

    it('rejects when the provider cuts the body off', async () => {
      const { relayed } = await begin(scheme);
      provider.connections[0]?.socket.destroy();
      await expect(relayed).rejects.toMatchObject({ code: 'ECONNRESET' });
    });

    it('lets go of buffers whose client leaves', async () => {
      const { relayed, client, fill } = await begin(scheme);
      client.pause();
      await fill();
      expect(relayPool.leasedBytes).toBeGreaterThan(0);
      await expectForgotten(client, relayed, 1);
    });

    it('lends the same buffers again once they are written', async () => {
      const { feed, isIdle } = await begin(scheme);
      const forgotten = jest.spyOn(relayPool, 'discard');
      try {
        feed(1_000);
        expect(await isIdle()).toBe(true);
        expect(relayPool.leasedBytes).toBe(0);
        expect(forgotten).not.toHaveBeenCalled();
      } finally {
        forgotten.mockRestore();
      }
    });

    it('lets go of buffers that waited behind another response of the connection', async () => {
      const { relayed, client, feed } = await begin(scheme, {}, LENGTH, true);
      feed(1_000);
      await turn();
      expect(relayPool.leasedBytes).toBeGreaterThan(0);
      await expectForgotten(client, relayed, 2);
    });

    it('writes what came with the head in the same step, and sees that the client took it', async () => {
      const { response, transfer, options, watchdog } = await prepare(scheme);
      relay(response, LENGTH, transfer.res, options)?.catch(() => undefined);
      expect(transfer.bytesWritten).toBe(PARSED);
      expect(transfer.res.writableLength).toBe(0);
      expect(response.socket.isPaused()).toBe(false);
      expect(watchdog.lines).toEqual(['idle', 'activity']);
    });

    it('reads nothing more for a client whose connection has failed', async () => {
      const { feed, transfer } = await begin(scheme);
      await turn();
      transfer.res.socket?.destroy();
      expect(feed(1)).toBe(false);
    });

    it('moves nothing for a transfer that has failed already', async () => {
      const { response, transfer, options } = await prepare(scheme);
      const late = new FileContentError('provider_timeout', 'late');
      transfer.fail(late);
      await expect(relay(response, LENGTH, transfer.res, options)).rejects.toBe(late);
      expect(divertibleTap(response, LENGTH)).toBeDefined();
      expect(response.readableLength).toBe(PARSED);
    });

    it('does not exist if a middleware has replaced write()', async () => {
      const { response, transfer, options } = await prepare(scheme);
      const original = transfer.res.write.bind(transfer.res);
      Object.assign(transfer.res, { write: (...given: [never]) => original(...given) });
      expect(relayObstacle(response, LENGTH, transfer.res)).toBe('wrapped_write');
      expect(relay(response, LENGTH, transfer.res, options)).toBeUndefined();
      expect(divertibleTap(response, LENGTH)).toBeDefined();
    });

    it('is one where a middleware has replaced end(), which gets no bytes', async () => {
      const { response, transfer } = await prepare(scheme);
      const original = transfer.res.end.bind(transfer.res);
      Object.assign(transfer.res, { end: (...given: [never]) => original(...given) });
      expect(relayObstacle(response, LENGTH, transfer.res)).toBeUndefined();
    });

    it('does not exist for a body that is too small', async () => {
      const { response, transfer, options } = await prepare(scheme);
      expect(relay(response, 1_000, transfer.res, options)).toBeUndefined();
    });

    it('reads less at once for a client that took long for one write, and never less than a bound', async () => {
      let skipped = 0;
      const now = performance.now.bind(performance);
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + skipped);
      try {
        const { client, fill, tap, watchdog } = await begin(scheme);
        for (let round = 0; round < 7; round += 1) {
          client.pause();
          await fill();
          const before = wanted(tap);
          expect(watchdog.lines.at(-1)).toBe('clientIdle');
          skipped += 2_000;
          client.resume();
          await eventually('the client has taken all', () => watchdog.lines.at(-1) === 'idle');
          expect(wanted(tap)).toBe(Math.max(32, before / 2));
        }
      } finally {
        clock.mockRestore();
      }
    });
  });

  it('reads more at once from TCP for as long as the client takes everything', async () => {
    const { tap, feed, isIdle } = await begin('http');
    // The first write was what had come with the head.
    const sizes = [wanted(tap)];
    for (let count = 0; count < 4; count += 1) {
      feed(1);
      expect(await isIdle()).toBe(true);
      sizes.push(wanted(tap));
    }
    expect(sizes).toEqual([128, 256, 256, 256, 256]);
  });

  it('writes bytes from TCP in the same step', async () => {
    const { feed, transfer } = await begin('http');
    feed(1);
    expect(transfer.bytesWritten).toBe(PARSED + 1);
  });

  describe('the records of TLS', () => {
    let clock: jest.SpyInstance;

    // Else a machine that stands still in the middle of a turn would use up the turn's time.
    beforeEach(() => {
      clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    });
    afterEach(() => clock.mockRestore());

    it('are written together at the end of a turn', async () => {
      const { feed, transfer } = await begin('https');
      for (let count = 1; count <= 3; count += 1) expect(feed(16 * KIB)).toBe(true);
      expect(transfer.bytesWritten).toBe(PARSED);
      await turn();
      expect(transfer.bytesWritten).toBe(PARSED + 48 * KIB);
    });

    it('are written when a batch is full', async () => {
      const { feed, transfer } = await begin('https');
      for (let count = 1; count <= 8; count += 1) feed(16 * KIB);
      expect(transfer.bytesWritten).toBe(PARSED + 128 * KIB);
      feed(20 * KIB);
      expect(transfer.bytesWritten).toBe(PARSED + 128 * KIB);
      await turn();
      expect(transfer.bytesWritten).toBe(PARSED + 148 * KIB);
    });

    it('are never gathered beyond a bound', async () => {
      const { feed, isIdle, transfer } = await begin('https');
      for (const batch of [128, 256, 256]) {
        const before = transfer.bytesWritten;
        for (let size = 0; size < batch; size += 16) {
          expect(transfer.bytesWritten).toBe(before);
          feed(16 * KIB);
        }
        expect(transfer.bytesWritten).toBe(before + batch * KIB);
        expect(await isIdle()).toBe(true);
      }
    });

    it('that are too much are so even where the transfer fails before they are written, once', async () => {
      const { feed, relayed, transfer, expectReleased } = await begin('https', { maxBytes: PARSED + 5 });
      feed(10);
      transfer.fail(new FileContentError('provider_timeout', 'late'));
      await expect(relayed).rejects.toThrow('too large');
      expect(transfer.bytesWritten).toBe(PARSED);
      expectReleased();
    });

    it('of which the first part is too much are not written from their middle', async () => {
      const { feed, relayed, transfer } = await begin('https', { maxBytes: PARSED + 100 * KIB });
      for (let size = 0; size < 112; size += 16) feed(16 * KIB);
      // The batch of 128 KiB is full with a part of this one; the rest would be within the limit.
      feed(20 * KIB);
      await expect(relayed).rejects.toThrow('too large');
      await turn();
      expect(transfer.bytesWritten).toBe(PARSED);
    });

    it('that come after a pause are kept, and the connection is paused at the end of the turn', async () => {
      const { client, response, feed, fill, transfer, fed } = await begin('https');
      client.pause();
      await fill();
      response.socket.resume();
      expect(feed(100)).toBe(false);
      await turn();
      expect(transfer.bytesWritten).toBe(fed());
      expect(response.socket.isPaused()).toBe(true);
      client.resume();
      await eventually('the client has taken all', () => !response.socket.isPaused());
    });
  });
});
