import {
  anthropicAWS,
  anthropicFoundry,
  anthropicVertex,
  createFileContent,
  isFileContentError,
  type LocatedProvider,
} from '../../lib';
import { fakeProvider } from '../../lib/testing/index';
import { PROVIDER_TABLE } from '../support/provider-table';

const KEY = 'key-of-the-gateway';
const CONTENT = Buffer.from('0123456789');

/** A name, the provider for an origin and a key, and the id of a file of it. */
type Row = readonly [name: string, make: (origin: string, key: string) => LocatedProvider, fileId: string];

const presets: readonly Row[] = PROVIDER_TABLE
  // These two are builders of custom providers.
  .filter(({ name }) => name !== 'minimax' && name !== 'llama_cloud')
  .flatMap(({ name, make, ordinary, awkward }) => [ordinary, awkward].map(([fileId]): Row => [name, make, fileId]));

const anthropicSiblings: readonly Row[] = [
  ['anthropic_foundry', (origin, apiKey) => anthropicFoundry({ baseURL: `${origin}/anthropic`, apiKey }), 'file_1'],
  [
    'anthropic_aws',
    (baseURL, apiKey) => anthropicAWS({ region: 'us-east-1', workspaceId: 'wrkspc_1', baseURL, apiKey }),
    'file_1',
  ],
  ['anthropic_vertex', (baseURL, accessToken) => anthropicVertex({ baseURL: `${baseURL}/v1`, accessToken }), 'file_1'],
];

describe.each([...presets, ...anthropicSiblings])('fakeProvider for %s', (_name, make, fileId) => {
  test(`serves ${fileId} by the id that the gateway requests, whole and in part`, async () => {
    await using upstream = await fakeProvider({ apiKey: KEY, files: { [fileId]: CONTENT } });
    const files = createFileContent({});
    const provider = make(upstream.origin, KEY);
    const whole = await files.open({ provider, fileId });
    expect(Buffer.concat(await whole.body.toArray())).toEqual(CONTENT);
    const part = await files.open({ provider, fileId, range: { start: 2, end: 4 } });
    expect([part.status, Buffer.concat(await part.body.toArray()).toString()]).toEqual([206, '234']);
    await files.close();
  });

  test(`rejects a wrong key for ${fileId}, and knows no other file`, async () => {
    await using upstream = await fakeProvider({ apiKey: KEY, files: { 'file-other': CONTENT } });
    const files = createFileContent({});
    const codeOf = async (key: string): Promise<string> => {
      const opened = files.open({ provider: make(upstream.origin, key), fileId });
      const error: unknown = await opened.catch((reason: unknown) => reason);
      return isFileContentError(error) ? error.code : String(error);
    };
    expect(await codeOf('another-key')).toBe('provider_auth_failed');
    expect(await codeOf(KEY)).toBe('file_not_found');
    await files.close();
  });
});

test('a path that cannot be decoded gets a 404 like any other', async () => {
  await using provider = await fakeProvider({ files: { 'file-1': 'a' } });
  for (const path of ['/v1/files/%/content', '//', '/v1/files/%ff/content', '/a/%']) {
    expect((await fetch(provider.origin + path)).status).toBe(404);
  }
  expect(provider.requests.map(({ fileId }) => fileId)).toEqual([undefined, undefined, undefined, undefined]);
});
