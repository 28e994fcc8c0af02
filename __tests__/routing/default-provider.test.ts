import { type DefaultContext, registryResolver } from '../../lib/index';
import { contextOf, modelId, outcome, provider, request, resolve } from '../support/resolving';

const providers = {
  openai: provider('openai'),
  'azure-eu': provider('azure'),
  keyed: ({ account }: { account?: string | undefined }) => provider(`keyed-${account}`),
};

describe('a default that is a function', () => {
  it('chooses for each tenant', async () => {
    const resolver = registryResolver({
      providers,
      tenant: (req) => req.headers['x-tenant'] as string,
      defaultProvider: async (_req, { tenant }) => (tenant === 'acme' ? 'azure-eu' : 'openai'),
    });
    const of = async (tenant: string) => (await resolve(resolver, { headers: { 'x-tenant': tenant } })).provider;
    expect([await of('acme'), await of('other')]).toEqual([providers['azure-eu'], providers.openai]);
  });

  it('is called with the request, the route and the tenant, and only if the request names nothing', async () => {
    const asked: [unknown, DefaultContext][] = [];
    const resolver = registryResolver({
      providers,
      tenant: () => 'acme',
      defaultProvider: (...given) => {
        asked.push(given);
        return 'openai';
      },
    });
    const req = request({});
    const context = contextOf({ fileId: 'file-1' });
    await resolver(req, context);
    await resolve(resolver, { query: { provider: 'azure-eu' } });
    expect(asked).toEqual([[req, { ...context, tenant: 'acme' }]]);
  });

  it('may name an account', async () => {
    const resolver = registryResolver({ providers, defaultProvider: () => ({ provider: 'keyed', account: 'eu' }) });
    expect(await resolve(resolver, {})).toMatchObject({ provider: { name: 'keyed-eu' }, context: { account: 'eu' } });
  });

  it.each([undefined, null])('that gives %s is no default', async (nothing) => {
    const resolver = Reflect.apply(registryResolver, undefined, [{ providers, defaultProvider: () => nothing }]);
    expect(await outcome(resolver, {})).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it.each([
    ['nobody', /"defaultProvider\(\)\.provider" must be a name in "providers" or a provider, got "nobody"/],
    [7, /"defaultProvider\(\)\.provider" must be a name in "providers" or a provider, got a number/],
    [{ account: 'eu' }, /"defaultProvider\(\)" must be \{ provider: "name" \}/],
    [{ provider: 'azure-eu', account: 'eu' }, /account" needs an entry of "providers" that is a function/],
  ])('that gives %p is the gateway’s mistake', async (given, message) => {
    const resolver = Reflect.apply(registryResolver, undefined, [{ providers, defaultProvider: () => given }]);
    await expect(resolve(resolver, {})).rejects.toThrow(message);
  });
});

describe('a model with an account', () => {
  it.each<[string, object]>([
    ['of a table', { m: { provider: 'keyed', account: 'eu' } }],
    ['that was looked up', Object.assign(() => ({ provider: 'keyed', account: 'eu' }))],
  ])('leads to it, %s', async (_what, models) => {
    const resolver = Reflect.apply(registryResolver, undefined, [{ providers, models }]);
    expect(await resolve(resolver, { fileId: modelId('file-1', 'm') })).toMatchObject({
      provider: { name: 'keyed-eu' },
      fileId: 'file-1',
      context: { model: 'm', account: 'eu' },
    });
  });

  it.each([
    [{ provider: 'openai', account: 'eu' }, /"models\.m\.account" needs an entry of "providers" that is a function/],
    [{ provider: provider('own'), account: 'eu' }, /"models\.m\.account" needs an entry/],
    [{ provider: 'keyed', account: '' }, /"models\.m\.account" must be a non-empty string, got an empty string/],
    [{ provider: 'keyed', acount: 'eu' }, /"models\.m\.acount" is unknown\. Did you mean `account`\?/],
    [{ provider: 'keyed', tenant: 'a' }, /"models\.m\.tenant" must be left out/],
  ])('that cannot be one is refused: %p', (entry, message) => {
    const make = () => Reflect.apply(registryResolver, undefined, [{ providers, models: { m: entry } }]);
    expect(make).toThrow(message);
  });
});

describe('a provider that was renamed', () => {
  const options = { providers, aliases: { azure: 'azure-eu' } };

  it.each<[string, object]>([
    ['in the path', { params: { provider: 'azure' } }],
    ['in the query', { query: { provider: 'azure' } }],
    ['in a header', { headers: { 'custom-llm-provider': 'azure' } }],
  ])('is found by its former name %s, and has the present one', async (_where, asked) => {
    const seen: unknown[] = [];
    const authorize = (_req: unknown, access: { provider: string }) => seen.push(access.provider) > 0;
    const resolution = await resolve(registryResolver({ ...options, authorize }), asked);
    expect(resolution.provider).toBe(providers['azure-eu']);
    expect(seen).toEqual(['azure-eu']);
  });

  it('is found by its former name as a default, of a model and of a managed file', async () => {
    const resolver = registryResolver({ ...options, defaultProvider: 'azure', models: { m: { provider: 'azure' } } });
    expect((await resolve(resolver, {})).provider).toBe(providers['azure-eu']);
    expect((await resolve(resolver, { query: { model: 'm' } })).provider).toBe(providers['azure-eu']);
  });

  it.each([
    [{ openai: 'azure-eu' }, /"aliases\.openai" and "providers\.openai" must not both be given/],
    [{ azure: 'nobody' }, /"aliases\.azure" must be a name in "providers", got "nobody"/],
    [{ azure: 7 }, /"aliases\.azure" must be a name in "providers", got number 7/],
    [{ azure: 'constructor' }, /"aliases\.azure" must be a name in "providers", got "constructor"/],
    [['azure'], /"aliases" must be an object such as/],
  ])('has no alias such as %p', (aliases, message) => {
    const make = () => Reflect.apply(registryResolver, undefined, [{ providers, aliases }]);
    expect(make).toThrow(message);
  });

  it('keeps its former name from another provider', () => {
    const models = { m: { provider: provider('azure') } };
    expect(() => registryResolver({ ...options, models })).toThrow(/has the name "azure", which is another provider's/);
  });
});
