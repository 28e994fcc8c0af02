import { isObject } from '../values/own-members';
import { readOptions } from '../values/read-options';
import { describe, isProvider, mistake } from './describe-entry';
import { ProviderNames } from './provider-names';
import { checkUriPrefix } from './raw-uris';
import { parseModels } from './registry-models';
import type {
  DefaultProvider,
  FileIdForm,
  ManagedFiles,
  ModelLookup,
  ProviderEntry,
  RegistryResolverOptions,
} from './registry-options';
import type { FileIdCodec } from './signed-ids';

export interface ParsedRegistry {
  readonly names: ProviderNames;
  readonly findModel: ModelLookup;
  readonly defaultProvider: string | DefaultProvider | undefined;
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
  aliases: true,
  authorize: true,
  managedFiles: true,
  fileIds: true,
  acceptedIds: true,
  tenant: true,
  allowIdsWithoutTenant: true,
  allowedUris: true,
} as const satisfies Record<keyof RegistryResolverOptions, true>;

const FORMS: readonly FileIdForm[] = ['plain', 'model', 'managed', 'signed'];

/**
 * Checks and copies a registry's options.
 *
 * @throws TypeError that says what was given and what to write.
 */
export function parseRegistryOptions(given: RegistryResolverOptions): ParsedRegistry {
  // A misspelt "authorize" must not leave the door open, so that an unknown option is a mistake too.
  const options = readOptions('registryResolver', given, OPTIONS);
  const providers = parseProviders(options.providers);
  const names = new ProviderNames(providers, parseAliases(options.aliases, providers));
  return Object.freeze({
    names,
    findModel: parseModels(options.models, names),
    defaultProvider: parseDefault(options.defaultProvider, names),
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

function parseAliases(given: unknown, providers: ReadonlyMap<string, ProviderEntry>): ReadonlyMap<string, string> {
  if (given === undefined) return new Map();
  if (!isObject(given)) {
    throw mistake(`"aliases" must be an object such as { azure: "azure-eu" }, got ${describe(given)}`);
  }
  const aliases = new Map<string, string>();
  for (const [alias, name] of Object.entries(given)) {
    const where = `aliases[${JSON.stringify(alias)}]`;
    if (alias === '') throw mistake('a name in "aliases" must not be empty');
    if (providers.has(alias)) throw mistake(`${where} is the name of a provider in "providers"; keep one of the two`);
    if (typeof name !== 'string' || !providers.has(name)) {
      const got = typeof name === 'string' ? JSON.stringify(name) : describe(name);
      throw mistake(`${where} must be a name in "providers", got ${got}`);
    }
    aliases.set(alias, name);
  }
  return aliases;
}

function parseDefault(given: unknown, names: ProviderNames): string | DefaultProvider | undefined {
  if (given === undefined) return names.registered('openai') && 'openai';
  if (given === false) return undefined;
  if (typeof given === 'function') return given as DefaultProvider;
  if (typeof given === 'string' && names.registered(given)) return given;
  const got = typeof given === 'string' ? JSON.stringify(given) : describe(given);
  throw mistake(`"defaultProvider" must be a name in "providers", a function, or false for none, got ${got}`);
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
