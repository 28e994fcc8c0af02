import { Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createEngine } from '../../../lib/delivery/streaming/proxy-exchange';
import type { Exchange, ExchangeEvents, ExchangeRequest } from '../../../lib/upstream/exchange';
import { eventually, watchProcess } from '../../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider';

const engine = createEngine();

describe('an exchange', () => {
  const agent = new Agent({ keepAlive: true });
  let provider: RawProvider | undefined;

  afterEach(async () => {
    await provider?.close();
    provider = undefined;
  });

  afterAll(() => agent.destroy());

  interface Told {
    readonly exchange: Exchange;
    readonly requests: readonly ClientRequest[];
    readonly errors: readonly Error[];
    /** Fulfilled with the first response or error. */
    readonly outcome: Promise<IncomingMessage | Error>;
  }

  async function begin(
    script: RawScript,
    request: Partial<ExchangeRequest> = {},
    hooks: Partial<ExchangeEvents> = {},
  ): Promise<Told> {
    provider ??= await startRawProvider(script);
    const requests: ClientRequest[] = [];
    const errors: Error[] = [];
    let resolve: (outcome: IncomingMessage | Error) => void = () => undefined;
    const outcome = new Promise<IncomingMessage | Error>((settle) => {
      resolve = settle;
    });
    const url = new URL(`${provider.origin}/v1/a%2Fb?c=d&e`);
    const exchange = engine.exchange(
      { url, method: 'GET', headers: {}, agent, ...request },
      {
        onRequest(assigned, sending) {
          requests.push(assigned);
          hooks.onRequest?.(assigned, sending);
        },
        onResponse(response) {
          hooks.onResponse?.(response);
          resolve(response);
        },
        onError(error) {
          errors.push(error);
          resolve(error);
        },
      },
    );
    return { exchange, requests, errors, outcome };
  }

  it.each(['GET', 'HEAD'] as const)(
    'is one %s with the given headers and the host, and nothing else',
    async (method) => {
      const headers = { authorization: 'Bearer key', range: 'bytes=0-1' };
      const { requests, outcome } = await begin(({ send, head }) => send(answer(head.startsWith('HEAD') ? '' : 'ok')), {
        method,
        headers,
      });
      const response = (await outcome) as IncomingMessage;
      expect(response.statusCode).toBe(200);
      expect((await response.toArray()).join('')).toBe(method === 'HEAD' ? '' : 'ok');
      expect(requests).toHaveLength(1);
      expect(provider?.requests).toEqual([
        `${method} /v1/a%2Fb?c=d&e HTTP/1.1\r\nauthorization: Bearer key\r\nrange: bytes=0-1\r\nhost: ${new URL(provider!.origin).host}\r\nConnection: keep-alive\r\n\r\n`,
      ]);
      expect(headers).toEqual({ authorization: 'Bearer key', range: 'bytes=0-1' });
    },
  );

  it('goes through the given agent', async () => {
    const other = new Agent({ keepAlive: true });
    const used = jest.spyOn(other, 'createConnection');
    const { outcome } = await begin(({ send }) => send(answer('ok')), { agent: other });
    ((await outcome) as IncomingMessage).resume();
    expect(used).toHaveBeenCalledTimes(1);
    other.destroy();
  });

  it('has all headers of a response, beyond the thousandth', async () => {
    const many = Array.from({ length: 1_100 }, (_, index) => `a${index}: 1`);
    const { outcome } = await begin(({ send }) => send(answer('ok', many)));
    const response = (await outcome) as IncomingMessage;
    response.resume();
    expect(response.headers['a1099']).toBe('1');
  });

  it('ends when it is closed, in the middle of a response', async () => {
    const { exchange, errors, outcome } = await begin(({ send }) =>
      send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    );
    const response = (await outcome) as IncomingMessage;
    response.on('error', () => undefined).resume();
    exchange.close();
    await provider?.connections[0]?.closed;
    exchange.close();
    expect(response.destroyed).toBe(true);
    // Whoever has closed it wants to hear nothing more.
    expect(errors).toEqual([]);
  });

  it('ends when it is closed before the head', async () => {
    const { exchange, requests, errors } = await begin(() => undefined);
    await provider?.requestsReceived(1);
    exchange.close();
    await provider?.connections[0]?.closed;
    expect(requests).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  describe('over connections that are kept', () => {
    const kept = new Agent({ keepAlive: true });

    afterAll(() => kept.destroy());

    /** Promises and ticks, more than it takes to make a request, and all of them in one turn of the event loop. */
    async function steps(): Promise<void> {
      for (let step = 0; step < 50; step += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
    }

    async function keep(count: number): Promise<readonly Socket[]> {
      const script: RawScript = ({ send }) => send(answer('ok'));
      const asked = [];
      for (let index = 0; index < count; index += 1) asked.push(await begin(script, { agent: kept }));
      for (const { outcome } of asked) await ((await outcome) as IncomingMessage).toArray();
      const free = (): Socket[] => Object.values(kept.freeSockets).flatMap((sockets) => sockets ?? []);
      await eventually('free connections', () => free().length === count);
      return free();
    }

    it('is sent at the end of the turn in which it was asked for, together with all others of it', async () => {
      const sockets = await keep(2);
      const written = (): readonly number[] => sockets.map((socket) => socket.bytesWritten);
      const before = written();
      const told = [await begin(() => undefined, { agent: kept }), await begin(() => undefined, { agent: kept })];
      await steps();
      expect(told.map(({ requests }) => requests.length)).toEqual([1, 1]);
      expect(written()).toEqual(before);
      for (const { outcome } of told) await ((await outcome) as IncomingMessage).toArray();
      expect(written()).toEqual(before.map((count) => count * 2));
    });

    it('sends nothing when it is closed in the turn in which it was asked for', async () => {
      await keep(1);
      const { exchange, requests, errors } = await begin(() => undefined, { agent: kept });
      await steps();
      expect(requests).toHaveLength(1);
      exchange.close();
      await provider?.connections[0]?.closed;
      expect(provider?.requests).toHaveLength(1);
      expect(errors).toEqual([]);
    });
  });

  it('that is closed at once asks nothing', async () => {
    const { exchange, requests, errors } = await begin(() => undefined);
    exchange.close();
    // A later one on the same agent shows that the first has had its turn.
    const { outcome } = await begin(() => undefined);
    await provider?.requestsReceived(1);
    expect(provider?.requests).toHaveLength(1);
    await provider?.close();
    await outcome;
    expect(requests).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('that is closed on its first sight of the response passes none of it', async () => {
    let exchange: Exchange | undefined;
    const told = await begin(
      ({ send }) => send(answer('ok')),
      {},
      {
        onResponse(response) {
          response.on('error', () => undefined);
          exchange?.close();
        },
      },
    );
    exchange = told.exchange;
    await told.outcome;
    await provider?.connections[0]?.closed;
    expect(told.errors).toEqual([]);
  });

  it('tells of a provider that cannot be reached', async () => {
    const gone = await startRawProvider(() => undefined);
    await gone.close();
    const { outcome } = await begin(() => undefined, { url: new URL(gone.origin) });
    expect(await outcome).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('tells of a connection that is reset before the head', async () => {
    const { outcome } = await begin(({ rst }) => rst());
    expect(await outcome).toMatchObject({ code: 'ECONNRESET' });
  });

  it('tells of a request that cannot be made', async () => {
    const { outcome } = await begin(() => undefined, { headers: { 'x-a': 'a\nb' } });
    expect(await outcome).toMatchObject({ code: 'ERR_INVALID_CHAR' });
  });

  it('tells of a content without a length whose connection is reset', async () => {
    const { errors, outcome } = await begin(async ({ send, rst }) => {
      await send('HTTP/1.1 200 OK\r\n\r\nhello');
      rst();
    });
    const response = (await outcome) as IncomingMessage;
    const failed = new Promise<void>((resolve) => response.on('error', () => resolve()).on('end', resolve));
    response.resume();
    await failed;
    expect([...errors, response.errored]).toContainEqual(expect.objectContaining({ code: 'ECONNRESET' }));
  });

  it.each(['onRequest', 'onResponse'] as const)('survives a %s that throws, and tells of it', async (hook) => {
    using watch = watchProcess();
    const failure = new Error('hook');
    const { exchange, outcome } = await begin(
      ({ send }) => send(answer('ok')),
      {},
      {
        [hook]() {
          throw failure;
        },
      },
    );
    expect(await outcome).toBe(failure);
    exchange.close();
    watch.expectQuiet();
  });

  it('makes an error of what is none', async () => {
    const { exchange, outcome } = await begin(
      ({ send }) => send(answer('ok')),
      {},
      {
        onResponse() {
          throw 'text';
        },
      },
    );
    expect(await outcome).toEqual(new Error('A hook threw a value that is no error.'));
    exchange.close();
  });
});
