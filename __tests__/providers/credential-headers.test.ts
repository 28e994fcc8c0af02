import * as lib from '../../lib';

const headers = (name: string) => ({ [name]: 'another' });

/** `headers` would be sent without the one that carries the credential, which nobody would be told. */
it.each<[string, string, (name: string) => unknown]>([
  ['anthropic, apiKey', 'X-Api-Key', (name) => lib.anthropic({ apiKey: 'k', headers: headers(name) })],
  ['anthropic, token', 'Authorization', (name) => lib.anthropic({ token: 't', headers: headers(name) })],
  [
    'anthropicFoundry',
    'x-api-key',
    (name) => lib.anthropicFoundry({ resource: 'r', apiKey: 'k', headers: headers(name) }),
  ],
  [
    'anthropicAWS, credentials',
    'Authorization',
    (name) => lib.anthropicAWS({ region: 'us-east-1', workspaceId: 'w', headers: headers(name) }),
  ],
  [
    'anthropicVertex',
    'authorization',
    (name) => lib.anthropicVertex({ baseURL: 'https://h/v1', accessToken: 't', headers: headers(name) }),
  ],
  ['azureOpenAI', 'Api-Key', (name) => lib.azureOpenAI({ endpoint: 'https://h', apiKey: 'k', headers: headers(name) })],
  [
    'azureOpenAI, token',
    'authorization',
    (name) => lib.azureOpenAI({ endpoint: 'https://h', token: 't', headers: headers(name) }),
  ],
  ['gcs', 'Authorization', (name) => lib.gcs({ bucket: 'b', accessToken: 't', headers: headers(name) })],
  ['vertexAI', 'Authorization', (name) => lib.vertexAI({ bucket: 'b', headers: headers(name) })],
  ['gemini', 'X-Goog-Api-Key', (name) => lib.gemini({ apiKey: 'k', headers: headers(name) })],
  ['manus', 'API_KEY', (name) => lib.manus({ apiKey: 'k', headers: headers(name) })],
  ['mistral', 'Authorization', (name) => lib.mistral({ apiKey: 'k', headers: headers(name) })],
])('%s refuses a second credential in its header %s', (_what, name, make) => {
  expect(() => make(name)).toThrow(TypeError);
  expect(() => make(name)).toThrow(`"headers.${name.toLowerCase()}" must not both be given`);
  expect(() => make('x-gateway-key')).not.toThrow();
});

it.each([[[1]], [['']], ['files-api']])('anthropic refuses betas that are not names: %j', (betas) => {
  expect(() => lib.anthropic({ apiKey: 'k', betas: betas as string[] })).toThrow('"betas" must be an array of strings');
});
