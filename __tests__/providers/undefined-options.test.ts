import * as api from '../../lib';
import { locateRequest } from '../support/locate-request';

const apiKey = 'key';
const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };

/** The least that each factory takes. */
const FACTORIES: Readonly<Record<string, object>> = {
  anthropic: { apiKey },
  anthropicAWS: { region: 'eu-west-1', workspaceId: 'w', credentials },
  anthropicFoundry: { resource: 'r', apiKey },
  anthropicVertex: { baseURL: 'https://a.test', accessToken: 't' },
  azureOpenAI: { endpoint: 'https://a.test', apiKey },
  azureStorage: { account: 'account', container: 'c', sas: 'sv=1&sig=s' },
  bedrock: { bucket: 'bucket', region: 'eu-west-1', credentials },
  bufferedProvider: { name: 'n', fetchContent: () => ({ body: new Uint8Array() }) },
  dashscope: { apiKey },
  fireworks: { apiKey, account: 'a' },
  gcs: { bucket: 'bucket', accessToken: 't' },
  gemini: { apiKey },
  groq: { apiKey },
  httpProvider: { name: 'n', baseURL: 'https://a.test', paths: { files: 'files/{fileId}' } },
  hostedVllm: { baseURL: 'https://a.test/v1' },
  manus: { apiKey },
  mistral: { apiKey },
  openRouter: { apiKey },
  openai: { apiKey },
  openaiCompatible: { name: 'n', baseURL: 'https://a.test/v1' },
  perplexity: { apiKey },
  signedUrlProvider: { name: 'n', baseURL: 'https://a.test', paths: { files: 'files/{fileId}' } },
  s3: { bucket: 'bucket', region: 'eu-west-1', credentials },
  streamProvider: { name: 'n', openContent: () => ({ body: new Uint8Array() }) },
  together: { apiKey },
  vertexAI: { bucket: 'bucket', accessToken: 't' },
  xai: { apiKey },
};

function make(factory: string, options: object): api.Provider {
  return Reflect.apply(Reflect.get(api, factory), undefined, [options]);
}

/** The names that a factory's own message lists. */
function optionNames(factory: string, options: object): string[] {
  try {
    make(factory, { ...options, notAnOption: 1 });
  } catch (error) {
    return /; write one of ([\w, ]+)/.exec(String(error))?.[1]?.split(', ') ?? [];
  }
  return [];
}

async function located(provider: api.Provider): Promise<unknown> {
  if (!('locate' in provider) || /bedrock|s3|aws/i.test(provider.name)) return undefined;
  return await provider.locate(locateRequest({ fileId: 'file-1' }));
}

it.each(Object.entries(FACTORIES))('%s takes undefined for an option that is left out', async (factory, options) => {
  const names = optionNames(factory, options);
  expect(names.length).toBeGreaterThan(1);
  const written = make(factory, { ...Object.fromEntries(names.map((name) => [name, undefined])), ...options });
  const leftOut = make(factory, options);
  expect(Object.keys(written)).toEqual(Object.keys(leftOut));
  expect(written.name).toBe(leftOut.name);
  if (!/fireworks|signedUrl/.test(factory)) expect(await located(written)).toEqual(await located(leftOut));
});

it('every factory of a provider is in the table', () => {
  const others = /^(?:createFileContent(?:Router)?|registryResolver|guardedAgents|fileId\w+|batch\w+|content\w+)$/;
  const factories = Object.entries(api).flatMap(([name, value]) => {
    if (typeof value !== 'function' || others.test(name)) return [];
    try {
      Reflect.apply(value, undefined, [{ notAnOption: 1 }]);
    } catch (error) {
      return /^TypeError: \w+: unknown option "notAnOption"; write one of/.test(String(error)) ? [name] : [];
    }
    return [];
  });
  expect(factories.filter((name) => !Object.hasOwn(FACTORIES, name))).toEqual([]);
});
