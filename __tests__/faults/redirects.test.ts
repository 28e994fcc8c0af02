import { Agent } from 'node:https';
import type { LocatedProvider } from '../../lib/index';
import { findSecret, PROVIDER_KEY } from '../support/canary';
import { makeCertificate } from '../support/certificates';
import { DELIVERIES } from '../support/fault-row';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

const tls = makeCertificate();
const agents = { https: new Agent({ ca: tls.cert }) };

function redirectTo(location: string): Buffer {
  return answer('', [`Location: ${location}`], '302 Found');
}

const content: RawScript = ({ send }) => send(answer('content'));

describe.each(DELIVERIES)('T6: a provider whose contract has redirects (%s)', (delivery) => {
  function resolving(url: string, options: GatewayOptions = {}): GatewayOptions {
    const provider: LocatedProvider = {
      name: 'redirecting',
      streaming: true,
      redirects: 'follow',
      locate: () => ({ url, headers: { Authorization: `Bearer ${PROVIDER_KEY}`, 'X-Api-Key': PROVIDER_KEY } }),
    };
    return { resolveProvider: () => ({ provider, delivery }), agents, ...options };
  }

  it('is followed to another origin over https, which gets no credential', async () => {
    await using store = await startRawProvider(content, { tls });
    await using api = await startRawProvider(({ send }) => send(redirectTo(`${store.origin}/signed?sig=1`)), { tls });
    await using gateway = await startGateway(resolving(`${api.origin}/file`));
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=0-'] });
    expect(response.body.toString()).toBe('content');
    expect(store.requests[0]).toMatch(/^GET \/signed\?sig=1 HTTP\/1\.1\r\n/);
    expect(findSecret(PROVIDER_KEY, { store: store.received })).toEqual([]);
    expect(findSecret(PROVIDER_KEY, { api: api.received })).not.toEqual([]);
  });

  it('is followed on its own origin with its credential, and not beyond another origin and back', async () => {
    await using other = await startRawProvider(({ send }) => send(redirectTo(`${api.origin}/back`)), { tls });
    await using api = await startRawProvider(
      ({ head, send }) => {
        if (head.startsWith('GET /first')) return send(redirectTo('/second'));
        if (head.startsWith('GET /second')) return send(redirectTo(`${other.origin}/`));
        return send(answer('content'));
      },
      { tls },
    );
    await using gateway = await startGateway(resolving(`${api.origin}/first`));
    const { response } = await rawRequest(gateway.port);
    expect(response.body.toString()).toBe('content');
    expect(api.requests.map((head) => head.includes(PROVIDER_KEY))).toEqual([true, true, false]);
    expect(other.requests.map((head) => head.includes(PROVIDER_KEY))).toEqual([false]);
  });

  const refused: readonly (readonly [string, (origin: string) => string, RegExp])[] = [
    ['plain http', (origin) => origin.replace('https:', 'http:'), /another scheme than https/],
    ['a user name and a password', (origin) => origin.replace('://', '://user:pass@'), /user name or password/],
    ['a user name', (origin) => origin.replace('://', '://user@'), /user name or password/],
    ['a password', (origin) => origin.replace('://', '://:pass@'), /user name or password/],
    ['another scheme', () => 'file:///etc/passwd', /another scheme than https/],
    ['no place at all', () => 'http://', /without a valid Location/],
    ['itself without end', () => '', /more than 3 redirects/],
  ];

  it.each(refused)('is refused a redirect to %s', async (_name, location, reason) => {
    await using store = await startRawProvider(content, { tls });
    await using api = await startRawProvider(({ send }) => send(redirectTo(location(store.origin))), { tls });
    await using gateway = await startGateway(resolving(`${api.origin}/file`));
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'provider_invalid_response' } });
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_invalid', upstreamStatus: 302 }]);
    expect(gateway.records[0]?.error?.cause?.message).toMatch(reason);
    expect(store.requests).toEqual([]);
    expect(api.requests.length).toBeLessThanOrEqual(4);
  });

  it('is refused a redirect without a Location', async () => {
    await using api = await startRawProvider(({ send }) => send(answer('', [], '307 Somewhere')), { tls });
    await using gateway = await startGateway(resolving(`${api.origin}/file`));
    expect((await rawRequest(gateway.port)).response.status).toBe(502);
    expect(gateway.records[0]?.error?.cause?.message).toMatch(/status 307: a redirect without a valid Location/);
  });

  it('is refused a redirect to an origin that is not listed', async () => {
    await using store = await startRawProvider(content, { tls });
    await using api = await startRawProvider(({ send }) => send(redirectTo(store.origin)), { tls });
    await using gateway = await startGateway(resolving(`${api.origin}/file`, { allowedOrigins: [api.origin] }));
    expect((await rawRequest(gateway.port)).response.status).toBe(502);
    expect(gateway.records[0]?.error?.cause?.message).toMatch(/"allowedOrigins" does not list/);
    expect(store.connections).toEqual([]);
  });

  it('is left with its client: the redirected request is cancelled', async () => {
    await using store = await startRawProvider(() => undefined, { tls });
    await using api = await startRawProvider(({ send }) => send(redirectTo(store.origin)), { tls });
    await using gateway = await startGateway(resolving(`${api.origin}/file`));
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await store.requestsReceived(1);
    client.rst();
    await store.connections[0]?.closed;
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted' }]);
  });

  it('is not asked at all where its own origin is not listed', async () => {
    await using api = await startRawProvider(content, { tls });
    await using gateway = await startGateway(
      resolving(`${api.origin}/file`, { allowedOrigins: ['https://api.openai.com'] }),
    );
    expect((await rawRequest(gateway.port)).response.status).toBe(500);
    expect(api.connections).toEqual([]);
  });
});

afterAll(() => agents.https.destroy());
