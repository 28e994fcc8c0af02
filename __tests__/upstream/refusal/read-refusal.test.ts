import { getEventListeners } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type LocatedProvider, openaiCompatible } from '../../../lib';
import { FileContentError } from '../../../lib/errors';
import { parseOptions } from '../../../lib/options/parse-options';
import { Watchdog } from '../../../lib/transfer/watchdog';
import { readRefusal } from '../../../lib/upstream/refusal/read-refusal';
import { MAX_REFUSAL_BYTES } from '../../../lib/upstream/refusal/refusal';
import { type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider';
import { startTransfers, type TransferServer } from '../../support/transfers';

const HEAD = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000000\r\n\r\n';
const OWN_WORDS = 'The provider refused the request with status 503.';

describe('readRefusal', () => {
  let server: TransferServer;
  let provider: RawProvider | undefined;

  beforeEach(async () => {
    // The time that it allows is the clock's; everything else is real.
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'hrtime', 'Date'],
    });
    server = await startTransfers();
  });

  afterEach(async () => {
    jest.useRealTimers();
    await provider?.close();
    await server[Symbol.asyncDispose]();
  });

  /** Reads a refusal that the provider begins with `script`. */
  async function begin(script: RawScript, idle = 60_000, translateRefusal?: LocatedProvider['translateRefusal']) {
    provider = await startRawProvider(script);
    const { origin } = provider;
    const response = await new Promise<IncomingMessage>((resolve) => {
      get(origin, { agent: false }, resolve).on('error', () => undefined);
    });
    response.on('error', () => undefined);
    const { transfer } = await server.open();
    const held = openaiCompatible({ name: 'held', baseURL: origin });
    const seen: string[] = [];
    class Pausing extends Watchdog<'connect' | 'headers' | 'idle' | 'clientIdle'> {
      override pause(): void {
        seen.push('pause');
      }
    }
    const refusal = readRefusal(
      { response, head: { status: 503, headers: {} }, close: () => void seen.push('close') },
      {
        transfer,
        provider: translateRefusal === undefined ? held : { ...held, translateRefusal },
        watchdog: new Pausing({ connect: 0, headers: 0, idle: 0, clientIdle: 0 }, () => undefined),
        settings: parseOptions({ resolveProvider: () => held, timeouts: { idle } }),
      },
    );
    const expectReleased = (): void => {
      expect(seen).toEqual(['pause', 'close']);
      expect(jest.getTimerCount()).toBe(0);
      expect(getEventListeners(transfer.signal, 'abort')).toEqual([]);
    };
    return { response, transfer, refusal, expectReleased };
  }

  it('gives what the provider says, without secrets, and leaves nothing behind', async () => {
    const body = '{"error":{"message":"busy, my-secret-key"}}';
    // Two pieces, even where they arrive together.
    const chunks = [body.slice(0, 10), body.slice(10), ''].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const { transfer, refusal, expectReleased } = await begin(({ send }) =>
      send(`HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}`),
    );
    transfer.addSecrets(() => ['my-secret-key']);
    expect(await refusal).toMatchObject({
      code: 'provider_error',
      message: 'busy, [redacted]',
      status: 503,
      provider: 'held',
    });
    expectReleased();
  });

  it('asks the provider for its own words', async () => {
    const { refusal } = await begin(
      ({ send }) => send('HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy'),
      60_000,
      (response, body) => ({ message: `${response.status}: ${body.toString()}` }),
    );
    expect((await refusal).message).toBe('503: busy');
  });

  it.each([
    ['exactly what is read, and then nothing more', MAX_REFUSAL_BYTES],
    ['more than is read', 3 * MAX_REFUSAL_BYTES + 1],
  ])('reads no more than a bound, and does not wait for the rest: %s', async (_what, size) => {
    const sizes: number[] = [];
    const { refusal, expectReleased } = await begin(
      ({ send }) => send(HEAD + 'x'.repeat(size)),
      60_000,
      (_response, body) => {
        sizes.push(body.length);
        return undefined;
      },
    );
    expect((await refusal).message).toBe(OWN_WORDS);
    expect(sizes).toEqual([MAX_REFUSAL_BYTES]);
    expectReleased();
  });

  it.each([
    ['the provider’s idle limit', 200, 200],
    ['five seconds, though it may idle for longer', 60_000, 5_000],
    ['five seconds, though it may idle for ever', 0, 5_000],
  ])('waits for the rest no longer than %s', async (_what, idle, limit) => {
    const { response, refusal, expectReleased } = await begin(({ send }) => send(`${HEAD}{"err`), idle);
    jest.advanceTimersByTime(limit - 1);
    expect(response.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await refusal).toMatchObject({ code: 'provider_error', message: OWN_WORDS });
    expectReleased();
  });

  it('makes do with what arrived before a reset', async () => {
    const { refusal, expectReleased } = await begin(async ({ send, rst }) => {
      await send(`${HEAD}<Error><Message>slow down</Message>`);
      await new Promise(setImmediate);
      rst();
    });
    expect(await refusal).toMatchObject({ code: 'provider_error', status: 503 });
    expectReleased();
  });

  it('stops when its transfer fails', async () => {
    const { response, transfer, refusal, expectReleased } = await begin(({ send }) => send(`${HEAD}{"err`));
    const late = new FileContentError('provider_timeout', 'late');
    const failed = expect(refusal).rejects.toBe(late);
    transfer.fail(late);
    await failed;
    expect(response.destroyed).toBe(true);
    expectReleased();
  });
});
