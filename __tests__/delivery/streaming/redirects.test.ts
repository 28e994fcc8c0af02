import { Agent } from 'node:https';
import type { LocatedProvider } from '../../../lib';
import { PROVIDER_KEY } from '../../support/canary';
import { makeCertificate } from '../../support/certificates';
import { download } from '../../support/download';
import { type Gateway, type GatewayOptions, startGateway } from '../../support/gateway';
import { answer, type RawProvider, type RawProviderOptions, startRawProvider } from '../../support/raw-provider';

const certificate = makeCertificate();

/** Serves `/content` and sends every other path to `location`. */
function redirecting(location: string | undefined, options?: RawProviderOptions, status = 302): Promise<RawProvider> {
  return startRawProvider(({ send, head }) => {
    if (head.startsWith('GET /content')) return send(answer('hello'));
    const headers = location === undefined ? [] : [`Location: ${location}`];
    return send(answer('elsewhere', headers, `${status} Found`));
  }, options);
}

function providerAt(origin: string, redirects: LocatedProvider['redirects']): LocatedProvider {
  return {
    name: 'store',
    streaming: true,
    ...(redirects && { redirects }),
    locate: () => ({
      url: `${origin}/start`,
      headers: { authorization: `Bearer ${PROVIDER_KEY}`, 'X-Api-Key': PROVIDER_KEY },
    }),
  };
}

function start(provider: LocatedProvider, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  return startGateway({
    resolveProvider: () => provider,
    agents: { https: new Agent({ ca: certificate.cert, keepAlive: true }) },
    ...options,
  });
}

async function expectRefused(app: Gateway, upstreamStatus = 302): Promise<void> {
  const { status, headers, body } = await download(`${app.origin}/v1/files/file-1/content`);
  expect(status).toBe(502);
  expect(headers.location).toBeUndefined();
  expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'provider_invalid_response' } });
  expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_invalid', upstreamStatus }]);
}

describe('T6: a redirect', () => {
  it.each([301, 302, 303, 307, 308, 300, 305])(
    'of status %i is refused where the contract has none',
    async (status) => {
      await using target = await startRawProvider(({ send }) => send(answer('hello')));
      await using provider = await redirecting(`${target.origin}/content`, {}, status);
      await using app = await start(providerAt(provider.origin, undefined));
      await expectRefused(app, status);
      expect(target.connections).toHaveLength(0);
    },
  );

  it('within an origin keeps the credential', async () => {
    await using provider = await redirecting('/content');
    await using app = await start(providerAt(provider.origin, 'follow'));
    expect((await download(`${app.origin}/v1/files/file-1/content`)).body.toString()).toBe('hello');
    expect(provider.requests).toHaveLength(2);
    expect(provider.requests[1]).toContain(PROVIDER_KEY);
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'completed', attempts: 2 }]);
  });

  it('to another origin takes nothing of the provider’s with it, and the client’s range', async () => {
    await using target = await startRawProvider(({ send }) => send(answer('hello')), { tls: certificate });
    await using provider = await redirecting(`${target.origin}/content?sig=s1gnature`, { tls: certificate });
    await using app = await start(providerAt(provider.origin, 'follow'));
    const { body } = await download(`${app.origin}/v1/files/file-1/content`, { headers: { range: 'bytes=0-' } });
    expect(body.toString()).toBe('hello');
    expect(target.requests[0]).not.toContain(PROVIDER_KEY);
    expect(target.requests[0]?.toLowerCase()).toContain('range: bytes=0-');
    expect(target.requests[0]).toContain(`host: 127.0.0.1:${target.port}`);
  });

  it.each([
    ['to another scheme than https', 'http://127.0.0.1:9/content'],
    ['with a user name', 'https://user:pass@127.0.0.1:9/content'],
    ['to what is no URL', 'http://[/'],
    ['to a file', 'file:///etc/passwd'],
    ['to nowhere', undefined],
  ])('%s is refused', async (_where, location) => {
    await using provider = await redirecting(location);
    await using app = await start(providerAt(provider.origin, 'follow'));
    await expectRefused(app);
  });

  it('to an origin that is not allowed is refused', async () => {
    await using target = await startRawProvider(({ send }) => send(answer('hello')), { tls: certificate });
    await using provider = await redirecting(`${target.origin}/content`);
    await using app = await start(providerAt(provider.origin, 'follow'), { allowedOrigins: [provider.origin] });
    await expectRefused(app);
    expect(target.connections).toHaveLength(0);
  });

  it('is done with once it is followed: its connection is not kept for the rest of the transfer', async () => {
    let finish: () => void = () => undefined;
    await using provider = await startRawProvider(({ send, head }) => {
      if (!head.startsWith('GET /content'))
        return send(answer('x'.repeat(200_000), ['Location: /content'], '302 Found'));
      finish = () => void send(answer('hello'));
      return undefined;
    });
    await using app = await start(providerAt(provider.origin, 'follow'));
    const downloaded = download(`${app.origin}/v1/files/file-1/content`);
    await provider.requestsReceived(2);
    await provider.connections[0]?.closed;
    finish();
    expect((await downloaded).body.toString()).toBe('hello');
  });

  it('is followed three times and no more', async () => {
    await using provider = await redirecting('/again');
    await using app = await start(providerAt(provider.origin, 'follow'));
    await expectRefused(app);
    expect(provider.requests).toHaveLength(4);
  });
});
