import type { IncomingHttpHeaders } from 'node:http';
import { FileContentError, type LocatedProvider, type LocateRequest, openaiCompatible } from '../../lib';
import { parseOptions } from '../../lib/options/parse-options';
import type { Agents } from '../../lib/provider-contract/provider';
import type { Transfer } from '../../lib/transfer/transfer';
import { createAgents } from '../../lib/upstream/agents/agents';
import { ask } from '../../lib/upstream/ask';
import type { Exchange } from '../../lib/upstream/exchange';
import { RequestFailure } from '../../lib/upstream/upstream-error';
import { SENDERS } from '../support/exchanges';
import { eventually } from '../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';
import { resolvedTransfer, startTransfers, type TransferServer } from '../support/transfers';
import { WatchdogNotes } from '../support/watchdog-notes';

class Pauses extends WatchdogNotes {
  override pause(): void {
    this.lines.push('pause');
    super.pause();
  }
}

interface Given {
  readonly change?: Partial<LocatedProvider>;
  readonly headers?: IncomingHttpHeaders;
  readonly method?: 'GET' | 'HEAD';
  readonly isWhole?: boolean;
  readonly transfer?: Transfer;
}

describe.each(SENDERS)('asking a provider with %s', (_name, sender) => {
  let server: TransferServer;
  let agents: Agents;
  let provider: RawProvider | undefined;
  let watchdog: Pauses;
  /** Calls of `locate`, each of which gives another credential. */
  let located: LocateRequest[];
  let transfer: Transfer;

  beforeEach(async () => {
    server = await startTransfers();
    agents = createAgents({});
    watchdog = new Pauses();
    located = [];
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await provider?.close();
    provider = undefined;
    agents.http.destroy();
    agents.https.destroy();
  });

  async function begin(script: RawScript, given: Given = {}): Promise<Exchange> {
    provider ??= await startRawProvider(script);
    const { origin } = provider;
    const { change = {}, headers = {}, method = 'GET', isWhole = false } = given;
    transfer = given.transfer ?? (await server.open()).transfer;
    const held: LocatedProvider = {
      ...openaiCompatible({ name: 'held', baseURL: origin }),
      locate(request) {
        located.push(request);
        return { url: `${origin}/file`, headers: { authorization: `Bearer key-${located.length}` } };
      },
      ...change,
    };
    const resolved = { ...resolvedTransfer(), provider: held };
    transfer.resolvedTo(resolved, 0);
    const settings = parseOptions({ resolveProvider: () => held });
    return ask({ transfer, resolved, watchdog, settings, sender, agents, method, headers, isWhole });
  }

  async function failureOf(asked: Promise<Exchange>): Promise<RequestFailure> {
    const error: unknown = await asked.catch((reason: unknown) => reason);
    if (error instanceof RequestFailure) return error;
    throw error;
  }

  async function finish({ response }: Exchange): Promise<string> {
    return (await response.toArray()).join('');
  }

  /** The credentials of all requests, in the order of their arrival. */
  function keys(): readonly (string | undefined)[] {
    return (provider?.requests ?? []).map((head) => /Bearer (\S+)/.exec(head)?.[1]);
  }

  it('gives the response, with what was asked', async () => {
    const accepted = await begin(({ send }) => send(answer('content', ['X-Request-Id: r-1', 'ETag: "v"'])));
    expect(accepted).toMatchObject({ head: { status: 200, headers: { etag: '"v"' } } });
    expect(accepted.request).toMatchObject({ method: 'GET', headers: { authorization: 'Bearer key-1' } });
    expect(await finish(accepted)).toBe('content');
    expect(transfer).toMatchObject({ attempts: 1, upstreamStatus: 200, upstreamRequestId: 'r-1' });
  });

  it('tells of the start once, however often one transfer asks', async () => {
    const script: RawScript = ({ send }) => send(answer('content'));
    await finish(await begin(script));
    await finish(await begin(script, { transfer }));
    expect([server.starts.length, transfer.attempts]).toEqual([1, 2]);
  });

  it('tells of the start of a transfer that fails at finding the place', async () => {
    const change = {
      locate() {
        throw new FileContentError('overloaded', 'Not now.');
      },
    };
    await expect(begin(() => undefined, { change })).rejects.toMatchObject({ code: 'overloaded' });
    expect(server.starts).toHaveLength(1);
  });

  describe('passes the client’s headers on', () => {
    const headers = { range: 'bytes=0-1', 'if-range': '"v"', 'if-none-match': '"w"', accept: 'a/b', cookie: 'secret' };

    it.each<[string, Given, object]>([
      ['by the allow-list', {}, { range: 'bytes=0-1', 'if-range': '"v"', 'if-none-match': '"w"', accept: 'a/b' }],
      ['without range and conditions where the whole file is needed', { isWhole: true }, { accept: 'a/b' }],
      [
        'without range and conditions where it will be transformed',
        { change: { transform: () => undefined } },
        { accept: 'a/b' },
      ],
    ])('%s', async (_how, given, expected) => {
      const accepted = await begin(({ send }) => send(answer('ok')), { ...given, headers });
      expect(accepted.request.headers).toEqual({
        'accept-encoding': 'identity',
        authorization: 'Bearer key-1',
        ...expected,
      });
      await finish(accepted);
    });

    it('without a range of the last bytes where the provider does not support it', async () => {
      const given = { change: { suffixRanges: false }, headers: { range: 'bytes=-5', 'if-none-match': '"w"' } };
      const { request } = await begin(({ send }) => send(answer('ok')), given);
      expect(request.headers).toMatchObject({ 'if-none-match': '"w"' });
      expect(request.headers).not.toHaveProperty('range');
    });
  });

  it('follows redirects', async () => {
    const script: RawScript = ({ send, index }) =>
      send(index < 2 ? answer('', [`Location: /step-${index}`], '302 Found') : answer('content'));
    expect(await finish(await begin(script, { change: { redirects: 'follow' } }))).toBe('content');
    expect(provider?.requests.map((head) => head.split(' ')[1])).toEqual(['/file', '/step-0', '/step-1']);
    expect(keys()).toEqual(['key-1', 'key-1', 'key-1']);
    expect(transfer).toMatchObject({ attempts: 3, upstreamStatus: 200, locates: 1 });
  });

  it('closes the connection of a redirect that it may not follow', async () => {
    const script: RawScript = ({ send }) => send('HTTP/1.1 302 Found\r\nContent-Length: 9\r\nX-Request-Id: r\r\n\r\n');
    await expect(begin(script)).rejects.toMatchObject({ code: 'provider_invalid_response' });
    await provider?.connections[0]?.closed;
    expect(transfer).toMatchObject({ upstreamStatus: 302, upstreamRequestId: 'r' });
  });

  it('closes the connection of a response that does not match the request', async () => {
    const script: RawScript = ({ send }) => send('HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n\r\n');
    await expect(begin(script)).rejects.toMatchObject({
      code: 'provider_invalid_response',
      cause: { message: 'status 206 although no range was asked for' },
    });
    await provider?.connections[0]?.closed;
  });

  it.each([405, 501])('asks with GET where HEAD gets a %i', async (status) => {
    const script: RawScript = ({ send, head }) =>
      send(head.startsWith('HEAD') ? answer('', [], `${status} No`) : answer('content'));
    const accepted = await begin(script, { method: 'HEAD', headers: { range: 'bytes=0-1', 'if-none-match': '"w"' } });
    expect(accepted.request).toMatchObject({ method: 'GET', headers: { 'if-none-match': '"w"' } });
    expect(accepted.request.headers).not.toHaveProperty('range');
    expect(located.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
    expect(watchdog.phases).toEqual(['connect', 'headers', 'idle', 'pause', 'connect', 'headers', 'idle']);
    expect(transfer).toMatchObject({ attempts: 2, upstreamStatus: 200 });
  });

  describe('over a connection that was used before', () => {
    async function second(script: RawScript): Promise<Exchange> {
      const both: RawScript = (raw) => (raw.index === 0 ? raw.send(answer('first')) : script(raw));
      await finish(await begin(both));
      await eventually('a free connection', () => Object.keys(agents.http.freeSockets).length === 1);
      return begin(both);
    }

    it('asks once more over a new one where it was closed, with a new credential', async () => {
      const accepted = await second(({ index, rst, send }) => (index === 1 ? rst() : send(answer('content'))));
      expect(await finish(accepted)).toBe('content');
      expect(keys()).toEqual(['key-1', 'key-2', 'key-3']);
      expect(transfer).toMatchObject({ attempts: 2, locates: 2 });
      expect(watchdog.phases.filter((entry) => entry === 'pause')).toHaveLength(1);
      expect(provider?.connections).toHaveLength(2);
    });

    it('does not ask a third time', async () => {
      const failure = await failureOf(second(({ rst }) => rst()));
      expect(failure.error).toMatchObject({ code: 'provider_unreachable' });
      expect(provider?.requests).toHaveLength(3);
      expect(transfer.attempts).toBe(2);
    });

    it('keeps to new ones until it has its response', async () => {
      const accepted = await second(({ index, rst, send }) =>
        index === 1 ? rst() : send(index === 2 ? answer('', [], '401 No') : answer('content')),
      );
      expect(await finish(accepted)).toBe('content');
      expect(keys()).toEqual(['key-1', 'key-2', 'key-3', 'key-4']);
      expect(provider?.connections).toHaveLength(3);
    });
  });

  describe('a refused credential', () => {
    const refuseFirst: RawScript = ({ index, send }) =>
      send(index === 0 ? answer('{"error":{"message":"no"}}', [], '401 No') : answer('content'));

    it('is replaced once', async () => {
      expect(await finish(await begin(refuseFirst))).toBe('content');
      expect(located.map(({ refusedCredential }) => refusedCredential)).toEqual([undefined, true]);
      expect(transfer).toMatchObject({ attempts: 2, upstreamStatus: 200 });
    });

    it('is not replaced twice', async () => {
      const failure = await failureOf(begin(({ send }) => send(answer('', [], '401 No'))));
      expect(failure).toMatchObject({ refusal: { status: 401 }, error: { code: 'provider_auth_failed' } });
      expect(transfer).toMatchObject({ attempts: 2, upstreamStatus: 401 });
    });

    it('is not replaced by itself', async () => {
      const change: Partial<LocatedProvider> = { locate: () => ({ url: `${provider?.origin}/file`, headers: {} }) };
      await failureOf(begin(refuseFirst, { change }));
      expect(provider?.requests).toHaveLength(1);
    });
  });

  it('gives a refusal with its head and what it means', async () => {
    const failure = await failureOf(
      begin(({ send }) =>
        send(answer('{"error":{"message":"busy"}}', ['Retry-After: 7', 'X-Request-Id: r'], '503 Busy')),
      ),
    );
    expect(failure).toMatchObject({
      message: 'busy',
      staleness: undefined,
      refusal: { status: 503, headers: { 'retry-after': '7' } },
      error: { code: 'provider_error', status: 503, provider: 'held' },
    });
    expect(transfer).toMatchObject({ upstreamStatus: 503, upstreamRequestId: 'r' });
  });

  describe('with If-Range', () => {
    const headers = { range: 'bytes=2-', 'if-range': '"v1"' };
    const part = (etag: string): Buffer =>
      answer('cd', [`ETag: ${etag}`, 'Content-Range: bytes 2-3/4'], '206 Partial Content');
    const outside = answer('', ['ETag: "v2"', 'Content-Range: bytes */1'], '416 Range Not Satisfiable');

    it('takes a part of the version that it names', async () => {
      const { head } = await begin(({ send }) => send(part('"v1"')), { headers });
      expect(head.status).toBe(206);
      expect(transfer.attempts).toBe(1);
    });

    it.each([
      ['a part of another version', part('"v2"')],
      ['a refusal by another version', outside],
    ])('asks for the whole file where it gets %s', async (_what, bytes) => {
      const script: RawScript = ({ index, send }) => send(index === 0 ? bytes : answer('abcd', ['ETag: "v2"']));
      const accepted = await begin(script, { headers });
      expect([accepted.head.status, await finish(accepted)]).toEqual([200, 'abcd']);
      expect(accepted.request.headers).not.toHaveProperty('range');
      expect(transfer).toMatchObject({ attempts: 2, upstreamStatus: 200, locates: 1 });
    });

    it('refuses a range that lies outside the version that it names', async () => {
      const script: RawScript = ({ index, send }) =>
        send(index === 0 ? answer('', [], '416 Range Not Satisfiable') : answer('a', ['ETag: "v1"']));
      const failure = await failureOf(begin(script, { headers }));
      expect(failure).toMatchObject({ refusal: { status: 416 }, error: { code: 'range_not_satisfiable' } });
      expect(transfer.upstreamStatus).toBe(416);
    });
  });

  it('closes the exchange with its transfer', async () => {
    const open = await server.open();
    await begin(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), { transfer: open.transfer });
    open.client.destroy();
    await server.recorded(1);
    await provider?.connections[0]?.closed;
  });

  it('asks nothing for a transfer that has failed', async () => {
    const open = await server.open();
    const late = new FileContentError('provider_timeout', 'late');
    open.transfer.fail(late);
    await expect(begin(() => undefined, { transfer: open.transfer })).rejects.toBe(late);
    expect(provider?.requests).toEqual([]);
  });
});
