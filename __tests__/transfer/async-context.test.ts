import { AsyncLocalStorage } from 'node:async_hooks';
import { type Delivery, type LoggingAdapter, openaiCompatible, type Tap } from '../../lib/index';
import { type FakeFile, fakeProvider } from '../../lib/testing/index';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway';

const tenants = new AsyncLocalStorage<string>();
const CONTENT = Buffer.alloc(2_000_000, 'content ');

interface Heard extends AsyncDisposable {
  readonly gateway: Gateway;
  /** The calls, and what each found in the application's storage. */
  readonly heard: Set<string>;
  target(): { provider: ReturnType<typeof openaiCompatible>; taps: Tap[]; delivery: Delivery };
}

async function start(file: FakeFile | Buffer, delivery: Delivery, options: GatewayOptions = {}): Promise<Heard> {
  const heard = new Set<string>();
  const hear = (name: string) => (): void => void heard.add(`${name} ${tenants.getStore()}`);
  const logger: LoggingAdapter = {
    started: hear('started'),
    finished: hear('finished'),
    observe() {
      hear('observe')();
      return { ended: hear('ended') };
    },
  };
  const fake = await fakeProvider({ files: { 'file-1': file } });
  const provider = openaiCompatible({ name: 'fake', baseURL: fake.baseURL, apiKey: 'k' });
  const target = () => ({ provider, delivery, taps: [{ chunk: hear('chunk'), end: hear('end') }] });
  const gateway = await startGateway({
    logger,
    before: [(req, _res, next) => tenants.run(`${req.headers['x-tenant']}`, next)],
    resolveProvider: target,
    ...options,
  });
  return {
    gateway,
    heard,
    target,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await fake.close();
    },
  };
}

const WHOLE = ['chunk acme', 'end acme', 'ended acme', 'finished acme', 'observe acme', 'started acme'];
const headers = { 'x-tenant': 'acme' };

describe('adapters and taps see what the application stored for the request', () => {
  it.each<[string, Delivery, GatewayOptions]>([
    ['relay', 'stream', {}],
    ['pipeline', 'stream', { relay: false }],
    ['buffer', 'buffer', {}],
  ])('by %s', async (via, delivery, options) => {
    await using it = await start(CONTENT, delivery, options);
    // The second request takes the connection of the first, whose context must not be seen.
    for (const tenant of ['other', 'acme']) {
      if (tenant === 'acme') it.heard.clear();
      const record = it.gateway.nextRecord();
      const response = await fetch(`${it.gateway.origin}/v1/files/file-1/content`, { headers: { 'x-tenant': tenant } });
      await response.arrayBuffer();
      expect((await record).via).toBe(via);
    }
    expect([...it.heard].sort()).toEqual(WHOLE);
  });

  it('through serve()', async () => {
    await using it = await start(CONTENT, 'stream', {
      after: (app) => {
        app.get('/mine', (req, res) => void it.gateway.files.serve(req, res, { ...it.target(), fileId: 'file-1' }));
      },
    });
    await fetch(`${it.gateway.origin}/mine`, { headers }).then((response) => response.arrayBuffer());
    await it.gateway.recorded(1);
    expect([...it.heard].sort()).toEqual(WHOLE);
  });

  it('through open()', async () => {
    await using it = await start(CONTENT, 'stream');
    await tenants.run('acme', async () => {
      const opened = await it.gateway.files.open({ ...it.target(), fileId: 'file-1' });
      // Read elsewhere.
      await tenants.run('reader', async () => {
        for await (const _ of opened.body);
      });
    });
    await it.gateway.recorded(1);
    expect([...it.heard].sort()).toEqual(WHOLE);
  });

  it('if the request is rejected', async () => {
    await using it = await start(CONTENT, 'stream');
    await fetch(`${it.gateway.origin}/v1/files/a%00b/content`, { headers });
    await it.gateway.recorded(1);
    expect([...it.heard].sort()).toEqual(['ended acme', 'finished acme', 'observe acme']);
  });

  it.each<Delivery>(['stream', 'buffer'])('if the client leaves a %s, or the provider stalls', async (delivery) => {
    const file = { content: CONTENT, fault: { kind: 'stall', afterBytes: 1_000_000 } } as const;
    await using it = await start(file, delivery, { timeouts: { idle: 300 }, buffer: { retries: 0 } });
    const stalled = it.gateway.nextRecord();
    await fetch(`${it.gateway.origin}/v1/files/file-1/content`, { headers })
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
    await stalled;
    const left = it.gateway.nextRecord();
    const abort = new AbortController();
    const request = fetch(`${it.gateway.origin}/v1/files/file-1/content`, { headers, signal: abort.signal });
    await it.gateway.log.started(2);
    abort.abort();
    await request.catch(() => undefined);
    await left;
    for (const call of it.heard) expect(call).toMatch(/ acme$/);
    expect([...it.heard]).toEqual(expect.arrayContaining(['started acme', 'ended acme', 'finished acme', 'end acme']));
  });
});
