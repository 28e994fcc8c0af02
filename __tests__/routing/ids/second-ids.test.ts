import { encodeUnifiedFileId, fileIdCodec, openai, registryResolver } from '../../../lib';
import { fakeProvider } from '../../../lib/testing';
import { startGateway } from '../../support/gateway';
import { rawRequest } from '../../support/raw-client';
import { outcome, provider, resolve } from '../../support/resolving';

const fileIds = fileIdCodec({ keys: [Buffer.alloc(32, 5)] });
const foreign = fileIdCodec({ keys: [Buffer.alloc(32, 6)] });
const providers = {
  openai: provider('openai'),
  azure: provider('azure'),
  keyed: ({ account }: { account?: string | undefined }) => provider(`keyed-${account}`),
};
const NOT_FOUND = { status: 404, code: 'file_not_found' };

function seal(fileId: string, more: object = {}): string {
  return fileIds.encode({ provider: 'azure', fileId, ...more });
}

describe('a container with an id of the gateway’s own', () => {
  it('leads to its provider, and its native id goes there', async () => {
    const resolver = registryResolver({ providers, fileIds });
    const resolution = await resolve(resolver, { fileId: 'cfile_1', params: { containerId: seal('cntr_1') } });
    expect(resolution).toMatchObject({
      provider: { name: 'azure' },
      fileId: 'cfile_1',
      params: { containerId: 'cntr_1' },
    });
  });

  it('may hold a file with an id of the gateway’s own', async () => {
    const resolver = registryResolver({ providers, fileIds });
    const asked = { fileId: seal('cfile_1'), params: { containerId: seal('cntr_1') } };
    expect(await resolve(resolver, asked)).toMatchObject({ fileId: 'cfile_1', params: { containerId: 'cntr_1' } });
  });

  it('is decoded for authorize', async () => {
    const seen: unknown[] = [];
    const authorize = (_req: unknown, access: unknown) => seen.push(access) > 0;
    await resolve(registryResolver({ providers, fileIds, authorize }), {
      fileId: 'cfile_1',
      params: { containerId: seal('cntr_1') },
    });
    expect(seen).toMatchObject([{ provider: 'azure', fileId: 'cfile_1', params: { containerId: 'cntr_1' } }]);
  });

  it.each<[string, { fileId: string; container: string }]>([
    ['is forged', { fileId: 'f', container: foreign.encode({ provider: 'azure', fileId: 'c' }) }],
    ['was truncated', { fileId: 'f', container: seal('c').slice(0, -2) }],
    ['is of another provider than the file', { fileId: seal('f', { provider: 'openai' }), container: seal('c') }],
    [
      'is of another account than the file',
      {
        fileId: seal('f', { provider: 'keyed', account: 'a' }),
        container: seal('c', { provider: 'keyed', account: 'b' }),
      },
    ],
    [
      'is of another tenant than the file',
      { fileId: seal('f', { tenant: 'a' }), container: seal('c', { tenant: 'b' }) },
    ],
    [
      'is a managed one without a record',
      {
        fileId: 'f',
        container: encodeUnifiedFileId({
          mimeType: 'container',
          unifiedId: 'u',
          targetModelNames: [],
          outputFileId: 'c',
          outputFileModelId: 'm',
        }),
      },
    ],
  ])('is not found where it %s', async (_what, { fileId, container }) => {
    const resolver = registryResolver({ providers, fileIds, acceptedIds: ['signed', 'plain'] });
    expect(await outcome(resolver, { fileId, params: { containerId: container } })).toMatchObject(NOT_FOUND);
  });

  it.each<[string, object, number]>([
    ['the caller’s tenant', { tenant: 'acme' }, 200],
    ['another tenant', { tenant: 'other' }, 404],
    ['no tenant', {}, 404],
  ])('of %s', async (_what, more, status) => {
    const resolver = registryResolver({ providers, fileIds, tenant: () => 'acme' });
    const asked = { fileId: 'cfile_1', params: { containerId: seal('cntr_1', more) } };
    expect(await outcome(resolver, asked)).toMatchObject({ status });
  });

  it('does not give its tenant to a file that has none', async () => {
    const resolver = registryResolver({ providers, fileIds, tenant: () => 'acme' });
    const asked = { fileId: seal('f', { tenant: 'acme' }), params: { containerId: seal('c', { tenant: 'other' }) } };
    expect(await outcome(resolver, asked)).toMatchObject(NOT_FOUND);
  });

  it('is left as it is where it is the provider’s own', async () => {
    const resolution = await resolve(registryResolver({ providers }), {
      fileId: 'cfile_1',
      params: { containerId: 'cntr_1' },
    });
    expect(resolution).toEqual({ provider: providers.openai, fileId: 'cfile_1' });
  });
});

it('a version of a skill may have an id of the gateway’s own', async () => {
  const asked = { fileId: seal('skill_1'), params: { version: seal('2') } };
  const resolution = await resolve(registryResolver({ providers, fileIds }), asked);
  expect(resolution).toMatchObject({ provider: { name: 'azure' }, fileId: 'skill_1', params: { version: '2' } });
});

it('the provider gets the native ids of every part of the route', async () => {
  await using upstream = await fakeProvider({ respond: (_req, res) => res.end('content') });
  await using app = await startGateway({
    resolveProvider: registryResolver({
      providers: { azure: openai({ name: 'azure', apiKey: 'key', baseURL: upstream.baseURL }) },
      fileIds,
    }),
    resources: ['containers', 'skills'],
  });
  for (const target of [
    `/v1/containers/${seal('cntr_1')}/files/cfile_1/content`,
    `/v1/containers/${seal('same')}/files/${seal('same')}/content`,
    `/v1/skills/${seal('skill_1')}/versions/${seal('2')}/content`,
  ]) {
    const { response } = await rawRequest(app.port, { path: target });
    expect([target, response.status]).toEqual([target, 200]);
  }
  expect(upstream.requests.map(({ url }) => url)).toEqual([
    '/v1/containers/cntr_1/files/cfile_1/content',
    '/v1/containers/same/files/same/content',
    '/v1/skills/skill_1/versions/2/content',
  ]);
});
