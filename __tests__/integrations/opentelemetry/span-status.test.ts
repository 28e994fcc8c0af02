import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { type FakeFile, fakeProvider } from '../../../lib/testing/index';
import { type GatewayOptions, startGateway } from '../../support/gateway';
import { spans, traceTests, tree } from '../../support/tracing';

traceTests();

const CONTENT = Buffer.alloc(300_000, 'content ');
const ROUTE = 'GET /v1/files/:file_id/content';

async function start(file: Omit<Exclude<FakeFile, string | Uint8Array>, 'content'>, options: GatewayOptions = {}) {
  const fake = await fakeProvider({ files: { 'file-1': { content: CONTENT, ...file } } });
  const gateway = await startGateway({ upstream: fake.origin, logger: openTelemetry(), ...options });
  return {
    gateway,
    fake,
    url: `${gateway.origin}/v1/files/file-1/content`,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await fake.close();
    },
  };
}

const transfer = (): ReadableSpan | undefined => spans()[0];
const request = (): ReadableSpan | undefined => spans().findLast(({ kind }) => kind === SpanKind.CLIENT);

describe.each(['stream', 'buffer'] as const)('by %s', (delivery) => {
  it.each([401, 404, 429, 500, 503])(
    'a %d of the provider fails its request, without a description',
    async (status) => {
      const options = { delivery, buffer: { retries: 0 } };
      await using it = await start({ fault: { kind: 'status', status } }, options);
      await fetch(it.url).then((response) => response.text());
      await it.gateway.recorded(1);
      expect(request()?.status).toEqual({ code: SpanStatusCode.ERROR });
      expect(request()?.attributes['error.type']).toBe(`${status}`);
    },
  );

  it.each([404, 429])('a %d for the client is no error of the server, but has its code', async (status) => {
    const options = { delivery, buffer: { retries: 0 } };
    await using it = await start({ fault: { kind: 'status', status } }, options);
    await fetch(it.url).then((response) => response.text());
    await it.gateway.recorded(1);
    expect(transfer()?.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(transfer()?.attributes).not.toHaveProperty(['error.type']);
    expect(transfer()?.attributes).toMatchObject({
      'http.response.status_code': status,
      'file_content.error.code': status === 404 ? 'file_not_found' : 'rate_limited',
    });
  });

  it('a response that the client did not wait for has no status, and the request was cancelled', async () => {
    const options = { delivery };
    await using it = await start({ fault: { kind: 'stall', afterBytes: 0 } }, options);
    const abort = new AbortController();
    const left = fetch(it.url, { signal: abort.signal }).catch(() => 'left');
    await it.fake.requestsReceived(1);
    abort.abort();
    expect(await left).toBe('left');
    const [record] = await it.gateway.recorded(1);
    expect(record?.status).toBe(499);
    expect(transfer()?.attributes).not.toHaveProperty(['http.response.status_code']);
    expect(tree()[0]).toBe(`${ROUTE} client_aborted`);
    expect(request()?.attributes).not.toHaveProperty(['error.type']);
    expect(request()?.status).toEqual({ code: SpanStatusCode.UNSET });
  });
});

it('a client that leaves in the middle is the type of an error that fails no span', async () => {
  await using it = await start({ fault: { kind: 'stall', afterBytes: 10 } });
  const abort = new AbortController();
  const response = await fetch(it.url, { signal: abort.signal });
  await response.body?.getReader().read();
  abort.abort();
  await it.gateway.recorded(1);
  expect(tree()).toEqual([`${ROUTE} 200 client_aborted`, '  resolve provider', '  locate file', '  GET 200']);
});

it('a download that the shutdown of the gateway cut off is an error of the server', async () => {
  await using it = await start({ fault: { kind: 'stall', afterBytes: 10 } });
  const response = await fetch(it.url);
  const reader = response.body?.getReader();
  await reader?.read();
  await it.gateway.files.close({ graceMs: 0 });
  await reader?.read().catch(() => undefined);
  await it.gateway.recorded(1);
  expect(tree()).toEqual([`${ROUTE} 200 overloaded ERROR`, '  resolve provider', '  locate file', '  GET 200']);
});
