import { once } from 'node:events';
import { Agent } from 'node:http';
import { openaiCompatible, type ProviderResolver } from '../../lib/index';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway';
import { expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, type RawClient, rawRequest, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

interface Running extends AsyncDisposable {
  readonly app: Gateway;
  readonly provider: RawProvider;
}

async function run(script: RawScript, options: GatewayOptions = {}): Promise<Running> {
  const provider = await startRawProvider(script);
  const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
  const app = await startGateway({ resolveProvider: () => held, ...options });
  return {
    app,
    provider,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

/** Sends half of ten bytes to each request; the other half when it is told to. */
function halves() {
  const rest: (() => Promise<void>)[] = [];
  const script: RawScript = async ({ send }) => {
    rest.push(() => send('-last'));
    await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
  };
  return { script, finish: () => Promise.all(rest.splice(0).map((send) => send())) };
}

async function download(app: Gateway): Promise<RawClient> {
  const client = await connectRaw(app.port);
  client.send(requestBytes());
  await client.until((bytes) => bytes.includes('first'));
  return client;
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve: (value) => resolve(value) };
}

/** Is the promise still open after everything that is on its way has been handled? */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = new Promise<string>((resolve) => setImmediate(() => setImmediate(resolve, 'open')));
  return (await Promise.race([promise, open])) === 'open';
}

const REFUSED = { status: 503, complete: true };
const CUT = { outcome: 'client_aborted', complete: 'no', error: { code: 'overloaded' } };

describe('after close()', () => {
  it('a new request gets 503 and one record, and its connection is closed', async () => {
    const { script } = halves();
    await using running = await run(script);
    await running.app.files.close();
    const { response, ending } = await (async () => {
      using client = await connectRaw(running.app.port);
      client.send(requestBytes());
      await client.closed;
      return await client.result();
    })();
    expect(response).toMatchObject(REFUSED);
    expect(response.headers.get('connection')).toEqual(['close']);
    expect(response.headers.get('retry-after')).toEqual(['1']);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'overloaded', param: null } });
    expect(ending).toBe('fin');
    expect(running.provider.requests).toEqual([]);
    expect(await running.app.recorded(1)).toMatchObject([
      {
        outcome: 'rejected',
        status: 503,
        error: { code: 'overloaded', message: 'The gateway is shutting down. Retry shortly.' },
      },
    ]);
    expect(running.app.starts).toEqual([]);
  });

  it('transfers in flight complete, and then connections to the provider are closed', async () => {
    const { script, finish } = halves();
    await using running = await run(script);
    const { app, provider } = running;
    using client = await download(app);
    const closed = app.files.close({ graceMs: 60_000 });
    const refused = await rawRequest(app.port);
    expect(refused.response).toMatchObject(REFUSED);
    expect(await isPending(closed)).toBe(true);
    expect(provider.openConnections).toBe(1);
    await finish();
    expect((await client.result()).response).toMatchObject({ complete: true, body: Buffer.from('first-last') });
    await closed;
    expect(app.records).toMatchObject([{ outcome: 'rejected' }, { outcome: 'completed' }]);
    await provider.connections[0]?.closed;
  });

  it('the next request on a kept-alive connection is refused', async () => {
    const { script, finish } = halves();
    await using running = await run(script);
    using client = await download(running.app);
    const closed = running.app.files.close();
    await finish();
    await client.result();
    await closed;
    client.send(requestBytes());
    await client.closed;
    expect(client.responses()).toMatchObject([{ status: 200, complete: true }, REFUSED]);
  });

  it('a request that waits behind another on its connection is refused in its turn', async () => {
    const { script, finish } = halves();
    await using running = await run(script);
    const { app, provider } = running;
    using client = await connectRaw(app.port);
    client.send(requestBytes() + requestBytes());
    await client.until((bytes) => bytes.includes('first'));
    const closed = app.files.close();
    await finish();
    await client.closed;
    expect(client.responses()).toMatchObject([{ status: 200, body: Buffer.from('first-last') }, REFUSED]);
    await closed;
    expect(app.records).toMatchObject([{ outcome: 'completed' }, { outcome: 'rejected', status: 503 }]);
    expect(provider.requests).toHaveLength(1);
  });

  it('a request that the resolver declines still goes to the application', async () => {
    let decline: ((value: undefined) => void) | undefined;
    const asked = deferred<void>();
    const resolveProvider: ProviderResolver = () => {
      asked.resolve();
      return new Promise((resolve) => {
        decline = resolve;
      });
    };
    await using app = await startGateway({
      resolveProvider,
      after: (behind) => void behind.use((_req, res) => void res.status(418).end('behind')),
    });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    await asked.promise;
    const closed = app.files.close();
    decline?.(undefined);
    expect((await client.result()).response.status).toBe(418);
    await closed;
    expect(app.records).toEqual([]);
  });

  it('a buffered transfer in flight completes', async () => {
    const { script, finish } = halves();
    await using provider = await startRawProvider(script);
    const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
    await using app = await startGateway({ resolveProvider: () => ({ provider: held, delivery: 'buffer' }) });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    const closed = app.files.close();
    await finish();
    expect((await client.result()).response).toMatchObject({ complete: true, body: Buffer.from('first-last') });
    await closed;
    await provider.connections[0]?.closed;
  });

  it("the error goes to the application with errors: 'next'", async () => {
    const { script } = halves();
    await using running = await run(script, {
      errors: 'next',
      after: (app) =>
        void app.use(
          (error: { code: string; status: number }, _req: unknown, res: import('express').Response, _next: unknown) =>
            void res.status(error.status).json({ mine: error.code }),
        ),
    });
    await running.app.files.close();
    const { response } = await rawRequest(running.app.port);
    expect(response).toMatchObject({ status: 503, body: Buffer.from('{"mine":"overloaded"}') });
    expect(response.headers.get('connection')).toEqual(['close']);
  });

  it('the agents that the application gave keep their connections', async () => {
    const agent = new Agent({ keepAlive: true });
    await using running = await run(({ send }) => send(answer('content')), { agents: { http: agent } });
    await rawRequest(running.app.port);
    await running.app.recorded(1);
    expect(Object.keys(agent.freeSockets)).toHaveLength(1);
    await running.app.files.close();
    expect(Object.keys(agent.freeSockets)).toHaveLength(1);
    expect(running.provider.openConnections).toBe(1);
    agent.destroy();
    await running.provider.connections[0]?.closed;
  });

  it('idle connections of the router’s own agents are closed', async () => {
    await using running = await run(({ send }) => send(answer('content')));
    await rawRequest(running.app.port);
    await running.app.recorded(1);
    expect(running.provider.openConnections).toBe(1);
    await running.app.files.close();
    await running.provider.connections[0]?.closed;
  });

  it('it is done under load, and every request has one record', async () => {
    using watch = watchProcess();
    await using running = await run(({ send }) => send(answer('content')));
    const { app } = running;
    let isOver = false;
    let requests = 0;
    const statuses = new Set<number>();
    async function load(): Promise<void> {
      while (!isOver) {
        requests += 1;
        statuses.add((await rawRequest(app.port)).response.status);
      }
    }
    const clients = Array.from({ length: 8 }, load);
    await app.recorded(20);
    await app.files.close();
    const refused = app.records.length + 20;
    await app.recorded(refused);
    isOver = true;
    await Promise.all(clients);
    await app.recorded(requests);
    expect(new Set(app.records.map(({ transferId }) => transferId)).size).toBe(requests);
    expect(app.records).toHaveLength(requests);
    expect([...statuses].sort()).toEqual([200, 503]);
    watch.expectQuiet();
  });
});

describe('a transfer that outlives the grace period is cut off', () => {
  it.each([0, 1])('mid-body, with graceMs %i', async (graceMs) => {
    using watch = watchProcess();
    const { script } = halves();
    await using running = await run(script);
    const { app, provider } = running;
    using client = await download(app);
    await app.files.close({ graceMs });
    await client.closed;
    expect((await client.result()).response).toMatchObject({
      status: 200,
      complete: false,
      body: Buffer.from('first'),
    });
    expect(app.records).toMatchObject([{ ...CUT, status: 200, bytesSent: 5, bytesExpected: 10 }]);
    await provider.connections[0]?.closed;
    watch.expectQuiet();
  });

  it('while the resolver runs', async () => {
    const asked = deferred<void>();
    const aborted = deferred<unknown>();
    await using app = await startGateway({
      resolveProvider: (_req, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted.resolve(signal.reason);
            reject(signal.reason);
          });
          asked.resolve();
        }),
    });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    await asked.promise;
    await app.files.close({ graceMs: 0 });
    await client.closed;
    expect(client.bytes.length).toBe(0);
    expect(await aborted.promise).toMatchObject({ code: 'overloaded' });
    expect(app.records).toMatchObject([{ ...CUT, status: 499, attempts: 0 }]);
  });

  it.each(['stream', 'buffer'] as const)('while the provider says nothing (%s)', async (delivery) => {
    await using provider = await startRawProvider(() => undefined);
    const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
    await using app = await startGateway({ resolveProvider: () => ({ provider: held, delivery }) });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    await app.files.close({ graceMs: 0 });
    await client.closed;
    expect(client.bytes.length).toBe(0);
    expect(app.records).toMatchObject([{ ...CUT, status: 499, attempts: 1 }]);
    await provider.connections[0]?.closed;
  });

  it('while its client reads nothing, relayed or not', async () => {
    const body = Buffer.alloc(64_000_000);
    await using running = await run(({ send }) => send(answer(body)));
    const { app } = running;
    using client = await connectRaw(app.port);
    client.pause();
    client.send(requestBytes());
    while (app.files.active()[0]?.phase !== 'paused') await new Promise(setImmediate);
    await app.files.close({ graceMs: 0 });
    expect(app.records).toMatchObject([{ ...CUT, status: 200 }]);
    client.resume();
    await client.closed;
    expect(client.responses()[0]).toMatchObject({ complete: false });
  });

  it('behind another on its connection', async () => {
    const { script } = halves();
    await using running = await run(script);
    const { app } = running;
    using client = await connectRaw(app.port);
    client.send(requestBytes() + requestBytes());
    await client.until((bytes) => bytes.includes('first'));
    await app.files.close({ graceMs: 0 });
    await client.closed;
    expect(app.records).toMatchObject([CUT, { ...CUT, status: 499 }]);
  });

  it('with a reset where only the end of the connection would tell (HTTP/1.0)', async () => {
    await using running = await run(({ send }) =>
      send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n'),
    );
    const { app } = running;
    using client = await connectRaw(app.port);
    client.send(requestBytes({ version: '1.0', connection: 'close' }));
    await client.until((bytes) => bytes.includes('first'));
    await app.files.close({ graceMs: 0 });
    expect(await client.closed).toBe('rst');
    expect(app.records).toMatchObject([CUT]);
  });

  it('whose file is being fetched by a function, which is told', async () => {
    const asked = deferred<AbortSignal>();
    await using app = await startGateway({
      resolveProvider: () => ({
        name: 'own',
        streaming: false,
        fetchContent: ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
            asked.resolve(signal);
          }),
      }),
    });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    const signal = await asked.promise;
    await app.files.close({ graceMs: 0 });
    expect(signal.aborted).toBe(true);
    expect(app.records).toMatchObject([{ ...CUT, status: 499 }]);
  });

  it('by the earliest deadline of all calls', async () => {
    const { script } = halves();
    await using running = await run(script);
    const { app } = running;
    using client = await download(app);
    const closings = [app.files.close(), app.files.close({ graceMs: 600_000 })];
    expect(await isPending(Promise.race(closings))).toBe(true);
    closings.push(app.files.close({ graceMs: 0 }), app.files.close());
    await Promise.all(closings);
    await client.closed;
    expect(app.records).toMatchObject([CUT]);
  });

  it('L3: with nothing left behind: no socket, timer, listener or descriptor', async () => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    {
      const { script } = halves();
      await using running = await run(script);
      const clients = await Promise.all(Array.from({ length: 10 }, () => download(running.app)));
      const { server } = running.app;
      server.close();
      await Promise.all([
        running.app.files.close({ graceMs: 600_000 }),
        running.app.files.close({ graceMs: 1 }),
        once(server, 'close'),
      ]);
      await Promise.all(clients.map(({ closed }) => closed));
      expect(running.app.records).toHaveLength(10);
    }
    await expectReleased(baseline);
    watch.expectQuiet();
  });
});
