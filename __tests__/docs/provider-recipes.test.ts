import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpProvider, type Provider, signedUrlProvider } from '../../lib/index';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const guide = readFileSync(join(__dirname, '../../docs/providers.md'), 'utf8');
const [, recipes = ''] = /^```ts\nimport \{ httpProvider, signedUrlProvider \} [^\n]*\n(.*?)^```$/ms.exec(guide) ?? [];
const NAMES = [...recipes.matchAll(/^const (\w+) = /gm)].map(([, name]) => name ?? '');

/** Runs the recipes as they stand in the document, against another host. */
function recipesFor(origin: string): Record<string, Provider> {
  const code = recipes.replaceAll(/https:\/\/[\w.-]+/g, origin);
  const run = Function('httpProvider', 'signedUrlProvider', 'readKey', `${code}\nreturn { ${NAMES.join(', ')} };`);
  return run(httpProvider, signedUrlProvider, async () => 'key') as Record<string, Provider>;
}

interface Row {
  readonly asked: string;
  readonly credential: readonly [name: string, value: string];
  /** Where the JSON has the signed URL; absent where the response is the file. */
  readonly member?: string;
}

const bearer = ['authorization', 'Bearer key'] as const;
const ROWS: Readonly<Record<string, Row>> = {
  minimax: { asked: '/v1/files/retrieve_content?file_id=file-1', credential: bearer },
  llamaCloud: { asked: '/api/v1/beta/files/file-1/content', credential: bearer, member: 'url' },
  digitalOcean: { asked: '/v1/files/file-1/content', credential: bearer, member: 'output_file_url' },
  scale: { asked: '/v5/files/file-1/content', credential: ['x-api-key', 'key'] },
};

function startHost(member: string | undefined): Promise<FakeProvider> {
  return fakeProvider({
    respond(req, res) {
      if (member === undefined || req.url === '/store/file?signature=1') return res.end('content');
      const url = `http://${req.headers.host}/store/file?signature=1`;
      return res.setHeader('content-type', 'application/json').end(JSON.stringify({ [member]: url }));
    },
  });
}

it('every recipe is run', () => {
  expect(NAMES).toEqual(Object.keys(ROWS));
});

it.each(Object.entries(ROWS))('the recipe %s serves a file', async (name, { asked, credential, member }) => {
  const host = await startHost(member);
  const provider = recipesFor(new URL(host.baseURL).origin)[name];
  await using gateway = await startGateway({ resolveProvider: () => provider });
  const { response } = await rawRequest(gateway.port);
  expect(response).toMatchObject({ status: 200, complete: true, body: Buffer.from('content') });
  const [first, second] = host.requests;
  expect(first?.url).toBe(asked);
  expect(first?.headers).toMatchObject({ [credential[0]]: credential[1] });
  expect(second?.url).toBe(member === undefined ? undefined : '/store/file?signature=1');
  expect(JSON.stringify(second?.headers ?? {})).not.toContain('key');
  await host.close();
});
