import { registryResolver } from '../../lib/index';
import { provider } from '../support/resolving';

const openai = provider('openai');
const lookup = () => undefined;
const decode = () => undefined;

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /registryResolver: "options" must be an object, got undefined/],
  [
    'a misspelt option',
    { providers: { openai }, authorise: () => false },
    /unknown option "authorise"\. Did you mean `authorize`\? See /,
  ],
  ['no providers', {}, /"providers" must be an object such as .*got undefined/],
  ['a list of providers', { providers: [openai] }, /"providers" must be an object such as .*got an array/],
  ['a provider without a name', { providers: { '': openai } }, /a name in "providers" must not be empty/],
  [
    'settings in place of a provider',
    { providers: { openai: { apiKey: 'sk-canary' } } },
    /"providers\.openai" must be a provider or a function that returns one, got an object with apiKey\. See /,
  ],
  [
    'a model without a provider',
    { providers: { openai }, models: { m: { apiKey: 'sk-canary' } } },
    /"models\.m" must be \{ provider: "name" \} or .*, got an object with apiKey/,
  ],
  [
    'a model on an unknown provider',
    { providers: { openai }, models: { m: { provider: 'azure' } } },
    /"models\.m\.provider" must be a name in "providers" or a provider, got "azure"/,
  ],
  [
    'a model on a prototype name',
    { providers: { openai }, models: { m: { provider: 'constructor' } } },
    /must be a name in "providers" or a provider, got "constructor"/,
  ],
  [
    'a model on what is no provider',
    { providers: { openai }, models: { m: { provider: { name: 'x' } } } },
    /\.provider" must be a name in "providers" or a provider/,
  ],
  ...[
    ['provder', /"models\.m\.provder" is unknown\. Did you mean `provider`\? See /] as const,
    ['tenant', /"models\.m\.tenant" must be left out/] as const,
    ['fileId', /"models\.m\.fileId" must be left out/] as const,
    ['tennant', /"models\.m\.tennant" must be left out/] as const,
  ].map(([member, message]): [string, unknown, RegExp] => [
    `a model with ${member}`,
    { providers: { openai }, models: { m: { provider: 'openai', [member]: 'x' } } },
    message,
  ]),
  ['models as text', { providers: { openai }, models: 'gpt-4o' }, /"models" must be an object such as/],
  [
    'an unknown default',
    { providers: { openai }, defaultProvider: 'azure' },
    /"defaultProvider" must be a name in "providers", a function, or false/,
  ],
  ['a default of true', { providers: { openai }, defaultProvider: true }, /"defaultProvider" must be/],
  [
    'a gate that is no function',
    { providers: { openai }, authorize: true },
    /"authorize" must be a function, got a boolean/,
  ],
  ['a tenant that is no function', { providers: { openai }, tenant: 'acme' }, /"tenant" must be a function/],
  [
    'records without a lookup',
    { providers: { openai }, managedFiles: {} },
    /"managedFiles" must be an object with a function "lookup"/,
  ],
  [
    'a key in place of a codec',
    { providers: { openai }, fileIds: 'canary' },
    /"fileIds" must be a codec such as .*got a string\. See /,
  ],
  [
    'a key in place of a provider',
    { providers: { openai: 'sk-canary' } },
    /"providers\.openai" must be .*got a string\. See /,
  ],
  ['a key in place of models', { providers: { openai }, models: 'sk-canary' }, /"models" must be an object/],
  ['a key in place of a deployment', { providers: { openai }, models: { m: 'sk-canary' } }, /"models\.m" must be /],
  [
    'an unknown form',
    { providers: { openai }, acceptedIds: ['raw'] },
    /"acceptedIds" must be one of 'plain', 'model', 'managed', 'signed', got a string/,
  ],
  [
    'no form',
    { providers: { openai }, acceptedIds: [] },
    /"acceptedIds" must be at least one of plain, .*, got an empty array/,
  ],
  ['a form that is no list', { providers: { openai }, acceptedIds: 'plain' }, /"acceptedIds" must be an array/],
  [
    'signed ids without a codec',
    { providers: { openai }, acceptedIds: ['signed'] },
    /"acceptedIds" has "signed", which needs "fileIds"/,
  ],
  [
    'a codec whose ids are refused',
    { providers: { openai }, fileIds: { decode }, acceptedIds: ['plain'] },
    /"acceptedIds" must have "signed" where "fileIds" is given/,
  ],
  [
    'managed ids without records',
    { providers: { openai }, acceptedIds: ['managed'] },
    /"acceptedIds" has "managed", which needs "managedFiles"/,
  ],
  [
    'records whose ids are refused',
    { providers: { openai }, managedFiles: { lookup }, acceptedIds: ['plain'] },
    /"acceptedIds" must have "managed" where/,
  ],
  [
    'an address that is too wide',
    { providers: { openai }, allowedUris: ['s3://'] },
    /"allowedUris\[0\]" must be an address .* "s3:\/\/bucket\/".*got "s3:\/\/"/,
  ],
])('%s is refused at construction', (_what, options, message) => {
  const attempt = () => Reflect.apply(registryResolver, undefined, [options]);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
  expect(attempt).not.toThrow(/canary/);
});

test.each([
  [{}],
  [
    {
      models: undefined,
      defaultProvider: undefined,
      authorize: undefined,
      managedFiles: undefined,
      fileIds: undefined,
      acceptedIds: undefined,
      tenant: undefined,
      allowedUris: undefined,
    },
  ],
])('an option that is undefined is left out: %p', (options) => {
  expect(() => Reflect.apply(registryResolver, undefined, [{ providers: { openai }, ...options }])).not.toThrow();
});
