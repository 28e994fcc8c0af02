import { FileContentError, fireworks, openaiCompatible } from '../../lib';
import { startGateway } from '../support/gateway';
import { serve } from '../support/local-server';

/** `error.param` of what the client gets. */
async function paramOf(url: string): Promise<unknown> {
  const response = await fetch(url);
  const { error } = (await response.json()) as { error: { param: unknown } };
  return error.param;
}

describe('the param of an error', () => {
  it.each([
    ['/v1/files/%2e%2e%2f/content', 'file_id'],
    ['/v1/files/a%20b/content', 'file_id'],
    ['/v1/videos/a%20b/content', 'file_id'],
    ['/v1/skills/a%20b/content', 'file_id'],
    ['/v1/containers/c/files/a%20b/content', 'file_id'],
    ['/v1/containers/a%20b/files/f/content', 'container_id'],
    ['/v1/skills/s/versions/a%20b/content', 'version'],
  ])('of %s is %s', async (path, param) => {
    await using gateway = await startGateway({ resources: ['files', 'containers', 'videos', 'skills'] });
    expect(await paramOf(gateway.origin + path)).toBe(param);
  });

  it.each([
    [404, '', 'file_id'],
    [400, '{"error":{"message":"m","param":"purpose"}}', 'purpose'],
    [400, '{"error":{"message":"m"}}', null],
    [401, '{"error":{"message":"m","param":"file_id"}}', null],
    [416, '', null],
    [429, '', null],
    [500, '', null],
  ])('of a provider’s %i with the body %j is %j', async (status, body, param) => {
    await using upstream = await serve((_req, res) => res.writeHead(status).end(body));
    await using gateway = await startGateway({ upstream: upstream.origin });
    expect(await paramOf(`${gateway.origin}/v1/files/f/content`)).toBe(param);
  });

  it.each([
    ['an id that the provider cannot write into a URL', { fileId: '..' }],
    ['an id that is no dataset', { provider: fireworks({ apiKey: 'k' }) }],
    ['a kind of content that the provider has not', { provider: fireworks({ apiKey: 'k', account: 'a' }) }],
  ])('names the id for %s', async (_what, resolution) => {
    const provider = openaiCompatible({ name: 'x', baseURL: 'http://127.0.0.1:9' });
    await using gateway = await startGateway({
      resources: ['files', 'videos'],
      resolveProvider: () => ({ provider, ...resolution }),
    });
    const kind = _what.startsWith('a kind') ? 'videos' : 'files';
    expect(await paramOf(`${gateway.origin}/v1/${kind}/f/content`)).toBe('file_id');
  });

  it('is null for what the gateway’s own code throws, unless it says otherwise', async () => {
    for (const [body, param] of [
      [{}, null],
      [{ param: 'tenant' }, 'tenant'],
    ] as const) {
      await using gateway = await startGateway({
        resolveProvider: () => {
          throw new FileContentError('rate_limited', 'm', { body });
        },
      });
      expect(await paramOf(`${gateway.origin}/v1/files/f/content`)).toBe(param);
    }
  });
});
