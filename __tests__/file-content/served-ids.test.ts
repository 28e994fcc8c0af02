import {
  azureStorage,
  bedrock,
  bufferedProvider,
  createFileContent,
  fireworks,
  gcs,
  gemini,
  httpProvider,
  openaiCompatible,
  type Provider,
  s3,
  type TransferRecord,
  vertexAI,
} from '../../lib/index';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { download } from '../support/download';
import { serve } from '../support/local-server';
import { PROVIDER_TABLE } from '../support/provider-table';

/** Serves one file, whatever its id is, from a provider that has every file. */
async function serveId(make: (origin: string) => Provider, fileId: string) {
  await using upstream: FakeProvider = await fakeProvider({
    respond(req, res) {
      const isFirstHop = req.url?.endsWith(':getDownloadEndpoint');
      res.end(isFirstHop ? JSON.stringify({ filenameToSignedUrls: { 'o.txt': `${upstream.origin}/signed` } }) : 'held');
    },
  });
  const files = createFileContent({});
  const provider = make(upstream.origin);
  const records: Promise<TransferRecord>[] = [];
  await using server = await serve((req, res) => void records.push(files.serve(req, res, { provider, fileId })));
  const { status, body } = await download(`${server.origin}/download`);
  await files.close();
  return { status, body: body.toString(), asked: upstream.requests[0]?.url, record: await records[0] };
}

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const region = 'eu-central-1';

const PROVIDERS = {
  openaiCompatible: (origin) => openaiCompatible({ name: 'o', baseURL: `${origin}/v1` }),
  gemini: (baseURL) => gemini({ apiKey: 'k', baseURL }),
  fireworks: (baseURL) => fireworks({ apiKey: 'k', baseURL, account: 'acme' }),
  inQuery: (baseURL) => httpProvider({ name: 'q', baseURL, paths: { files: 'content?id={fileId}' } }),
  gcs: (baseURL) => gcs({ accessToken: 't', baseURL, bucket: 'b' }),
  vertexAI: (baseURL) => vertexAI({ accessToken: 't', baseURL }),
  s3: (baseURL) => s3({ region, baseURL, credentials, bucket: 'b' }),
  bedrock: (baseURL) => bedrock({ region, baseURL, credentials }),
  azureStorage: (baseURL) => azureStorage({ token: 't', baseURL, container: 'b' }),
} satisfies Record<string, (origin: string) => Provider>;

type Row = readonly [id: string, asked: Partial<Record<keyof typeof PROVIDERS, string>>];

/** The form of an id, and the URL that each provider is asked for. */
const FORMS: Readonly<Record<string, Row>> = {
  'a nanoid that begins with _': [
    '_x-1',
    {
      openaiCompatible: '/v1/files/_x-1/content',
      gemini: '/v1/files/_x-1:download?alt=media',
      fireworks: '/v1/accounts/acme/datasets/_x-1:getDownloadEndpoint',
      inQuery: '/content?id=_x-1',
      gcs: '/storage/v1/b/b/o/_x-1?alt=media',
      s3: '/b/_x-1',
      azureStorage: '/b/_x-1',
    },
  ],
  'a nanoid that begins with -': [
    '-x_1',
    {
      openaiCompatible: '/v1/files/-x_1/content',
      gemini: '/v1/files/-x_1:download?alt=media',
      fireworks: '/v1/accounts/acme/datasets/-x_1:getDownloadEndpoint',
      inQuery: '/content?id=-x_1',
      gcs: '/storage/v1/b/b/o/-x_1?alt=media',
      s3: '/b/-x_1',
      azureStorage: '/b/-x_1',
    },
  ],
  'a name with its collection': [
    'files/abc',
    {
      openaiCompatible: '/v1/files/files%2Fabc/content',
      gemini: '/v1/files/abc:download?alt=media',
      inQuery: '/content?id=files%2Fabc',
      gcs: '/storage/v1/b/b/o/files%2Fabc?alt=media',
      s3: '/b/files/abc',
      azureStorage: '/b/files/abc',
    },
  ],
  'a key with slashes, spaces and letters of any script': [
    'a b/ü (1)/c.txt',
    {
      openaiCompatible: '/v1/files/a%20b%2F%C3%BC%20(1)%2Fc.txt/content',
      inQuery: '/content?id=a%20b%2F%C3%BC%20(1)%2Fc.txt',
      gcs: '/storage/v1/b/b/o/a%20b%2F%C3%BC%20%281%29%2Fc.txt?alt=media',
      s3: '/b/a%20b/%C3%BC%20%281%29/c.txt',
      azureStorage: '/b/a%20b/%C3%BC%20%281%29/c.txt',
    },
  ],
  'a key that begins with a slash, has an empty segment and ends with one': [
    '/a//b/',
    { gcs: '/storage/v1/b/b/o/%2Fa%2F%2Fb%2F?alt=media', s3: '/b//a//b/', azureStorage: '/b//a//b/' },
  ],
  'an id that looks encoded': [
    '%2e%2e%2Fa',
    {
      openaiCompatible: '/v1/files/%252e%252e%252Fa/content',
      inQuery: '/content?id=%252e%252e%252Fa',
      gcs: '/storage/v1/b/b/o/%252e%252e%252Fa?alt=media',
      s3: '/b/%252e%252e%252Fa',
      azureStorage: '/b/%252e%252e%252Fa',
    },
  ],
  'an id with the separators of a URL': [
    'a?b#c&d=e;f@g:h',
    {
      openaiCompatible: '/v1/files/a%3Fb%23c%26d%3De%3Bf%40g%3Ah/content',
      inQuery: '/content?id=a%3Fb%23c%26d%3De%3Bf%40g%3Ah',
      gcs: '/storage/v1/b/b/o/a%3Fb%23c%26d%3De%3Bf%40g%3Ah?alt=media',
      s3: '/b/a%3Fb%23c%26d%3De%3Bf%40g%3Ah',
      azureStorage: '/b/a%3Fb%23c%26d%3De%3Bf%40g%3Ah',
    },
  ],
  'an address of Google’s storage': [
    'gs://b/job/o.txt',
    { vertexAI: '/storage/v1/b/b/o/job%2Fo.txt?alt=media', gcs: '/storage/v1/b/b/o/job%2Fo.txt?alt=media' },
  ],
  'an address of S3': ['s3://b/job/o.txt', { bedrock: '/b/job/o.txt', s3: '/b/job/o.txt' }],
  'a resource name of Fireworks': [
    'accounts/acme/datasets/out/o.txt',
    { fireworks: '/v1/accounts/acme/datasets/out:getDownloadEndpoint' },
  ],
};

describe.each(Object.entries(FORMS))('serve takes %s', (_form, [id, targets]) => {
  it.each(Object.entries(targets))('for %s', async (name, target) => {
    const result = await serveId(PROVIDERS[name as keyof typeof PROVIDERS], id);
    expect(result).toMatchObject({ status: 200, body: 'held', asked: target, record: { fileId: id } });
  });

  it('for a function', async () => {
    const given: string[] = [];
    const fetchContent = ({ fileId }: { fileId: string }) => {
      given.push(fileId);
      return { body: Buffer.from('held') };
    };
    const result = await serveId(() => bufferedProvider({ name: 'own', fetchContent }), id);
    expect(result).toMatchObject({ status: 200, body: 'held' });
    expect(given).toEqual([id]);
  });
});

const IMPOSSIBLE = ['.', '..', 'a\ud800'];

describe.each(PROVIDER_TABLE.map((row) => [row.name, row.make] as const))(
  'serve asks %s for nothing',
  (_name, make) => {
    it.each(IMPOSSIBLE)('where the id is %j', async (id) => {
      const { status, asked, record } = await serveId((origin) => make(origin, 'secret'), id);
      expect([status, asked]).toEqual([400, undefined]);
      expect(record).toMatchObject({ outcome: 'rejected', error: { code: 'invalid_file_id' } });
    });
  },
);

describe.each(['../a', 'a/../../b', 'a/..', 'a\\..\\b', 'a/./b'])('the id %j, which climbs', (id) => {
  it.each(['gcs', 'vertexAI', 's3', 'bedrock', 'azureStorage'] as const)('is no key of %s', async (name) => {
    expect(await serveId(PROVIDERS[name], id)).toMatchObject({ status: 400, asked: undefined });
  });

  it('is one encoded segment elsewhere', async () => {
    const { status, asked } = await serveId(PROVIDERS.openaiCompatible, id);
    expect([status, asked]).toEqual([200, `/v1/files/${encodeURIComponent(id)}/content`]);
  });
});
