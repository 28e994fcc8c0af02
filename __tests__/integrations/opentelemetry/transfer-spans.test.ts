import { trace } from '@opentelemetry/api';
import { fileNotFound, openaiCompatible } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { type FakeProviderOptions, fakeProvider } from '../../../lib/testing/index';
import { PROVIDER_KEY } from '../../support/canary';
import { type GatewayOptions, startGateway } from '../../support/gateway';
import { spans, traceTests, tree } from '../../support/tracing';

traceTests();

const CONTENT = Buffer.alloc(300_000, 'content ');
const ROUTE = 'GET /v1/files/:file_id/content';
const STEPS = ['  resolve provider', '  locate file'];

async function start(provider: FakeProviderOptions, options: GatewayOptions = {}) {
  const fake = await fakeProvider(provider);
  const gateway = await startGateway({ upstream: fake.origin, logger: openTelemetry(), ...options });
  return {
    fake,
    gateway,
    /** Requests a file, whatever becomes of it, and waits for its record. */
    async get(path = '/v1/files/file-1/content', init: RequestInit = {}): Promise<string> {
      const record = gateway.nextRecord();
      const url = `${gateway.origin}${path}`;
      const text = await fetch(url, init)
        .then((response) => response.text())
        .catch(() => 'cut off');
      await record;
      return text;
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await fake.close();
    },
  };
}

describe.each(['stream', 'buffer'] as const)('the spans of a transfer by %s', (delivery) => {
  it('are one for the transfer and one for each of its steps', async () => {
    await using it = await start({ files: { 'file-1': CONTENT } }, { delivery });
    await it.get();
    expect(tree()).toEqual([`${ROUTE} 200`, ...STEPS, '  GET 200']);
    expect(spans().at(0)?.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/v1/files/:file_id/content',
      'file_content.outcome': 'completed',
      'file_content.bytes_sent': CONTENT.length,
      'file_content.provider': 'raw',
    });
  });

  it.each([
    [404, `${ROUTE} 404`],
    [401, `${ROUTE} 502`],
    [500, `${ROUTE} 500`],
  ])('say that the provider refused with %d', async (status, first) => {
    const fault = { kind: 'status', status } as const;
    await using it = await start(
      { files: { 'file-1': { content: CONTENT, fault } } },
      { delivery, buffer: { retries: 0 } },
    );
    await it.get();
    const [transfer, ...steps] = tree();
    expect(transfer).toContain(first);
    expect(transfer?.endsWith('ERROR')).toBe(status !== 404);
    expect(steps[2]).toBe(`  GET ${status} ${status} ERROR`);
  });

  it('count a rejected id as the mistake of the client', async () => {
    await using it = await start({ files: {} }, { delivery });
    await it.get('/v1/files/a%00b/content');
    expect(tree()).toEqual([`${ROUTE} 400`]);
    expect(spans()[0]?.attributes['file_content.error.code']).toBe('invalid_file_id');
  });

  it('say that the resolver failed', async () => {
    const resolveProvider = (): never => {
      throw new TypeError('the table is missing');
    };
    await using it = await start({ files: {} }, { resolveProvider });
    await it.get();
    expect(tree()).toEqual([`${ROUTE} 500 resolver_failed ERROR`, '  resolve provider TypeError ERROR']);
  });

  it('are not exported if the resolver declines', async () => {
    await using it = await start(
      { files: {} },
      { resolveProvider: () => undefined, after: (app) => app.use((_req, res) => void res.send('mine')) },
    );
    expect(await fetch(`${it.gateway.origin}/v1/files/file-1/content`).then((res) => res.text())).toBe('mine');
    expect(tree()).toEqual([]);
  });

  it('have what the resolver starts as children of its step', async () => {
    await using fake = await start({ files: { 'file-1': CONTENT } });
    const provider = openaiCompatible({ name: 'raw', baseURL: fake.fake.baseURL, apiKey: PROVIDER_KEY });
    await using it = await start(
      { files: {} },
      {
        async resolveProvider() {
          await Promise.resolve();
          trace.getTracer('database').startSpan('SELECT').end();
          return { provider, delivery };
        },
      },
    );
    await it.get();
    expect(tree()).toEqual([`${ROUTE} 200`, '  resolve provider', '    SELECT', '  locate file', '  GET 200']);
  });
});

describe('the spans of a body that was cut off', () => {
  const cut = { kind: 'cut', afterBytes: 100_000, by: 'rst' } as const;

  it('are errors, although the status was 200', async () => {
    await using it = await start({ files: { 'file-1': { content: CONTENT, fault: cut } } });
    expect(await it.get()).toBe('cut off');
    const [transfer, , , request] = tree();
    expect(transfer).toMatch(/ 200 \w+ ERROR$/);
    expect(request).toMatch(/^ {2}GET 200 \w+ ERROR$/);
  });

  it('are one for each attempt, if it was resumed', async () => {
    const file = { content: CONTENT, headers: { etag: '"v1"' }, fault: { ...cut, times: 1 } };
    await using it = await start({ files: { 'file-1': file } });
    expect(await it.get()).toBe(CONTENT.toString());
    expect(tree()).toEqual([
      `${ROUTE} 200`,
      ...STEPS,
      expect.stringMatching(/^ {2}GET 200 \w+ ERROR$/),
      ...(tree().length > 5 ? ['  locate file'] : []),
      '  GET 206',
    ]);
    expect(spans().at(-1)?.attributes['http.request.resend_count']).toBe(1);
  });

  it('are one for each attempt of a buffered delivery', async () => {
    const file = { content: CONTENT, fault: { kind: 'status', status: 503, times: 1 } as const };
    await using it = await start({ files: { 'file-1': file } }, { delivery: 'buffer' });
    await it.get();
    expect(tree().filter((line) => line.includes('  GET'))).toEqual(['  GET 503 503 ERROR', '  GET 200']);
    expect(tree()[0]).toBe(`${ROUTE} 200`);
  });
});

describe('every span ends', () => {
  it('once, if many clients leave', async () => {
    await using it = await start({
      files: { 'file-1': { content: CONTENT, fault: { kind: 'stall', afterBytes: 10 } } },
    });
    const leave = async (): Promise<void> => {
      const abort = new AbortController();
      const response = await fetch(`${it.gateway.origin}/v1/files/file-1/content`, { signal: abort.signal });
      await response.body?.getReader().read();
      abort.abort();
    };
    await Promise.all(Array.from({ length: 300 }, leave));
    await it.gateway.recorded(300);
    const ids = spans().map((span) => span.spanContext().spanId);
    expect(ids).toHaveLength(300 * 4);
    expect(new Set(ids).size).toBe(300 * 4);
    expect(tree().slice(0, 4)).toEqual([`${ROUTE} 200 client_aborted`, ...STEPS, '  GET 200']);
  });

  it('if the resolver never does', async () => {
    await using it = await start(
      { files: {} },
      { resolveProvider: () => new Promise(() => {}), timeouts: { resolve: 20 } },
    );
    await it.get();
    expect(tree()).toEqual([
      expect.stringMatching(/ERROR$/),
      expect.stringMatching(/^ {2}resolve provider \w+ ERROR$/),
    ]);
  });
});

it('no credential, no signed query and no id is in a span', async () => {
  const secret = 'sig-0123456789abcdef';
  await using it = await start({ files: {} });
  const url = `${it.fake.origin}/files/secret-path?signature=${secret}`;
  const located = {
    ...openaiCompatible({ name: 'signed', baseURL: it.fake.baseURL, apiKey: PROVIDER_KEY }),
    locate: () => ({ url, headers: { authorization: `Bearer ${PROVIDER_KEY}` } }),
  };
  await using gateway = await startGateway({
    logger: openTelemetry(),
    resolveProvider(_req, { fileId }) {
      if (fileId === 'file-missing') throw fileNotFound({ cause: new Error(`asked with ${PROVIDER_KEY}`) });
      return { provider: located };
    },
  });
  for (const id of ['file-unique-1', 'file-missing']) {
    await fetch(`${gateway.origin}/v1/files/${id}/content?token=${secret}`, { headers: { authorization: secret } });
  }
  await gateway.recorded(2);
  expect(spans().length).toBeGreaterThan(4);
  const json = JSON.stringify(
    spans().map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links })),
  );
  for (const text of [PROVIDER_KEY, secret, 'secret-path', 'file-unique-1', 'file-missing']) {
    expect(json).not.toContain(text);
  }
});

it('asked attributes have the id and the tenant', async () => {
  await using it = await start({ files: {} }, { logger: openTelemetry({ attributes: ['fileId', 'tenant'] }) });
  await it.get();
  expect(spans()[0]?.attributes['file_content.file_id']).toBe('file-1');
});
