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
    /providers\["openai"\] must be a provider or a function that gives one, got an object with apiKey$/,
  ],
  [
    'a model without a provider',
    { providers: { openai }, models: { m: { apiKey: 'sk-canary' } } },
    /models\["m"\] has no provider; write/,
  ],
  [
    'a model on an unknown provider',
    { providers: { openai }, models: { m: { provider: 'azure' } } },
    /models\["m"\]\.provider: "azure" is not in "providers"/,
  ],
  [
    'a model on a prototype name',
    { providers: { openai }, models: { m: { provider: 'constructor' } } },
    /"constructor" is not in "providers"/,
  ],
  [
    'a model on what is no provider',
    { providers: { openai }, models: { m: { provider: { name: 'x' } } } },
    /\.provider must be a name in "providers" or a provider/,
  ],
  ...[
    ['provder', /models\["m"\]: unknown member "provder"\. Did you mean `provider`\?$/] as const,
    ['tenant', /models\["m"\]: the member "tenant" has no meaning here/] as const,
    ['fileId', /models\["m"\]: the member "fileId" has no meaning here/] as const,
    ['tennant', /models\["m"\]: the member "tennant" has no meaning here/] as const,
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
    /"authorize" must be a function, got true/,
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
    /"fileIds" must be a codec such as .*got a string$/,
  ],
  [
    'a key in place of a provider',
    { providers: { openai: 'sk-canary' } },
    /providers\["openai"\] must be .*got a string$/,
  ],
  ['a key in place of models', { providers: { openai }, models: 'sk-canary' }, /"models" must be an object/],
  [
    'a key in place of a deployment',
    { providers: { openai }, models: { m: 'sk-canary' } },
    /models\["m"\] has no provider/,
  ],
  [
    'an unknown form',
    { providers: { openai }, acceptedIds: ['raw'] },
    /"acceptedIds" takes plain, model, managed, signed, got "raw"/,
  ],
  ['no form', { providers: { openai }, acceptedIds: [] }, /"acceptedIds" must name at least one/],
  ['a form that is no list', { providers: { openai }, acceptedIds: 'plain' }, /"acceptedIds" must be a list/],
  [
    'signed ids without a codec',
    { providers: { openai }, acceptedIds: ['signed'] },
    /"signed" exactly where "fileIds" is given/,
  ],
  [
    'a codec whose ids are refused',
    { providers: { openai }, fileIds: { decode }, acceptedIds: ['plain'] },
    /"signed" exactly where "fileIds" is given/,
  ],
  [
    'managed ids without records',
    { providers: { openai }, acceptedIds: ['managed'] },
    /"managed" exactly where "managedFiles" is given/,
  ],
  [
    'records whose ids are refused',
    { providers: { openai }, managedFiles: { lookup }, acceptedIds: ['plain'] },
    /"managed" exactly where/,
  ],
  [
    'an address that is too wide',
    { providers: { openai }, allowedUris: ['s3://'] },
    /allowedUris\[0\] must be like "s3:\/\/bucket\/"/,
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
