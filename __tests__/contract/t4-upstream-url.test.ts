import { openai, openaiCompatible } from '../../lib/index';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';

describe.each(EXPRESS_MAJORS)(
  'T4: the provider’s URL is its base and one encoded segment for each id (Express %i)',
  (express) => {
    let provider: FakeProvider;

    beforeAll(async () => {
      provider = await startContentProvider();
    });

    afterAll(async () => {
      await provider[Symbol.asyncDispose]();
    });

    beforeEach(() => {
      provider.clear();
    });

    async function status(path: string, resolve?: () => { fileId: string }): Promise<number> {
      const held = openai({ apiKey: 'k', baseURL: `${provider.origin}/base/v1?tenant=7` });
      await using app = await startGateway({
        express,
        resources: ['files', 'containers', 'videos'],
        resolveProvider: () => ({ provider: held, ...resolve?.() }),
      });
      using client = await connectRaw(app.port);
      client.send(requestBytes({ path }));
      const { response } = await client.result();
      expect(response.headers.get('content-type')?.[0]).toMatch(/^application\/(json|octet-stream)/);
      return response.status;
    }

    it.each([
      ['/v1/files/file-1/content', '/base/v1/files/file-1/content?tenant=7'],
      ['/v1/files/file%2D1/content', '/base/v1/files/file-1/content?tenant=7'],
      ['/v1/files/a:b=c~d/content', '/base/v1/files/a%3Ab%3Dc~d/content?tenant=7'],
      ['/v1/files/file-1/content/', '/base/v1/files/file-1/content?tenant=7'],
      ['/v1/containers/c-1/files/f-1/content', '/base/v1/containers/c-1/files/f-1/content?tenant=7'],
      ['/v1/files/file-1/content?x=1&key=2', '/base/v1/files/file-1/content?tenant=7'],
      ['/v1/videos/v-1/content?variant=thumbnail&x=1', '/base/v1/videos/v-1/content?tenant=7&variant=thumbnail'],
      ['/v1/videos/v-1/content?tenant=8', '/base/v1/videos/v-1/content?tenant=7'],
      ['http://evil.test/v1/files/file-1/content', '/base/v1/files/file-1/content?tenant=7'],
    ])('%s', async (path, target) => {
      expect(await status(path)).toBe(200);
      expect(provider.requests.map((request) => request.url)).toEqual([target]);
    });

    it.each([
      '/v1/files/./content',
      '/v1/files/../content',
      '/v1/files/%2e/content',
      '/v1/files/%2e%2e/content',
      '/v1/files/.%2e/content',
      '/v1/files/%252e%252e/content',
      '/v1/files/a%2fb/content',
      '/v1/files/a%5cb/content',
      '/v1/files/a%00/content',
      '/v1/files/a%0d%0aX-Evil:%201/content',
      '/v1/files/a%3fb/content',
      '/v1/files/a%23b/content',
      '/v1/files/a@evil.test/content',
      '/v1/files//content',
      '/v1/files/%c0%ae%c0%ae/content',
      '/v1/files/%/content',
      '/v1/files/__proto__/content',
      '/v1/containers/%2e%2e/files/f-1/content',
      `/v1/files/${'x'.repeat(3_000)}/content`,
    ])('%.60s is refused', async (path) => {
      expect(await status(path)).toBe(400);
      expect(provider.requests).toEqual([]);
    });

    it.each(['..', '.', 'a/../../admin', 'a?b#c', 'ä b', 'a%2fb'])(
      'an id of the resolver’s is one segment, too: %s',
      async (fileId) => {
        const code = await status('/v1/files/file-1/content', () => ({ fileId }));
        const isDots = /^\.+$/.test(fileId);
        expect(code).toBe(isDots ? 400 : 200);
        expect(provider.requests.map((request) => request.url)).toEqual(
          isDots ? [] : [`/base/v1/files/${encodeURIComponent(fileId)}/content?tenant=7`],
        );
      },
    );

    it.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', '/relative', 'not a url', 'http://user:pass@127.0.0.1/x', ''])(
      'a provider may not locate content at %j',
      async (url) => {
        await using app = await startGateway({
          express,
          resolveProvider: () => ({ name: 'odd', streaming: true, locate: () => ({ url }) }),
        });
        const response = await fetch(`${app.origin}/v1/files/file-1/content`);
        expect(response.status).toBe(500);
        expect(await response.json()).toMatchObject({ error: { code: 'resolver_failed' } });
        expect(await app.recorded(1)).toMatchObject([{ outcome: 'resolver_failed', provider: 'odd', attempts: 0 }]);
      },
    );

    it('nor outside the allowed origins', async () => {
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      await using app = await startGateway({
        express,
        allowedOrigins: ['https://api.openai.com'],
        resolveProvider: () => held,
      });
      const response = await fetch(`${app.origin}/v1/files/file-1/content`);
      expect(response.status).toBe(500);
      expect(provider.requests).toEqual([]);
      await using open = await startGateway({
        express,
        allowedOrigins: [provider.origin],
        resolveProvider: () => held,
      });
      expect((await fetch(`${open.origin}/v1/files/file-1/content`)).status).toBe(200);
    });
  },
);
