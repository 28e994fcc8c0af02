import { type FileAccess, FileContentError, fileIdCodec, registryResolver } from '../../lib/index';
import { contextOf, modelId, outcome, provider, request, resolve } from '../support/resolving';

const providers = { openai: provider('openai'), azure: provider('azure') };
const models = { 'gpt-4o-eu': { provider: 'azure' } };
const missing = { status: 404, code: 'file_not_found', message: 'No such file.' };

test('authorize is called with the resolved provider and the decoded id', async () => {
  const asked: FileAccess[] = [];
  const resolver = registryResolver({
    providers,
    models,
    authorize: (_req, access) => {
      asked.push(access);
      return true;
    },
  });
  await resolve(resolver, { fileId: 'file-1' });
  await resolve(resolver, { fileId: modelId('file-2', 'gpt-4o-eu'), headers: { 'custom-llm-provider': 'openai' } });
  expect(asked).toEqual([
    { provider: 'openai', model: undefined, fileId: 'file-1' },
    { provider: 'azure', model: 'gpt-4o-eu', fileId: 'file-2' },
  ]);
});

test('the gate sees the request and the route', async () => {
  const req = request({ headers: { authorization: 'Bearer client' } });
  const context = contextOf({});
  const seen: unknown[] = [];
  const resolver = registryResolver({ providers, authorize: (...rest) => seen.push(rest[0], rest[2]) > 0 });
  await resolver(req, context);
  expect(seen).toEqual([req, context]);
});

test('the gate cannot change what it was asked about', async () => {
  const resolver = registryResolver({
    providers,
    authorize: (_req, access) => Reflect.set(access, 'fileId', 'file-other') === false,
  });
  expect((await resolve(resolver, { fileId: 'file-1' })).fileId).toBe('file-1');
});

test('a refusal is what a client reads of a file that does not exist', async () => {
  const refused = registryResolver({ providers, authorize: () => false });
  const absent = registryResolver({ providers: { openai: () => undefined } });
  expect(await outcome(refused, {})).toEqual(missing);
  expect(await outcome(absent, {})).toEqual(missing);
  expect(await outcome(registryResolver({ providers, authorize: async () => false }), {})).toEqual(missing);
});

test('a refusal tells nothing that was decoded', async () => {
  const resolver = registryResolver({ providers, models, authorize: () => false });
  const fileId = modelId('file-secret', 'gpt-4o-eu');
  expect((await outcome(resolver, { fileId })).message).toBe('No such file.');
});

test('a thrown FileContentError is the response', async () => {
  const resolver = registryResolver({
    providers,
    authorize: () => {
      throw new FileContentError('rate_limited', 'Slow down.');
    },
  });
  expect(await outcome(resolver, {})).toEqual({ status: 429, code: 'rate_limited', message: 'Slow down.' });
});

test.each([undefined, null, 1, 'yes', {}, [true]])('%p is no permission', async (answer) => {
  const resolver = Reflect.apply(registryResolver, undefined, [{ providers, authorize: () => answer }]);
  await expect(resolve(resolver, {})).rejects.toThrow('authorize() must return true or false');
});

test('a provider is made only for who may have the file', async () => {
  let made = 0;
  const openai = () => {
    made += 1;
    return provider('openai');
  };
  await outcome(registryResolver({ providers: { openai }, authorize: () => false }), {});
  expect(made).toBe(0);
  await resolve(registryResolver({ providers: { openai }, authorize: () => true }), {});
  expect(made).toBe(1);
});

describe("the caller's tenant", () => {
  const fileIds = fileIdCodec({ keys: [Buffer.alloc(32, 7)] });
  const resolver = registryResolver({ providers, fileIds, tenant: (req) => req.get('x-tenant') });
  const caller = (tenant?: string) => Object.assign(request({}), { get: () => tenant });
  const acmes = fileIds.encode({ provider: 'azure', fileId: 'a', tenant: 'acme' });
  const shared = fileIds.encode({ provider: 'azure', fileId: 'a' });

  test('gets its own file', async () => {
    const resolution = await resolve(resolver, { fileId: acmes, req: caller('acme') });
    expect(resolution).toEqual({ provider: providers.azure, fileId: 'a', tenant: 'acme' });
  });

  test.each(['other', undefined])('%s gets a 404 for a file of another', async (tenant) => {
    expect(await outcome(resolver, { fileId: acmes, req: caller(tenant) })).toMatchObject({
      status: 404,
      code: 'file_not_found',
    });
  });

  test.each(['', null, 7, {}])('is not %p', async (tenant) => {
    const careless = Reflect.apply(registryResolver, undefined, [{ providers, tenant: () => tenant }]);
    await expect(resolve(careless, {})).rejects.toThrow('tenant() must return a non-empty string or undefined');
  });

  test('may be found asynchronously', async () => {
    const resolver = registryResolver({ providers, fileIds, tenant: async () => 'acme' });
    expect((await resolve(resolver, { fileId: acmes })).tenant).toBe('acme');
  });

  test.each(['acme', undefined])('%s does not get a file that names no tenant', async (tenant) => {
    const asked = { fileId: shared, req: caller(tenant) };
    if (tenant === undefined) expect(await outcome(resolver, asked)).toMatchObject({ status: 404 });
    else expect(await outcome(resolver, asked)).toEqual(missing);
  });

  test('gets a file that names no tenant as its own, if the gateway allows it', async () => {
    const open = registryResolver({
      providers,
      fileIds,
      tenant: (req) => req.get('x-tenant'),
      allowIdsWithoutTenant: true,
    });
    expect((await resolve(open, { fileId: shared, req: caller('other') })).tenant).toBe('other');
  });

  test('is the one that the id names where the gateway does not say', async () => {
    const trusting = registryResolver({ providers, fileIds });
    expect((await resolve(trusting, { fileId: acmes })).tenant).toBe('acme');
  });
});
