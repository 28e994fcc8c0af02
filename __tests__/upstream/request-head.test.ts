import { Agent as HttpsAgent } from 'node:https';
import { type LocatedProvider, openaiCompatible } from '../../lib';
import { createEngine } from '../../lib/delivery/streaming/proxy-exchange';
import { FileContentError } from '../../lib/errors';
import { parseOptions } from '../../lib/options';
import type { Agents } from '../../lib/provider';
import { createAgents } from '../../lib/upstream/agents/agents';
import { type Answer, requestHead, StaleConnection } from '../../lib/upstream/request-head';
import { makeCertificate } from '../support/certificates';
import { eventually, watchProcess } from '../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';
import { type OpenTransfer, startTransfers, type TransferServer } from '../support/transfers';
import { WatchdogNotes } from '../support/watchdog-notes';

const engine = createEngine();
const tls = makeCertificate();

describe('requestHead', () => {
  let server: TransferServer;
  let agents: Agents;
  let provider: RawProvider | undefined;

  beforeEach(async () => {
    server = await startTransfers();
    agents = createAgents({ https: new HttpsAgent({ ca: tls.cert, keepAlive: true }) });
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await provider?.close();
    provider = undefined;
    agents.http.destroy();
    agents.https.destroy();
  });

  interface Asked extends OpenTransfer {
    readonly watchdog: WatchdogNotes;
    readonly answered: Promise<Answer>;
  }

  async function ask(
    script: RawScript,
    options: { secure?: boolean; change?: Partial<LocatedProvider>; headers?: readonly string[]; path?: string } = {},
  ): Promise<Asked> {
    provider ??= await startRawProvider(script, options.secure ? { tls } : {});
    const open = await server.open({ headers: options.headers ?? [] });
    const held = { ...openaiCompatible({ name: 'held', baseURL: provider.origin }), ...options.change };
    const watchdog = new WatchdogNotes();
    const answered = requestHead(
      engine,
      {
        transfer: open.transfer,
        provider: held,
        watchdog,
        settings: parseOptions({ resolveProvider: () => held }),
        method: 'GET',
      },
      { url: new URL(`${provider.origin}${options.path ?? '/x'}`), headers: { authorization: 'Bearer key' } },
      agents,
    );
    answered.catch(() => undefined);
    return { ...open, watchdog, answered };
  }

  async function finish({ exchange, response }: Answer): Promise<void> {
    await response.toArray();
    exchange.close();
  }

  it('waits for the connection, the head and the content, in this order', async () => {
    const asked = await ask(({ send }) => send(answer('content')));
    expect(asked.watchdog.lines).toEqual(['connect']);
    expect(asked.transfer.attempts).toBe(1);
    const given = await asked.answered;
    expect(asked.watchdog.lines).toEqual(['connect', 'headers', 'idle']);
    expect(given.response.statusCode).toBe(200);
    expect(given.request).toBe(Reflect.get(given.response, 'req'));
    expect(given.sentHeaders).toMatchObject({ authorization: 'Bearer key' });
    expect((await given.response.toArray()).join('')).toBe('content');
  });

  it('waits for the head at once where the connection is there already', async () => {
    const script: RawScript = ({ send, index }) => (index === 0 ? send(answer('content')) : undefined);
    await finish(await (await ask(script)).answered);
    const second = await ask(script);
    await provider?.requestsReceived(2);
    expect(second.watchdog.lines).toEqual(['connect', 'headers']);
    expect(provider?.connections).toHaveLength(1);
  });

  it('waits for a connection over TLS until its handshake is over', async () => {
    const asked = await ask(() => undefined, { secure: true });
    await provider?.requestsReceived(1);
    expect(asked.watchdog.lines).toEqual(['connect', 'headers']);
  });

  it('does not take a TCP connection without a handshake for one', async () => {
    provider = await startRawProvider(() => undefined);
    const plain = provider;
    const { transfer } = await server.open();
    const held = openaiCompatible({ name: 'held', baseURL: plain.origin });
    const watchdog = new WatchdogNotes();
    const answered = requestHead(
      engine,
      { transfer, provider: held, watchdog, settings: parseOptions({ resolveProvider: () => held }), method: 'GET' },
      { url: new URL(plain.origin.replace('http:', 'https:')), headers: {} },
      agents,
    );
    answered.catch(() => undefined);
    // The handshake's first message has arrived, and nobody answers it.
    await eventually('a ClientHello', () => plain.received.length > 0);
    expect(watchdog.lines).toEqual(['connect']);
    const late = new FileContentError('provider_timeout', 'late');
    transfer.fail(late);
    await expect(answered).rejects.toBe(late);
    await plain.connections[0]?.closed;
  });

  it('asks for no part of a content that will be transformed', async () => {
    const headers = ['Range: bytes=0-1', 'If-Range: "v"', 'If-None-Match: "w"'];
    const plain = await (await ask(({ send }) => send(answer('ok')), { headers })).answered;
    expect(plain.sentHeaders).toMatchObject({ range: 'bytes=0-1', 'if-range': '"v"', 'if-none-match': '"w"' });
    await finish(plain);
    const transformed = await (await ask(() => undefined, { headers, change: { transform: () => undefined } }))
      .answered;
    for (const name of ['range', 'if-range', 'if-none-match']) expect(transformed.sentHeaders).not.toHaveProperty(name);
    await finish(transformed);
  });

  it('asks nothing for a transfer that has failed', async () => {
    const { transfer } = await server.open();
    provider = await startRawProvider(() => undefined);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    const late = new FileContentError('provider_timeout', 'late');
    transfer.fail(late);
    const ask = (): unknown =>
      requestHead(
        engine,
        {
          transfer,
          provider: held,
          watchdog: new WatchdogNotes(),
          settings: parseOptions({ resolveProvider: () => held }),
          method: 'GET',
        },
        { url: new URL(`${provider!.origin}/x`), headers: {} },
        agents,
      );
    expect(ask).toThrow(late);
    expect(transfer.attempts).toBe(0);
  });

  it('rejects with the failure of its transfer, and cancels the request', async () => {
    const asked = await ask(() => undefined);
    await provider?.requestsReceived(1);
    const late = new FileContentError('provider_timeout', 'late');
    asked.transfer.fail(late);
    await expect(asked.answered).rejects.toBe(late);
    await provider?.connections[0]?.closed;
  });

  it('leaves a response alone whose transfer fails later: that is its reader’s', async () => {
    using watch = watchProcess();
    const asked = await ask(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    const { response, exchange } = await asked.answered;
    asked.transfer.fail(new FileContentError('provider_timeout', 'late'));
    await new Promise(setImmediate);
    expect(response.destroyed).toBe(false);
    exchange.close();
    await provider?.connections[0]?.closed;
    watch.expectQuiet();
  });

  it('ends the exchange with its transfer', async () => {
    const asked = await ask(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    await asked.answered;
    asked.client.destroy();
    await server.recorded(1);
    await provider?.connections[0]?.closed;
  });

  it('refuses a 101 that nobody asked for, and closes its connection', async () => {
    const asked = await ask(({ send }) =>
      send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nbytes'),
    );
    await expect(asked.answered).rejects.toMatchObject({
      code: 'provider_invalid_response',
      provider: 'held',
      cause: new Error('status 101 although no upgrade was asked for'),
    });
    await provider?.connections[0]?.closed;
  });

  it.each<[string, RawScript, string]>([
    ['nothing', ({ rst }) => rst(), 'provider_unreachable'],
    ['half a head', ({ send, fin }) => void send('HTTP/1.1 200').then(fin), 'provider_invalid_response'],
    ['no HTTP', ({ send }) => send('SSH-2.0-x\r\n'), 'provider_invalid_response'],
  ])('says what a provider is that answers with %s', async (_what, script, code) => {
    const asked = await ask(script);
    await expect(asked.answered).rejects.toMatchObject({ code, provider: 'held' });
    await provider?.connections[0]?.closed;
  });

  describe('a connection that was used before', () => {
    async function second(script: RawScript): Promise<Asked> {
      const both: RawScript = (exchange) =>
        exchange.connection.requests.length === 1 ? exchange.send(answer('content')) : script(exchange);
      await finish(await (await ask(both)).answered);
      return ask(both);
    }

    it.each<[string, RawScript]>([
      ['reset', ({ rst }) => rst()],
      ['closed', ({ fin }) => fin()],
    ])('and is %s without a byte was stale', async (_how, script) => {
      const asked = await second(script);
      const error: unknown = await asked.answered.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StaleConnection);
      expect(error).toMatchObject({
        message: 'The connection was stale.',
        answer: { code: 'provider_unreachable', provider: 'held' },
      });
      expect(provider?.connections).toHaveLength(1);
    });

    it('and breaks off after some bytes was not', async () => {
      const asked = await second(({ send, rst }) => void send('HTTP/1.1').then(rst));
      await expect(asked.answered).rejects.toMatchObject({ code: 'provider_invalid_response' });
    });

    it('and answers with what is no HTTP may hold late bytes of another response', async () => {
      const asked = await second(({ send }) => send('nonsense\r\n\r\n'));
      const error: unknown = await asked.answered.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StaleConnection);
      expect(error).toMatchObject({ answer: { code: 'provider_invalid_response', provider: 'held' } });
      expect(asked.transfer.attempts).toBe(1);
    });
  });

  it('says of a request that cannot be made that the provider was not reached', async () => {
    provider = await startRawProvider(() => undefined);
    const { transfer } = await server.open();
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    const answered = requestHead(
      engine,
      {
        transfer,
        provider: held,
        watchdog: new WatchdogNotes(),
        settings: parseOptions({ resolveProvider: () => held }),
        method: 'GET',
      },
      { url: new URL(provider.origin), headers: { authorization: 'two\nlines' } },
      agents,
    );
    await expect(answered).rejects.toMatchObject({
      code: 'provider_unreachable',
      cause: expect.objectContaining({ code: 'ERR_INVALID_CHAR' }),
    });
    expect(provider.requests).toEqual([]);
  });

  it('has nothing to tell later of a response that is as it should be', async () => {
    const given = await (await ask(({ send }) => send(answer('content')))).answered;
    const errors: unknown[] = [];
    given.onLateError((error) => errors.push(error));
    await finish(given);
    expect(errors).toEqual([]);
  });

  it('tells later of what the parser finds after the head, whoever asks first', async () => {
    const script: RawScript = ({ send }) =>
      send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n');
    for (const isEarly of [true, false]) {
      const given = await (await ask(script)).answered;
      const errors: unknown[] = [];
      if (isEarly) given.onLateError((error) => errors.push(Reflect.get(error, 'code')));
      await new Promise<void>((resolve) => given.response.on('close', resolve).resume());
      if (!isEarly) given.onLateError((error) => errors.push(Reflect.get(error, 'code')));
      expect(errors[0]).toMatch(/^HPE_/);
      given.exchange.close();
    }
  });
});
