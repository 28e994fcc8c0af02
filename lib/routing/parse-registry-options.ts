import type { Provider } from '../provider';
import { readOptions } from '../providers/provider-options';
import { likelyName } from '../values/did-you-mean';
import { isObject } from '../values/is-object';
import { memberOf } from '../values/own-members';
import { ProviderNames } from './provider-names';
import { checkUriPrefix } from './raw-uris';
import type {
  FileIdForm,
  ManagedFiles,
  ModelEntry,
  ModelLookup,
  ProviderEntry,
  RegistryResolverOptions,
} from './registry-options';
import type { FileIdCodec } from './signed-ids';

export interface ParsedRegistry {
  readonly names: ProviderNames;
  readonly providers: ReadonlyMap<string, ProviderEntry>;
  readonly findModel: ModelLookup;
  readonly defaultProvider: string | undefined;
  readonly authorize: RegistryResolverOptions['authorize'];
  readonly managedFiles: ManagedFiles | undefined;
  readonly fileIds: FileIdCodec | undefined;
  readonly accepted: ReadonlySet<FileIdForm>;
  readonly tenant: RegistryResolverOptions['tenant'];
  readonly allowIdsWithoutTenant: boolean;
  readonly allowedUris: readonly string[];
}

const OPTIONS = {
  providers: true,
  models: true,
  defaultProvider: true,
  authorize: true,
  managedFiles: true,
  fileIds: true,
  acceptedIds: true,
  tenant: true,
  allowIdsWithoutTenant: true,
  allowedUris: true,
} as const satisfies Record<keyof RegistryResolverOptions, true>;

const FORMS: readonly FileIdForm[] = ['plain', 'model', 'managed', 'signed'];

function mistake(problem: string): TypeError {
  return new TypeError(`registryResolver: ${problem}`);
}

/**
 * Checks and copies a registry's options.
 *
 * @throws TypeError that says what was given and what to write.
 */
export function parseRegistryOptions(given: RegistryResolverOptions): ParsedRegistry {
  // A misspelt "authorize" must not leave the door open, so that an unknown option is a mistake too.
  const options = readOptions('registryResolver', given, OPTIONS);
  const providers = parseProviders(options.providers);
  const names = new ProviderNames(providers);
  return Object.freeze({
    providers,
    names,
    findModel: parseModels(options.models, providers, names),
    defaultProvider: parseDefault(options.defaultProvider, providers),
    authorize: optionalFunction('authorize', options.authorize),
    managedFiles: parseManagedFiles(options.managedFiles),
    fileIds: parseCodec(options.fileIds),
    accepted: parseAccepted(options),
    tenant: optionalFunction('tenant', options.tenant),
    allowIdsWithoutTenant: parseFlag('allowIdsWithoutTenant', options.allowIdsWithoutTenant),
    allowedUris: list('allowedUris', options.allowedUris).map((prefix, index) =>
      checkUriPrefix(`registryResolver: allowedUris[${index}]`, prefix),
    ),
  });
}

// Maps, not the caller's objects: `constructor` and `__proto__` are names like any other, and later changes do not reach us.
function parseProviders(given: unknown): ReadonlyMap<string, ProviderEntry> {
  if (!isObject(given)) {
    throw mistake(`"providers" must be an object such as { openai: openai({ apiKey }) }, got ${describe(given)}`);
  }
  const providers = new Map<string, ProviderEntry>();
  for (const [name, entry] of Object.entries(given)) {
    if (name === '') throw mistake('a name in "providers" must not be empty');
    if (typeof entry !== 'function' && !isProvider(entry)) {
      throw mistake(
        `providers[${JSON.stringify(name)}] must be a provider or a function that gives one, got ${describe(entry)}`,
      );
    }
    providers.set(name, entry as ProviderEntry);
  }
  return providers;
}

function parseModels(given: unknown, providers: ReadonlyMap<string, ProviderEntry>, names: ProviderNames): ModelLookup {
  if (typeof given === 'function') return given as ModelLookup;
  if (given !== undefined && !isObject(given)) {
    throw mistake(
      `"models" must be an object such as { "gpt-4o": { provider: "openai" } } or a function, got ${describe(given)}`,
    );
  }
  const models = new Map<string, ModelEntry>();
  for (const [model, entry] of Object.entries(given ?? {})) {
    const problem = modelProblem(entry, providers);
    if (problem) throw mistake(`models[${JSON.stringify(model)}]${problem}`);
    const { provider } = entry as ModelEntry;
    const clash = typeof provider === 'string' ? undefined : names.claim(provider);
    if (clash) throw mistake(`models[${JSON.stringify(model)}].provider ${clash}`);
    models.set(model, Object.freeze({ provider }));
  }
  return function findModel(model: string): ModelEntry | undefined {
    return models.get(model);
  };
}

/** What a managed file's record and a signed id may say, and a model does not. */
const OF_FILES = ['fileId', 'account', 'tenant'];

/** What is wrong with a model's deployment; undefined when nothing is. Credentials alone are no deployment. */
export function modelProblem(entry: unknown, providers: ReadonlyMap<string, ProviderEntry>): string | undefined {
  if (isObject(entry)) {
    const unknown = Object.keys(entry).find((name) => name !== 'provider' && likelyName(name, ['provider']));
    if (unknown !== undefined) return `: unknown member ${JSON.stringify(unknown)}. Did you mean \`provider\`?`;
    const idle = Object.keys(entry).find((name) => likelyName(name, OF_FILES) !== undefined);
    // A tenant that nobody reads would look like a limit.
    if (idle !== undefined) return `: the member ${JSON.stringify(idle)} has no meaning here; a model has a provider`;
  }
  if (!isObject(entry) || memberOf(entry, 'provider') === undefined) {
    return ` has no provider; write { provider: "name" } or { provider: openai({ apiKey }) }, got ${describe(entry)}`;
  }
  const { provider } = entry;
  if (typeof provider === 'string') {
    return providers.has(provider) ? undefined : `.provider: ${JSON.stringify(provider)} is not in "providers"`;
  }
  return isProvider(provider)
    ? undefined
    : `.provider must be a name in "providers" or a provider, got ${describe(provider)}`;
}

function parseDefault(given: unknown, providers: ReadonlyMap<string, ProviderEntry>): string | undefined {
  if (given === undefined) return providers.has('openai') ? 'openai' : undefined;
  if (given === false) return undefined;
  if (typeof given === 'string' && providers.has(given)) return given;
  const got = typeof given === 'string' ? JSON.stringify(given) : describe(given);
  throw mistake(`"defaultProvider" must be a name in "providers", or false for none, got ${got}`);
}

function parseManagedFiles(given: unknown): ManagedFiles | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given) || typeof given['lookup'] !== 'function') {
    throw mistake(`"managedFiles" must be an object with a function "lookup", got ${describe(given)}`);
  }
  return given as object as ManagedFiles;
}

function parseCodec(given: unknown): FileIdCodec | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given) || typeof given['decode'] !== 'function') {
    throw mistake(`"fileIds" must be a codec such as fileIdCodec({ keys: [key] }), got ${describe(given)}`);
  }
  return given as object as FileIdCodec;
}

function parseAccepted(options: Readonly<RegistryResolverOptions>): ReadonlySet<FileIdForm> {
  const { acceptedIds, fileIds, managedFiles } = options;
  if (acceptedIds === undefined) {
    const managed: FileIdForm[] = managedFiles ? ['managed'] : [];
    return new Set<FileIdForm>(fileIds ? ['signed', ...managed] : ['plain', 'model', ...managed]);
  }
  const forms = list('acceptedIds', acceptedIds);
  if (forms.length === 0)
    throw mistake(`"acceptedIds" must name at least one of ${FORMS.join(', ')}, got an empty list`);
  for (const form of forms) {
    if (!FORMS.includes(form)) throw mistake(`"acceptedIds" takes ${FORMS.join(', ')}, got ${JSON.stringify(form)}`);
  }
  if (forms.includes('signed') !== (fileIds !== undefined)) {
    throw mistake('"acceptedIds" has "signed" exactly where "fileIds" is given: add the one or drop the other');
  }
  if (forms.includes('managed') !== (managedFiles !== undefined)) {
    throw mistake('"acceptedIds" has "managed" exactly where "managedFiles" is given: add the one or drop the other');
  }
  return new Set(forms);
}

function list<Item>(name: string, given: readonly Item[] | undefined): readonly Item[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw mistake(`"${name}" must be a list, got ${describe(given)}`);
  return [...given];
}

function parseFlag(name: string, given: unknown): boolean {
  if (given === undefined || typeof given === 'boolean') return given ?? false;
  throw mistake(`"${name}" must be true or false, got ${describe(given)}`);
}

function optionalFunction<Option>(name: string, given: Option): Option {
  if (given !== undefined && typeof given !== 'function')
    throw mistake(`"${name}" must be a function, got ${describe(given)}`);
  return given;
}

/** Is it, as far as can be seen, a provider? The router checks a resolution's provider once more. */
export function isProvider(value: unknown): value is Provider {
  if (!isObject(value) || typeof value['name'] !== 'string' || value['name'] === '') return false;
  return (
    typeof value['streaming'] === 'boolean' &&
    (typeof value['locate'] === 'function') !== (typeof value['fetchContent'] === 'function')
  );
}

/** What kind of value was given, members by name: a value may be a credential in the wrong place. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object with ${Object.keys(value).join(', ') || 'no members'}`;
  return value === undefined || typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}
