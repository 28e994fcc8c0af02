import { getEventListeners } from 'node:events';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { Agents } from '../../lib/provider-contract/provider';
import { createAgents } from '../../lib/upstream/agents/agents';
import { type Exchange, exchange } from '../../lib/upstream/exchange';
import type { ProviderRequest } from '../../lib/upstream/sender';
import { RequestFailure } from '../../lib/upstream/upstream-error';
import { makeCertificate } from '../support/certificates';
import { type Begun, beginExchange, SENDERS } from '../support/exchanges';
import { eventually, watchProcess } from '../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';
import { WatchdogNotes } from '../support/watchdog-notes';

const tls = makeCertificate();

describe.each(SENDERS)('an exchange that %s sends', (_name, sender) => {
  let agents: Agents;
  let provider: RawProvider | undefined;

  beforeEach(() => {
    agents = createAgents({ https: new HttpsAgent({ ca: tls.cert, keepAlive: true }) });
  });

  afterEach(async () => {
    await provider?.close();
    provider = undefined;
    agents.http.destroy();
    agents.https.destroy();
  });

  async function begin(
    script: RawScript,
    more: Partial<ProviderRequest> & { readonly secure?: boolean; readonly watchdog?: WatchdogNotes } = {},
  ): Promise<Begun> {
    const { secure, watchdog, ...request } = more;
    provider ??= await startRawProvider(script, secure ? { tls } : {});
    return beginExchange(sender, agents, `${provider.origin}/v1/a%2Fb?c=d&e`, request, watchdog);
  }

  async function finish(given: Exchange): Promise<string> {
    const text = (await given.response.toArray()).join('');
    given.close();
    return text;
  }

  async function failureOf({ given }: Begun): Promise<RequestFailure> {
    const error: unknown = await given.catch((reason: unknown) => reason);
    if (error instanceof RequestFailure) return error;
    throw error;
  }

  describe('sends', () => {
    it.each(['GET', 'HEAD'] as const)(
      'one %s with the given headers and the host, and nothing else',
      async (method) => {
        const headers = { authorization: 'Bearer key', range: 'bytes=0-1' };
        const { given } = await begin(({ send, head }) => send(answer(head.startsWith('HEAD') ? '' : 'ok')), {
          method,
          headers,
        });
        expect((await given).response.statusCode).toBe(200);
        expect(await finish(await given)).toBe(method === 'HEAD' ? '' : 'ok');
        const [head = '', ...others] = provider?.requests ?? [];
        expect(others).toEqual([]);
        const [line, ...lines] = head.trimEnd().split('\r\n');
        expect(line).toBe(`${method} /v1/a%2Fb?c=d&e HTTP/1.1`);
        expect(lines.map((text) => text.replace(/^[^:]*/, (name) => name.toLowerCase())).sort()).toEqual([
          'authorization: Bearer key',
          'connection: keep-alive',
          `host: ${new URL(provider?.origin ?? '').host}`,
          'range: bytes=0-1',
        ]);
        expect((await given).request.headers).toBe(headers);
        expect(headers).toEqual({ authorization: 'Bearer key', range: 'bytes=0-1' });
      },
    );

    it('through the given agent', async () => {
      const agent = new Agent({ keepAlive: true });
      const used = jest.spyOn(agent, 'createConnection');
      const { given } = await begin(({ send }) => send(answer('ok')), { agent });
      await finish(await given);
      expect(used).toHaveBeenCalledTimes(1);
      agent.destroy();
    });

    it('nothing after an abort', () => {
      const signal = AbortSignal.abort(new Error('gone'));
      const options = { sender, provider: 'held', requester: { signal, onAborted: () => () => undefined } };
      const request = {
        url: new URL('http://127.0.0.1:9'),
        method: 'GET',
        headers: {},
        agent: agents.http,
        isTapped: true,
      } as const;
      expect(() => exchange(request, { ...options, watchdog: new WatchdogNotes() })).toThrow('gone');
    });

    it('together with all other requests of the same turn', async () => {
      const script: RawScript = ({ send }) => send(answer('ok'));
      const first = [await begin(script), await begin(script)];
      for (const { given } of first) await finish(await given);
      const free = (): Socket[] => Object.values(agents.http.freeSockets).flatMap((sockets) => sockets ?? []);
      await eventually('free connections', () => free().length === 2);
      const sockets = free();
      const written = (): readonly number[] => sockets.map((socket) => socket.bytesWritten);
      const before = written();
      const second = [await begin(script), await begin(script)];
      // Promises and ticks, more than it takes to make a request, and all of them in one turn of the event loop.
      for (let step = 0; step < 50; step += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
      expect(second.map(({ watchdog }) => watchdog.phases)).toEqual([
        ['connect', 'headers'],
        ['connect', 'headers'],
      ]);
      expect(written()).toEqual(before);
      for (const { given } of second) await finish(await given);
      expect(written()).toEqual(before.map((count) => count * 2));
    });
  });

  describe('waits', () => {
    it('for the connection, the head and the body, in this order', async () => {
      const begun = await begin(({ send }) => send(answer('content')));
      expect(begun.watchdog.phases).toEqual(['connect']);
      expect(await finish(await begun.given)).toBe('content');
      expect(begun.watchdog.phases).toEqual(['connect', 'headers', 'idle']);
    });

    it('for the head at once where the connection is there already', async () => {
      const script: RawScript = ({ send, index }) => (index === 0 ? send(answer('content')) : undefined);
      await finish(await (await begin(script)).given);
      const second = await begin(script);
      await provider?.requestsReceived(2);
      expect(second.watchdog.phases).toEqual(['connect', 'headers']);
      expect(provider?.connections).toHaveLength(1);
    });

    it('for a connection over TLS until its handshake is over', async () => {
      const { watchdog } = await begin(() => undefined, { secure: true });
      await provider?.requestsReceived(1);
      expect(watchdog.phases).toEqual(['connect', 'headers']);
    });

    it('for the handshake of a connection that has none', async () => {
      provider = await startRawProvider(() => undefined);
      const plain = provider;
      const begun = beginExchange(sender, agents, plain.origin.replace('http:', 'https:'));
      // The handshake's first message has arrived, and nobody answers it.
      await eventually('a ClientHello', () => plain.received.length > 0);
      expect(begun.watchdog.phases).toEqual(['connect']);
      begun.abort.abort(new Error('late'));
      await expect(begun.given).rejects.toThrow('late');
      await plain.connections[0]?.closed;
    });
  });

  describe('gives', () => {
    it('all headers of a response, beyond the thousandth', async () => {
      const many = Array.from({ length: 1_100 }, (_, index) => `a${index}: 1`);
      const given = await (await begin(({ send }) => send(answer('ok', many)))).given;
      expect(given.response.headers['a1099']).toBe('1');
      await finish(given);
    });

    it('no late error of a response that is as it should be', async () => {
      const given = await (await begin(({ send }) => send(answer('content')))).given;
      const errors: unknown[] = [];
      given.onLateError((error) => errors.push(error));
      await finish(given);
      expect([errors, given.lateError]).toEqual([[], undefined]);
    });

    it('parser errors after the head, in any order of listeners', async () => {
      const script: RawScript = ({ send }) =>
        send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n');
      for (const isEarly of [true, false]) {
        const given = await (await begin(script)).given;
        const errors: unknown[] = [];
        if (isEarly) given.onLateError((error) => errors.push(Reflect.get(error, 'code')));
        await new Promise<void>((resolve) => given.response.on('close', resolve).resume());
        if (!isEarly) given.onLateError((error) => errors.push(Reflect.get(error, 'code')));
        expect(errors[0]).toMatch(/^HPE_/);
        // The parser's own error holds the bytes that it read.
        expect(given.lateError).not.toHaveProperty('rawPacket');
        given.close();
      }
    });

    it('the reset of a connection whose closing is the end of the content', async () => {
      const { given } = await begin(async ({ send, rst }) => {
        await send('HTTP/1.1 200 OK\r\n\r\nhello');
        rst();
      });
      const { response } = await given;
      const over = new Promise<void>((resolve) => response.on('error', () => resolve()).on('end', resolve));
      response.resume();
      await over;
      expect([(await given).lateError, response.errored]).toContainEqual(
        expect.objectContaining({ code: 'ECONNRESET' }),
      );
    });
  });

  describe('fails', () => {
    it('where the provider cannot be reached', async () => {
      const gone = await startRawProvider(() => undefined);
      await gone.close();
      const failure = await failureOf(beginExchange(sender, agents, gone.origin));
      expect(failure).toMatchObject({
        message: 'The provider could not be reached.',
        staleness: undefined,
        refusal: undefined,
        error: { code: 'provider_unreachable', provider: 'held', cause: { code: 'ECONNREFUSED' } },
      });
    });

    it('where the request cannot be made', async () => {
      const failure = await failureOf(await begin(() => undefined, { agent: agents.https }));
      expect(failure.error).toMatchObject({ code: 'provider_unreachable', cause: { code: 'ERR_INVALID_PROTOCOL' } });
      expect(provider?.requests).toEqual([]);
    });

    it.each<[string, RawScript, string]>([
      ['nothing', ({ rst }) => rst(), 'provider_unreachable'],
      ['half a head', ({ send, fin }) => void send('HTTP/1.1 200').then(fin), 'provider_invalid_response'],
      ['no HTTP', ({ send }) => send('SSH-2.0-x\r\n'), 'provider_invalid_response'],
    ])('where the provider sends %s', async (_what, script, code) => {
      const failure = await failureOf(await begin(script));
      expect(failure).toMatchObject({ staleness: undefined, error: { code, provider: 'held' } });
      await provider?.connections[0]?.closed;
    });

    it('where it switches protocols, and closes the connection', async () => {
      const failure = await failureOf(
        await begin(({ send }) =>
          send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nbytes'),
        ),
      );
      expect(failure.error).toMatchObject({
        code: 'provider_invalid_response',
        cause: { message: 'status 101 although no upgrade was asked for' },
      });
      await provider?.connections[0]?.closed;
    });

    it('with an error that refers to nothing: requests hold credentials', async () => {
      const { error } = await failureOf(await begin(({ rst }) => rst(), { headers: { authorization: 'Bearer key' } }));
      expect(Object.keys(error.cause as Error)).toEqual(['code']);
    });

    it.each(['headers', 'idle'])('where what it tells of “%s” throws, and the process goes on', async (phase) => {
      using watch = watchProcess();
      class Failing extends WatchdogNotes {
        override enter(entered: 'connect' | 'headers' | 'idle' | 'clientIdle'): void {
          super.enter(entered);
          if (entered === phase) throw new Error('told');
        }
      }
      const script: RawScript = ({ send }) => send(answer('ok'));
      // A connection that is there already: on a new one the phase begins in an event of the socket's own.
      await finish(await (await begin(script)).given);
      const failure = await failureOf(await begin(script, { watchdog: new Failing() }));
      expect(failure.error).toMatchObject({ cause: { message: 'told' } });
      watch.expectQuiet();
    });
  });

  describe('over a connection that was used before', () => {
    async function second(script: RawScript): Promise<Begun> {
      const both: RawScript = (raw) =>
        raw.connection.requests.length === 1 ? raw.send(answer('content')) : script(raw);
      await finish(await (await begin(both)).given);
      await eventually('a free connection', () => Object.keys(agents.http.freeSockets).length === 1);
      return begin(both);
    }

    it.each<[string, RawScript, string]>([
      ['is reset', ({ rst }) => rst(), 'provider_unreachable'],
      ['is closed', ({ fin }) => fin(), 'provider_unreachable'],
      ['brings what is no HTTP', ({ send }) => send('nonsense\r\n\r\n'), 'provider_invalid_response'],
    ])('that %s was swallowed by it', async (_how, script, code) => {
      expect(await failureOf(await second(script))).toMatchObject({ staleness: 'swallowed', error: { code } });
      expect(provider?.connections).toHaveLength(1);
    });

    it('that is cut off after some bytes was not', async () => {
      const failure = await failureOf(await second(({ send, rst }) => void send('HTTP/1.1').then(rst)));
      expect(failure).toMatchObject({ staleness: undefined, error: { code: 'provider_invalid_response' } });
    });

    it('on which unrequested bytes wait is not used', async () => {
      const script: RawScript = ({ send }) => send(answer('content'));
      await finish(await (await begin(script)).given);
      await eventually('a free connection', () => Object.keys(agents.http.freeSockets).length === 1);
      const [connection] = provider?.connections ?? [];
      const begun = await begin(script);
      connection?.socket.write(answer('stray'));
      expect(await failureOf(begun)).toMatchObject({ staleness: 'not sent' });
      expect(provider?.requests).toHaveLength(1);
    });
  });

  describe('ends', () => {
    it('with the reason of an abort before the connection is there, and sends nothing', async () => {
      const { given, abort } = await begin(() => undefined);
      abort.abort(new Error('late'));
      await expect(given).rejects.toThrow('late');
      // A later one shows that the first has had its turn.
      await begin(() => undefined);
      await provider?.requestsReceived(1);
      expect(provider?.requests).toHaveLength(1);
    });

    it('with the reason of an abort in the turn in which it was to be sent, and sends nothing', async () => {
      const script: RawScript = ({ send }) => send(answer('content'));
      await finish(await (await begin(script)).given);
      await eventually('a free connection', () => Object.keys(agents.http.freeSockets).length === 1);
      const { given, abort, watchdog } = await begin(script);
      for (let step = 0; step < 50; step += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
      expect(watchdog.phases).toEqual(['connect', 'headers']);
      abort.abort(new Error('late'));
      await expect(given).rejects.toThrow('late');
      await provider?.connections[0]?.closed;
      expect(provider?.requests).toHaveLength(1);
    });

    it('with the reason of an abort before the head', async () => {
      const { given, abort } = await begin(() => undefined);
      await provider?.requestsReceived(1);
      abort.abort(new Error('late'));
      await expect(given).rejects.toThrow('late');
      await provider?.connections[0]?.closed;
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    });

    it('by its reader’s hand alone once the head is there', async () => {
      using watch = watchProcess();
      const { given, abort } = await begin(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
      const { response, close } = { response: (await given).response, close: async () => (await given).close() };
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      abort.abort(new Error('late'));
      await new Promise(setImmediate);
      expect(response.destroyed).toBe(false);
      await close();
      await close();
      await provider?.connections[0]?.closed;
      expect(response.destroyed).toBe(true);
      // Whoever has closed it wants to hear nothing more.
      expect((await given).lateError).toBeUndefined();
      watch.expectQuiet();
    });

    it('and leaves the connection of a response that was read to the next request', async () => {
      const script: RawScript = ({ send }) => send(answer('content'));
      await finish(await (await begin(script)).given);
      await finish(await (await begin(script)).given);
      expect(provider?.connections).toHaveLength(1);
    });
  });
});
