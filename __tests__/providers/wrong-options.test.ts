import * as lib from '../../lib/index';

const B = 'http://127.0.0.1:9';
const identity = { accessKeyId: 'A', secretAccessKey: 's' };

/** Every ready provider: what it takes at the least, and the header that its credential goes into. */
const READY: readonly (readonly [factory: string, least: object, auth: string | undefined])[] = [
  ['openai', { apiKey: 'k' }, 'authorization'],
  ['openaiCompatible', { name: 'n', baseURL: B, apiKey: 'k' }, 'authorization'],
  ['hostedVllm', { baseURL: B, apiKey: 'k' }, 'authorization'],
  ['azureOpenAI', { endpoint: B, apiKey: 'k' }, 'api-key'],
  ['azureOpenAI', { endpoint: B, token: 'k' }, 'authorization'],
  ['anthropic', { apiKey: 'k' }, 'x-api-key'],
  ['anthropic', { token: 'k' }, 'authorization'],
  ['anthropicFoundry', { resource: 'r', apiKey: 'k' }, 'x-api-key'],
  ['anthropicVertex', { baseURL: B, accessToken: 'k' }, 'authorization'],
  ['anthropicAWS', { region: 'us-east-1', workspaceId: 'w', apiKey: 'k' }, 'authorization'],
  ['anthropicAWS', { region: 'us-east-1', workspaceId: 'w', credentials: identity }, 'authorization'],
  ['gemini', { apiKey: 'k' }, 'x-goog-api-key'],
  ['mistral', { apiKey: 'k' }, 'authorization'],
  ['xai', { apiKey: 'k' }, 'authorization'],
  ['groq', { apiKey: 'k' }, 'authorization'],
  ['together', { apiKey: 'k' }, 'authorization'],
  ['openRouter', { apiKey: 'k' }, 'authorization'],
  ['dashscope', { apiKey: 'k' }, 'authorization'],
  ['perplexity', { apiKey: 'k' }, 'authorization'],
  ['manus', { apiKey: 'k' }, 'api_key'],
  ['fireworks', { apiKey: 'k', account: 'a' }, 'authorization'],
  ['gcs', { accessToken: 'k' }, 'authorization'],
  ['vertexAI', { accessToken: 'k' }, 'authorization'],
  ['s3', { region: 'eu-central-1', bucket: 'b', credentials: identity }, undefined],
  ['bedrock', { region: 'eu-central-1', credentials: identity }, undefined],
  ['azureStorage', { account: 'acct', container: 'c', token: 'k' }, undefined],
];

const factories = new Map<string, unknown>(Object.entries(lib));

function make(factory: string, options: unknown): unknown {
  return Reflect.apply(factories.get(factory) as () => unknown, undefined, [options]);
}

describe.each(READY)('%s %j', (factory, least, auth) => {
  it('takes the least', () => {
    expect(make(factory, least)).toMatchObject({ name: expect.any(String) });
  });

  if (auth !== undefined) {
    it.each([auth, auth.toUpperCase()])('does not silently replace a header %s', (name) => {
      const attempt = () => make(factory, { ...least, headers: { [name]: 'other' } });
      expect(attempt).toThrow(TypeError);
      expect(attempt).toThrow(
        new RegExp(`^${factory}: "\\S+" and "headers\\.${auth}" must not both be given; leave one out\\. See `),
      );
    });

    it('refuses headers that are a list, or that name one header twice', () => {
      expect(() => make(factory, { ...least, headers: ['a'] })).toThrow(
        /"headers" must be an object of strings, got an a/,
      );
      expect(() => make(factory, { ...least, headers: { 'X-A': '1', 'x-a': '2' } })).toThrow(
        /"headers" must not set x-a twice/,
      );
    });
  }

  it.each(Object.keys(least).concat('name', 'baseURL'))('refuses null as %s', (option) => {
    const attempt = () => make(factory, { ...least, [option]: null });
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(new RegExp(`^${factory}: .*${option}`));
  });

  it('refuses a list of options', () => {
    expect(() => make(factory, [])).toThrow(`${factory}: "options" must be an object, got an array`);
  });
});
