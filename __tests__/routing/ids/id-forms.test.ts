import { encodeUnifiedFileId, fileIdCodec, type ManagedFileId, registryResolver } from '../../../lib';
import { modelId, outcome, provider, resolve } from '../../support/resolving';

const azure = provider('azure');
const providers = { openai: provider('openai'), azure };
const models = { m: { provider: 'azure' } };
const unified = {
  mimeType: 'application/jsonl',
  unifiedId: 'c4843482-b176-4901-8292-7523fd0f2c6e',
  targetModelNames: ['m'],
  outputFileId: 'file-abc123',
  outputFileModelId: 'deployment-1',
};
const managedId = encodeUnifiedFileId(unified);

function noRecord(): undefined {}

describe('a managed file', () => {
  test("is where the gateway's records say", async () => {
    const asked: ManagedFileId[] = [];
    const resolver = registryResolver({
      providers,
      managedFiles: {
        lookup: async (id) => {
          asked.push(id);
          return { provider: 'azure', fileId: 's3://the-gateway/knows', tenant: 'acme' };
        },
      },
    });
    const resolution = await resolve(resolver, { fileId: managedId, query: { model: 'm', provider: 'openai' } });
    expect(resolution).toEqual({ provider: azure, fileId: 's3://the-gateway/knows', tenant: 'acme' });
    expect(asked).toEqual([{ ...unified, id: managedId, text: Buffer.from(managedId, 'base64url').toString() }]);
  });

  test('may be held by a provider that is not registered', async () => {
    const store = provider('azure_storage');
    const resolver = registryResolver({
      providers,
      managedFiles: { lookup: () => ({ provider: store, fileId: 'blob' }) },
    });
    expect((await resolve(resolver, { fileId: managedId })).provider).toBe(store);
  });

  test.each([
    ['without a record', { managedFiles: { lookup: noRecord } }],
    ['without records at all', {}],
    [
      'of another tenant',
      { managedFiles: { lookup: () => ({ provider: 'azure', fileId: 'f', tenant: 'a' }) }, tenant: () => 'b' },
    ],
  ])('%s is a 404', async (_what, options) => {
    expect(await outcome(registryResolver({ providers, ...options }), { fileId: managedId })).toEqual({
      status: 404,
      code: 'file_not_found',
      message: 'No such file.',
    });
  });

  test.each<[string, object, object, number]>([
    ['that names no tenant is a 404 for every tenant', {}, {}, 404],
    ['that names no tenant is a 404 for a caller without one', {}, { tenant: () => undefined }, 404],
    ['that names no tenant is served where that is allowed', {}, { allowIdsWithoutTenant: true }, 200],
    ['of the caller’s tenant is served', { tenant: 'a' }, {}, 200],
    ['of a tenant is a 404 for a caller without one', { tenant: 'a' }, { tenant: () => undefined }, 404],
    ['of a tenant in other letter case is a 404', { tenant: 'A' }, {}, 404],
  ])('%s', async (_what, members, options, status) => {
    const resolver = registryResolver({
      providers,
      managedFiles: { lookup: () => ({ provider: 'azure', fileId: 'f', ...members }) },
      tenant: () => 'a',
      ...options,
    });
    expect(await outcome(resolver, { fileId: managedId })).toMatchObject({ status });
  });

  test.each([
    ['tennant', /unknown member "tennant"\. Did you mean `tenant`\? See /],
    ['tenantId', /unknown member "tenantId"\. Did you mean `tenant`\? See /],
    ['Account', /unknown member "Account"\. Did you mean `account`\? See /],
  ])('with %s is the gateway’s mistake, and other columns are not', async (member, message) => {
    const record = { provider: 'azure', fileId: 'f', createdAt: 1, [member]: 'a' };
    const resolver = registryResolver({ providers, managedFiles: { lookup: () => record } });
    await expect(resolve(resolver, { fileId: managedId })).rejects.toThrow(message);
  });

  test('may be an instance of a class with accessors', async () => {
    class Row {
      get provider(): string {
        return 'azure';
      }
      get fileId(): string {
        return 'f';
      }
      get tenant(): string {
        return 'a';
      }
    }
    const options = { providers, managedFiles: { lookup: () => new Row() }, tenant: () => 'a' };
    expect(await resolve(registryResolver(options), { fileId: managedId })).toMatchObject({ fileId: 'f', tenant: 'a' });
  });

  test.each([
    [{ provider: 'nobody', fileId: 'f' }, 'must name a registered provider, got "nobody"'],
    [{ provider: 'constructor', fileId: 'f' }, 'must name a registered provider, got "constructor"'],
    [{ provider: { name: 'x' }, fileId: 'f' }, 'must name a registered provider, got an object with name'],
    [{ provider: 'azure' }, 'must return { provider, fileId } or undefined'],
    ['azure', 'must return { provider, fileId } or undefined'],
  ])("whose record is %p is the gateway's mistake", async (record, message) => {
    const resolver = Reflect.apply(registryResolver, undefined, [
      { providers, managedFiles: { lookup: () => record } },
    ]);
    await expect(resolve(resolver, { fileId: managedId })).rejects.toThrow(message);
  });
});

describe('a signed id', () => {
  const fileIds = fileIdCodec({ keys: [Buffer.alloc(32, 1)] });
  const foreign = fileIdCodec({ keys: [Buffer.alloc(32, 2)] });
  const resolver = registryResolver({
    providers: { ...providers, keyed: ({ account }) => provider(`keyed-${account}`) },
    models,
    fileIds,
  });
  const forms = { plain: 'file-abc', model: modelId('file-abc', 'm'), managed: managedId };

  test('leads to its provider with its own id, whatever the request says', async () => {
    const fileId = fileIds.encode({ provider: 'azure', fileId: 'gs://bucket/object' });
    const asked = { fileId, query: { model: 'm', provider: 'openai' }, headers: { 'custom-llm-provider': 'openai' } };
    expect(await resolve(resolver, asked)).toEqual({ provider: azure, fileId: 'gs://bucket/object' });
  });

  test('leads to its account', async () => {
    const resolution = await resolve(resolver, {
      fileId: fileIds.encode({ provider: 'keyed', account: 'eu', fileId: 'f' }),
    });
    expect(resolution).toMatchObject({ provider: { name: 'keyed-eu' }, fileId: 'f', context: { account: 'eu' } });
  });

  test('that is forged or foreign is the 404 of a missing file', async () => {
    const own = fileIds.encode({ provider: 'azure', fileId: 'f' });
    for (const fileId of [
      foreign.encode({ provider: 'azure', fileId: 'f' }),
      `${own.slice(0, -1)}_`,
      'file-fc1_',
      'file-fc1_AAAA',
    ]) {
      expect(await outcome(resolver, { fileId })).toEqual({
        status: 404,
        code: 'file_not_found',
        message: 'No such file.',
      });
    }
  });

  test.each(Object.entries(forms))('is the only form where it is used: a %s id is a 404', async (_form, fileId) => {
    expect(await outcome(resolver, { fileId })).toMatchObject({ status: 404, code: 'file_not_found' });
  });

  test('and older forms are accepted together during a migration, where a forged one is still a 404', async () => {
    const migrating = registryResolver({ providers, models, fileIds, acceptedIds: ['signed', 'plain', 'model'] });
    expect((await resolve(migrating, { fileId: forms.plain })).provider).toBe(providers.openai);
    expect((await resolve(migrating, { fileId: forms.model })).provider).toBe(azure);
    const forged = foreign.encode({ provider: 'azure', fileId: 'f' });
    expect(await outcome(migrating, { fileId: forged })).toMatchObject({ status: 404, code: 'file_not_found' });
  });

  test("that names an account of a provider without any, or a removed provider, is the gateway's mistake", async () => {
    const accountless = fileIds.encode({ provider: 'azure', account: 'eu', fileId: 'f' });
    await expect(resolve(resolver, { fileId: accountless })).rejects.toThrow('"providers.azure" must be a function');
    const gone = fileIds.encode({ provider: 'gone', fileId: 'f' });
    await expect(resolve(resolver, { fileId: gone })).rejects.toThrow('"gone", which is not in "providers"');
  });
});

describe('a policy', () => {
  const lookup = () => ({ provider: 'azure', fileId: 'f' });

  test('that demands managed ids refuses the others and asks no provider', async () => {
    let asked = 0;
    const count = () => {
      asked += 1;
      return true;
    };
    const openai = () => {
      asked += 1;
      return provider('openai');
    };
    const resolver = registryResolver({
      providers: { openai, azure },
      models,
      authorize: count,
      managedFiles: { lookup },
      acceptedIds: ['managed'],
    });
    for (const fileId of ['file-abc', modelId('file-abc', 'm')]) {
      expect(await outcome(resolver, { fileId })).toEqual({
        status: 400,
        code: 'invalid_request',
        message: 'File ids of this form are not accepted here.',
      });
    }
    expect(asked).toBe(0);
    expect((await resolve(resolver, { fileId: managedId })).provider).toBe(azure);
  });

  test('may refuse model-encoded ids alone', async () => {
    const resolver = registryResolver({ providers, models, acceptedIds: ['plain'] });
    expect(await outcome(resolver, { fileId: modelId('file-abc', 'm') })).toMatchObject({ status: 400 });
    expect((await resolve(resolver, { fileId: 'file-abc' })).provider).toBe(providers.openai);
  });
});

describe('the address of an object', () => {
  const uri = 's3://bucket/secret';
  const encoded = (times: number) =>
    Array.from({ length: times }).reduce<string>((text) => encodeURIComponent(text), uri);

  test.each(['s3://bucket/secret', 'gs://bucket/secret', encoded(1), encoded(8), encoded(12)])(
    '%s as an id is a 400',
    async (fileId) => {
      expect(await outcome(registryResolver({ providers }), { fileId })).toMatchObject({
        status: 400,
        code: 'invalid_file_id',
      });
    },
  );

  test.each([
    's3://bucket/secret',
    'gs://bucket/secret',
    encoded(1),
    encoded(8),
    encoded(12),
    '../x',
    'a/../b',
    '.',
    'x\r\ny',
  ])('%p inside a forged model-encoded id is a 400, and the gate is not even asked', async (fileId) => {
    let asked = 0;
    const authorize = () => {
      asked += 1;
      return true;
    };
    const resolver = registryResolver({ providers, models, authorize });
    expect(await outcome(resolver, { fileId: modelId(fileId, 'm') })).toMatchObject({
      status: 400,
      code: 'invalid_file_id',
    });
    expect(asked).toBe(0);
  });

  test("below an allowed prefix is the gate's to decide", async () => {
    const resolver = registryResolver({
      providers,
      models,
      allowedUris: ['s3://batch-output/'],
      authorize: (_req, { fileId }) => fileId === 's3://batch-output/mine/1.jsonl',
    });
    const ask = (fileId: string) => outcome(resolver, { fileId: modelId(fileId, 'm') });
    expect((await ask('s3://batch-output/mine/1.jsonl')).code).toBe('resolved');
    expect((await ask('s3://batch-output/yours/1.jsonl')).status).toBe(404);
    expect((await ask('s3://batch-output/mine/../yours/1.jsonl')).status).toBe(400);
    expect((await ask('s3://other/mine/1.jsonl')).status).toBe(400);
    expect((await outcome(resolver, { fileId: 's3://batch-output/mine/1.jsonl' })).code).toBe('resolved');
    expect((await outcome(resolver, { fileId: 's3://other/mine/1.jsonl' })).status).toBe(400);
  });
});
