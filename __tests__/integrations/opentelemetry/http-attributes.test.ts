import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { createFileContent, openaiCompatible } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { type GatewayOptions, startGateway } from '../../support/gateway';
import { spans, traceTests } from '../../support/tracing';

traceTests();

/** The attributes of the span of one kind that have a name of the conventions. */
function conventional(kind: SpanKind): Record<string, unknown> {
  const span = spans().find((one) => one.kind === kind);
  return Object.fromEntries(
    Object.entries(span?.attributes ?? {}).filter(([name]) => !name.startsWith('file_content.')),
  );
}

async function requested(init: RequestInit = {}, options: GatewayOptions = {}) {
  await using fake = await fakeProvider({ files: { 'file-1': 'content' } });
  await using gateway = await startGateway({ upstream: fake.origin, logger: openTelemetry(), ...options });
  await fetch(`${gateway.origin}/v1/files/file-1/content?secret=1`, init).then((response) => response.text());
  await gateway.recorded(1);
  return { fake, gateway };
}

it('the span of a server has every required and recommended attribute', async () => {
  const { gateway } = await requested({ headers: { 'user-agent': 'curl/8' } });
  expect(conventional(SpanKind.SERVER)).toEqual({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'http.route': '/v1/files/:file_id/content',
    'url.scheme': 'http',
    'url.path': '/v1/files/REDACTED/content',
    'server.address': '127.0.0.1',
    'server.port': gateway.port,
    'client.address': '127.0.0.1',
    'network.peer.address': '127.0.0.1',
    'network.peer.port': expect.any(Number),
    'network.protocol.version': '1.1',
    'user_agent.original': 'curl/8',
  });
});

it.each(['stream', 'buffer'] as const)('the span of a request by %s has those of a client', async (delivery) => {
  const { fake } = await requested({}, { delivery });
  expect(conventional(SpanKind.CLIENT)).toEqual({
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'url.full': `${fake.origin}/REDACTED`,
    'server.address': '127.0.0.1',
    'server.port': fake.port,
    'network.peer.address': '127.0.0.1',
    'network.peer.port': fake.port,
    'network.protocol.version': '1.1',
  });
});

it('a proxy that Express trusts says how the client reached the gateway', async () => {
  const headers = {
    'x-forwarded-for': '203.0.113.7, 10.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'files.example',
  };
  const seen = { 'url.scheme': 'https', 'server.address': 'files.example', 'client.address': '203.0.113.7' };
  const trustProxies: RequestHandler = (req, _res, next) => {
    req.app.set('trust proxy', true);
    next();
  };
  await requested({ headers }, { before: [trustProxies] });
  expect(conventional(SpanKind.SERVER)).toMatchObject(seen);
  expect(conventional(SpanKind.SERVER)).not.toHaveProperty('server.port');
});

it('a proxy that Express does not trust says nothing', async () => {
  const headers = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
  };
  await requested({ headers });
  const seen = { 'url.scheme': 'http', 'server.address': '127.0.0.1', 'client.address': '127.0.0.1' };
  expect(conventional(SpanKind.SERVER)).toMatchObject(seen);
});

it('a method that the conventions do not know is _OTHER, and HTTP in the name', async () => {
  await requested({ method: 'PROPFIND' });
  const [span] = spans();
  expect(span?.name).toBe('HTTP /v1/files/:file_id/content');
  expect(span?.attributes).toMatchObject({
    'http.request.method': '_OTHER',
    'http.request.method_original': 'PROPFIND',
    'http.response.status_code': 405,
  });
});

it('without a framework, the span has the name of the method alone and no path', async () => {
  await using fake = await fakeProvider({ files: { 'file-1': 'content' } });
  const provider = openaiCompatible({ name: 'held', baseURL: fake.baseURL, apiKey: 'k' });
  const files = createFileContent({ logger: openTelemetry() });
  const server = createServer((req, res) => void files.serve(req, res, { provider, fileId: 'file-1' }));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await fetch(`http://[::1]:${port}/mine/secret?token=x`).then((response) => response.text());
    await files.close();
    const [span] = spans();
    expect(span?.name).toBe('GET');
    expect(span?.attributes).not.toHaveProperty('http.route');
    expect(span?.attributes).toMatchObject({
      'url.path': '/REDACTED',
      'server.address': '::1',
      'server.port': port,
      'network.peer.address': '::1',
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
