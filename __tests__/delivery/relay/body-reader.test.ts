import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { readPastParser } from '../../../lib/delivery/relay/body-reader';
import { diskPool } from '../../../lib/delivery/relay/buffer-pool';
import { LARGEST_READ } from '../../../lib/upstream/agents/socket-tap';
import { makeCertificate } from '../../support/certificates';
import { eventually } from '../../support/leaks';
import { type RawExchange, type RawScript, startRawProvider } from '../../support/raw-provider';
import { content, head } from '../../support/relay-rig';
import { TappedHttpAgent, TappedHttpsAgent } from '../../support/tapped-agents';

const SIZE = content.length;
const certificate = makeCertificate();

interface Asked extends AsyncDisposable {
  readonly response: http.IncomingMessage;
  /** The provider's side of it. */
  readonly exchange: RawExchange;
}

/** One request on a connection that can be tapped. */
async function ask(scheme: 'http' | 'https', script: RawScript): Promise<Asked> {
  const exchanges: RawExchange[] = [];
  const provider = await startRawProvider(
    (exchange) => {
      exchanges.push(exchange);
      return script(exchange);
    },
    scheme === 'https' ? { tls: certificate } : {},
  );
  const agent = scheme === 'https' ? new TappedHttpsAgent({ ca: certificate.cert }) : new TappedHttpAgent();
  const request = (scheme === 'https' ? https : http).get(provider.origin, { agent });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const [exchange] = exchanges;
  if (exchange === undefined) throw new Error('no request arrived');
  return {
    response,
    exchange,
    async [Symbol.asyncDispose]() {
      response.destroy();
      await provider.close();
    },
  };
}

function intakeOf(response: http.IncomingMessage, length: number): AsyncIterator<Buffer> {
  const source = readPastParser(response, length);
  if (source === undefined) throw new Error('the parser was kept');
  return source[Symbol.asyncIterator]();
}

function pool(): object {
  return { lent: diskPool.leasedBytes, members: diskPool.members };
}

const UNTOUCHED = { lent: 0, members: 0 };

async function gather(intake: AsyncIterator<Buffer>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for (let result = await intake.next(); result.done !== true; result = await intake.next()) {
    copies.push(Buffer.from(result.value));
  }
  return Buffer.concat(copies);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function listenersOf(response: http.IncomingMessage): number[] {
  return ['error', 'close'].map((name) => response.listenerCount(name));
}

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  const whole: RawScript = async ({ send }) => {
    await send(Buffer.concat([Buffer.from(head(SIZE)), content.subarray(0, 100)]));
    await send(content.subarray(100));
  };

  test('the body arrives unchanged; no buffer stays leased and no listener is left', async () => {
    await using asked = await ask(scheme, whole);
    const before = listenersOf(asked.response);
    const intake = intakeOf(asked.response, SIZE);
    expect(pool()).toMatchObject({ members: 1 });
    expect((await gather(intake)).equals(content)).toBe(true);
    expect(pool()).toEqual(UNTOUCHED);
    expect(listenersOf(asked.response)).toEqual(before);
    expect(await intake.return?.()).toEqual({ done: true, value: undefined });
    expect(pool()).toEqual(UNTOUCHED);
  });

  test('while a chunk is looked at, there is no buffer beyond those of one read', async () => {
    await using asked = await ask(scheme, whole);
    const intake = intakeOf(asked.response, SIZE);
    // Of the parser.
    const first = Buffer.from((await intake.next()).value);
    await eventually('the provider cannot send more', () => asked.exchange.socket.writableNeedDrain);
    await turns(20);
    if (scheme === 'http') expect(diskPool.leasedBytes).toBe(0);
    const { value: second } = await intake.next();
    const copy = Buffer.from(second);
    await eventually('the provider cannot send more', () => asked.exchange.socket.writableNeedDrain);
    await turns(20);
    // TLS hands over what it has decrypted although it was told to stop.
    if (scheme === 'http') expect(diskPool.leasedBytes).toBe(second.buffer.byteLength);
    else expect(diskPool.leasedBytes).toBeLessThanOrEqual(LARGEST_READ);
    expect(copy.equals(second)).toBe(true);
    expect(Buffer.concat([first, copy, await gather(intake)]).equals(content)).toBe(true);
  });

  test('chunks are larger than the records of TLS', async () => {
    await using asked = await ask(scheme, whole);
    const intake = intakeOf(asked.response, SIZE);
    let largest = 0;
    for (let result = await intake.next(); result.done !== true; result = await intake.next()) {
      largest = Math.max(largest, result.value.length);
    }
    expect(largest).toBeGreaterThan(16 * 1024);
  });

  test('bytes beyond the length are dropped', async () => {
    await using asked = await ask(scheme, async ({ send }) => {
      await send(head(SIZE - 1_000_000));
      await send(content);
    });
    const gathered = await gather(intakeOf(asked.response, SIZE - 1_000_000));
    expect(gathered.equals(content.subarray(0, SIZE - 1_000_000))).toBe(true);
    expect(pool()).toEqual(UNTOUCHED);
  });

  test.each(['fin', 'rst'] as const)('after %s there is what has arrived, then the failure', async (end) => {
    await using asked = await ask(scheme, ({ send }) => send(head(SIZE)));
    const before = listenersOf(asked.response);
    const intake = intakeOf(asked.response, SIZE);
    await asked.exchange.send(content.subarray(0, 5_000));
    expect((await intake.next()).value.equals(content.subarray(0, 5_000))).toBe(true);
    const next = intake.next();
    asked.exchange[end]();
    await expect(next).rejects.toThrow('aborted');
    expect(pool()).toEqual(UNTOUCHED);
    expect(listenersOf(asked.response)).toEqual(before);
  });

  test('a response that is closed here ends the wait', async () => {
    await using asked = await ask(scheme, ({ send }) => send(head(SIZE)));
    const next = intakeOf(asked.response, SIZE).next();
    asked.response.destroy();
    await expect(next).rejects.toThrow('The stream closed before its end.');
    expect(pool()).toEqual(UNTOUCHED);
  });

  test('one that is left before the first read has leased nothing', async () => {
    await using asked = await ask(scheme, whole);
    expect(await intakeOf(asked.response, SIZE).return?.()).toEqual({ done: true, value: undefined });
    expect(pool()).toEqual(UNTOUCHED);
  });

  test('one that is left gives its buffers back, and takes no more', async () => {
    await using asked = await ask(scheme, whole);
    const before = listenersOf(asked.response);
    const intake = intakeOf(asked.response, SIZE);
    await intake.next();
    await intake.next();
    await eventually('the provider cannot send more', () => asked.exchange.socket.writableNeedDrain);
    await turns(20);
    expect(diskPool.leasedBytes).toBeGreaterThan(0);
    expect(await intake.return?.()).toEqual({ done: true, value: undefined });
    expect(pool()).toEqual(UNTOUCHED);
    const { socket } = asked.response;
    const { bytesRead } = socket;
    socket.resume();
    await eventually('more has come', () => socket.bytesRead > bytesRead);
    await turns(200);
    expect(asked.exchange.socket.writableNeedDrain).toBe(true);
    expect(pool()).toEqual(UNTOUCHED);
    expect(listenersOf(asked.response)).toEqual(before);
  });
});

test('a body of unknown length, and one too short for it, are the parser’s', async () => {
  await using asked = await ask('http', ({ send }) => send(head(SIZE)));
  const before = listenersOf(asked.response);
  expect(readPastParser(asked.response, undefined)).toBeUndefined();
  expect(readPastParser(asked.response, 1_000)).toBeUndefined();
  expect(pool()).toEqual(UNTOUCHED);
  expect(listenersOf(asked.response)).toEqual(before);
});
