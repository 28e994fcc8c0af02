import { type ProviderFactory, registryResolver } from '../../lib/index';
import { contextOf, modelId, outcome, provider, request, resolve } from '../support/resolving';

const openai = provider('openai');
const azure = provider('azure');
const vertex = provider('vertex_ai', { streaming: false });
const providers = { openai, azure, vertex_ai: vertex };
const models = { 'gpt-4o-eu': { provider: 'azure' }, gemini: { provider: vertex } };

describe('the provider is named by the first of these that is set', () => {
  const resolver = registryResolver({
    providers: { ...providers, a: provider('a'), b: provider('b') },
    models: {
      ...models,
      m1: { provider: provider('m1') },
      m2: { provider: provider('m2') },
      m3: { provider: provider('m3') },
    },
  });
  const all = {
    fileId: modelId('file-1', 'm1'),
    query: { model: 'm2', custom_llm_provider: 'a', provider: 'b' },
    headers: { 'x-litellm-model': 'm3', 'custom-llm-provider': 'azure' },
    params: { provider: 'vertex_ai' },
  };

  test.each([
    ['the model in the id', all, 'm1'],
    ['?model=', { ...all, fileId: 'file-1' }, 'm2'],
    ['x-litellm-model', { ...all, fileId: 'file-1', query: { custom_llm_provider: 'a', provider: 'b' } }, 'm3'],
    ['the path', { ...all, fileId: 'file-1', query: {}, headers: { 'custom-llm-provider': 'azure' } }, 'vertex_ai'],
    [
      'custom-llm-provider',
      { query: { custom_llm_provider: 'a' }, headers: { 'custom-llm-provider': 'azure' } },
      'azure',
    ],
    ['?custom_llm_provider=', { query: { custom_llm_provider: 'a', provider: 'b' } }, 'a'],
    ['?provider=', { query: { provider: 'b' } }, 'b'],
    ['the default', {}, 'openai'],
  ])('%s', async (_what, asked, expected) => {
    expect((await resolve(resolver, asked)).provider.name).toBe(expected);
  });

  test('an empty value is not set', async () => {
    const asked = { query: { model: '', provider: '' }, headers: { 'x-litellm-model': '' }, params: { provider: '' } };
    expect((await resolve(resolver, asked)).provider).toBe(openai);
  });
});

describe('without model routing', () => {
  test("the client's own id goes to the registered provider", async () => {
    const resolution = await resolve(registryResolver({ providers, models }), { fileId: 'file-abc' });
    expect(resolution).toEqual({ provider: openai, fileId: 'file-abc' });
  });

  test('a provider that cannot stream, named by header, is used', async () => {
    const resolution = await resolve(registryResolver({ providers }), {
      headers: { 'custom-llm-provider': 'vertex_ai' },
    });
    expect(resolution.provider).toBe(vertex);
    expect(resolution.provider.streaming).toBe(false);
  });
});

describe('with a model in the id', () => {
  test("the decoded id goes to the model's own provider", async () => {
    const resolution = await resolve(registryResolver({ providers, models }), {
      fileId: modelId('file-abc', 'gpt-4o-eu'),
    });
    expect(resolution).toEqual({ provider: azure, fileId: 'file-abc', context: { model: 'gpt-4o-eu' } });
  });

  test('a deployment on a provider that cannot stream is found, whatever the request names beside it', async () => {
    const asked = { fileId: modelId('file-abc', 'gemini'), headers: { 'custom-llm-provider': 'openai' } };
    const resolution = await resolve(registryResolver({ providers, models }), asked);
    expect(resolution.provider).toBe(vertex);
    expect(resolution.fileId).toBe('file-abc');
  });

  test('a truncated id leads to a model that is not registered', async () => {
    const fileId = modelId('file-abc123', 'gpt-4o-litellm').slice(0, -2);
    expect(
      await outcome(registryResolver({ providers, models: { 'gpt-4o-litellm': { provider: 'azure' } } }), { fileId }),
    ).toEqual({
      status: 404,
      code: 'file_not_found',
      message: 'No such file.',
    });
  });
});

describe('an unregistered name is the 404 of a file that is not the caller’s', () => {
  const resolver = registryResolver({ providers, models });
  const names = [
    'nobody',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    'OpenAI',
    'openai ',
    'x'.repeat(5000),
  ];

  test.each(names)('%s', async (name) => {
    const asked = [
      { query: { model: name } },
      { headers: { 'x-litellm-model': name } },
      { fileId: modelId('file-1', name) },
      { query: { provider: name } },
      { query: { custom_llm_provider: name } },
      { headers: { 'custom-llm-provider': name } },
      { params: { provider: name } },
    ];
    for (const request of asked) {
      expect(await outcome(resolver, request)).toEqual(
        await outcome(registryResolver({ providers, models, authorize: () => false }), { fileId: 'file-1' }),
      );
    }
  });

  test('a request that names nothing, where there is no default', async () => {
    for (const options of [{ providers: { azure } }, { providers, defaultProvider: false as const }]) {
      expect(await outcome(registryResolver(options), {})).toMatchObject({ status: 400, code: 'invalid_request' });
    }
  });
});

test('a name that is registered is found even where every object has a member of that name', async () => {
  const own = provider('constructor');
  const resolver = registryResolver({ providers: { constructor: own }, defaultProvider: 'constructor' });
  expect((await resolve(resolver, {})).provider).toBe(own);
});

test('a polluted Object.prototype registers nothing and switches nothing on', async () => {
  const names = {
    provider: 'azure',
    model: 'gpt-4o-eu',
    'x-litellm-model': 'gpt-4o-eu',
    'custom-llm-provider': 'azure',
  };
  const pollution = {
    evil: provider('evil'),
    defaultProvider: 'evil',
    ...names,
    models: { evil: { provider: openai } },
  };
  const resolver = registryResolver({ providers: { azure } });
  try {
    Object.assign(Object.prototype, pollution);
    const late = registryResolver({ providers: { azure } });
    for (const one of [resolver, late]) {
      expect(await outcome(one, {})).toMatchObject({ status: 400 });
      expect(await outcome(one, { query: { provider: 'evil' } })).toMatchObject({ status: 404 });
      expect(await outcome(one, { query: { model: 'evil' } })).toMatchObject({ status: 404 });
    }
    expect((await resolve(registryResolver({ providers, models }), {})).provider).toBe(openai);
  } finally {
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
  }
});

describe('anything given more than once is a 400, because another party may believe another one', () => {
  const resolver = registryResolver({ providers, models });
  test.each([
    ['?model=', { query: { model: ['gpt-4o-eu', 'gemini'] } }],
    ['?model[x]=', { query: { model: { x: 'gpt-4o-eu' } } }],
    ['?provider=', { query: { provider: ['openai', 'azure'] } }],
    ['?custom_llm_provider=', { query: { custom_llm_provider: ['openai', 'openai'] } }],
    ['x-litellm-model', { headers: { 'x-litellm-model': 'gpt-4o-eu, gemini' } }],
    ['custom-llm-provider', { headers: { 'custom-llm-provider': 'openai, azure' } }],
  ])('%s', async (_what, asked) => {
    expect(await outcome(resolver, asked)).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

test('two values of a header are not one name, even where that name is registered', async () => {
  const resolver = registryResolver({ providers: { openai, 'a, b': azure } });
  const asked = { headers: { 'custom-llm-provider': 'a, b' } };
  expect(await outcome(resolver, asked)).toMatchObject({ status: 400, code: 'invalid_request' });
});

test('models may be looked up at run time', async () => {
  const found: string[] = [];
  const resolver = registryResolver({
    providers,
    models: async (model) => {
      found.push(model);
      return model === 'known' ? { provider: 'azure' } : undefined;
    },
  });
  expect((await resolve(resolver, { query: { model: 'known' } })).provider).toBe(azure);
  expect(await outcome(resolver, { query: { model: 'unknown' } })).toMatchObject({ status: 404 });
  expect(found).toEqual(['known', 'unknown']);
});

test("a deployment with credentials but no provider is the gateway's mistake, not the client's", async () => {
  const resolver = registryResolver({ providers, models: () => JSON.parse('{"apiKey":"sk-canary"}') });
  const attempt = resolve(resolver, { query: { model: 'm' } });
  await expect(attempt).rejects.toThrow('must be { provider: "name" } or ');
  await expect(attempt).rejects.not.toThrow('sk-canary');
});

test('the request and the options are only read', async () => {
  const req = request({
    fileId: modelId('file-1', 'gpt-4o-eu'),
    query: { model: 'gemini' },
    headers: { 'x-litellm-model': 'gemini' },
  });
  Object.freeze(req.query);
  Object.freeze(req.headers);
  Object.freeze(req);
  const options = Object.freeze({ providers: Object.freeze({ ...providers }), models: Object.freeze({ ...models }) });
  const resolution = await resolve(registryResolver(options), { fileId: modelId('file-1', 'gpt-4o-eu'), req });
  expect(resolution.provider).toBe(azure);
});

test('options that change after construction change nothing', async () => {
  const own = { openai };
  const deployment = { provider: openai };
  const resolver = registryResolver({ providers: own, models: { m: deployment } });
  Object.assign(own, { openai: azure });
  Object.assign(deployment, { provider: azure });
  expect((await resolve(resolver, {})).provider).toBe(openai);
  expect((await resolve(resolver, { query: { model: 'm' } })).provider).toBe(openai);
});

test('an entry that is a function is called with the decoded values, the request and the route', async () => {
  const asked: unknown[] = [];
  const factory: ProviderFactory = (...given) => {
    asked.push(...given);
    return Promise.resolve(azure);
  };
  const req = request({});
  const context = contextOf({ fileId: modelId('file-1', 'm') });
  const resolver = registryResolver({ providers: { keyed: factory }, models: { m: { provider: 'keyed' } } });
  expect(await resolver(req, context)).toMatchObject({ provider: azure, fileId: 'file-1' });
  expect(asked).toEqual([{ provider: 'keyed', model: 'm', fileId: 'file-1' }, req, context]);
});

test.each([['text'], [7], [{ name: 'x' }], [[openai]]])(
  "an entry that gives %p is the gateway's mistake",
  async (made) => {
    const resolver = Reflect.apply(registryResolver, undefined, [{ providers: { openai: () => made } }]);
    await expect(resolve(resolver, {})).rejects.toThrow('providers.openai() must return a provider');
  },
);
