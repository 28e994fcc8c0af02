import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  azureStorage,
  bedrock,
  fireworks,
  gcs,
  gemini,
  openaiCompatible,
  type Provider,
  registryResolver,
  s3,
  vertexAI,
} from '../../lib/index';
import { fakeProvider } from '../../lib/testing/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const region = 'eu-central-1';

/**
 * The rows of the table in docs/providers.md: an id as a client knows it, and the path that the provider is asked for.
 */
const ROWS: readonly (readonly [form: string, id: string, target: string, make: (baseURL: string) => Provider])[] = [
  [
    'openaiCompatible',
    'file-abc123',
    '/v1/files/file-abc123/content',
    (origin) => openaiCompatible({ name: 'o', baseURL: `${origin}/v1` }),
  ],
  [
    'openaiCompatible',
    'folder/file-abc123',
    '/v1/files/folder%2Ffile-abc123/content',
    (origin) => openaiCompatible({ name: 'o', baseURL: `${origin}/v1` }),
  ],
  ['gemini', 'files/abc', '/v1/files/abc:download?alt=media', (baseURL) => gemini({ apiKey: 'k', baseURL })],
  [
    'gemini',
    'https://generativelanguage.googleapis.com/v1beta/files/abc',
    '/v1/files/abc:download?alt=media',
    (baseURL) => gemini({ apiKey: 'k', baseURL }),
  ],
  [
    'vertexAI',
    'gs://results/job/out.jsonl',
    '/storage/v1/b/results/o/job%2Fout.jsonl?alt=media',
    (baseURL) => vertexAI({ accessToken: 't', baseURL }),
  ],
  [
    'bedrock',
    's3://results/job/in.jsonl.out',
    '/results/job/in.jsonl.out',
    (baseURL) => bedrock({ region, baseURL, credentials }),
  ],
  [
    'gcs',
    'job 1/out (ü).jsonl',
    '/storage/v1/b/results/o/job%201%2Fout%20%28%C3%BC%29.jsonl?alt=media',
    (baseURL) => gcs({ accessToken: 't', baseURL, bucket: 'results' }),
  ],
  [
    's3',
    'job 1/out (ü).jsonl',
    '/results/job%201/out%20%28%C3%BC%29.jsonl',
    (baseURL) => s3({ region, baseURL, credentials, bucket: 'results' }),
  ],
  [
    'azureStorage',
    'job 1/out (ü).jsonl',
    '/results/job%201/out%20%28%C3%BC%29.jsonl',
    (baseURL) => azureStorage({ token: 't', baseURL, container: 'results' }),
  ],
  [
    'fireworks',
    'accounts/acme/datasets/out/o.jsonl',
    '/v1/accounts/acme/datasets/out:getDownloadEndpoint',
    (baseURL) => fireworks({ apiKey: 'k', baseURL }),
  ],
];

async function ask(make: (baseURL: string) => Provider, segment: string, idSyntax?: 'strict' | 'path') {
  await using upstream = await fakeProvider({
    respond(req, res) {
      const isFirstHop = req.url?.endsWith(':getDownloadEndpoint');
      const signed = `${upstream.origin}/signed`;
      res.end(isFirstHop ? JSON.stringify({ filenameToSignedUrls: { 'o.jsonl': signed } }) : 'content');
    },
  });
  await using app = await startGateway({ resolveProvider: () => make(upstream.origin), idSyntax });
  const { response } = await rawRequest(app.port, { path: `/v1/files/${segment}/content` });
  const [record] = await app.recorded(1);
  return { status: response.status, body: response.body.toString(), target: upstream.requests[0]?.url, record };
}

describe.each(ROWS)('%s, %s', (_form, id, target, make) => {
  const encoded = encodeURIComponent(id);
  const segments = id.split('/').map(encodeURIComponent).join('/');

  it.each([
    ['one encoded segment', encoded],
    ['slashes as they are', segments],
  ])('is found with "path", written as %s', async (_how, segment) => {
    const result = await ask(make, segment, 'path');
    expect(result).toMatchObject({ status: 200, body: 'content', target, record: { fileId: id } });
  });

  it('is refused by default, unless it is a plain name', async () => {
    const isPlain = /^[\w-]+$/.test(id);
    const result = await ask(make, encoded);
    expect([result.status, result.target]).toEqual(isPlain ? [200, target] : [400, undefined]);
  });

  it('is in the table of the documentation', () => {
    const page = readFileSync(join(__dirname, '../../docs/providers.md'), 'utf8');
    expect(page).toContain(`| \`${_form}\` | \`${id}\` |`);
  });
});

it.each(['gs://results/a.jsonl', 's3://results/a.jsonl'])(
  'registryResolver takes the address %s from a client only below an allowed one',
  async (id) => {
    for (const [allowedUris, status] of [
      [undefined, 400],
      [['gs://results/', 's3://results/'], 200],
      [['gs://other/', 's3://other/'], 400],
    ] as const) {
      await using upstream = await fakeProvider({ respond: (_req, res) => res.end('content') });
      const store = id.startsWith('gs:')
        ? vertexAI({ accessToken: 't', baseURL: upstream.origin })
        : bedrock({ region, baseURL: upstream.origin, credentials });
      await using app = await startGateway({
        resolveProvider: registryResolver({ providers: { store }, defaultProvider: 'store', allowedUris }),
        idSyntax: 'path',
      });
      const { response } = await rawRequest(app.port, { path: `/v1/files/${encodeURIComponent(id)}/content` });
      expect([allowedUris, response.status]).toEqual([allowedUris, status]);
    }
  },
);
