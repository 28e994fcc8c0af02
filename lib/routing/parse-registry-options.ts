import { describeMembers, describeValue } from '../values/describe-value';
import { invalidOption, memberPath, mistake, notBoth } from '../values/mistakes';
import { isObject, isRecord } from '../values/own-members';
import { optionalFlag, optionalFunction, optionalList, readOptions, requireOneOf } from '../values/read-options';
import { checkUriPrefix } from './ids/raw-uris';
import type { FileIdCodec } from './ids/signed-ids';
import { ProviderNames } from './provider-names';
import { isProvider, parseModels } from './registry-models';
import type {
  DefaultProvider,
  FileIdForm,
  ManagedFiles,
  ModelLookup,
  ProviderEntry,
  RegistryResolverOptions,
} from './registry-options';

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

const FACTORY = 'registryResolver';

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
  // Unknown options are refused: a misspelt "authorize" would allow every request.
  const options = readOptions(FACTORY, given, OPTIONS);
  const providers = parseProviders(options.providers);
  const names = new ProviderNames(providers, parseAliases(options.aliases, providers));
  return Object.freeze({
    names,
    findModel: parseModels(options.models, names),
    defaultProvider: parseDefault(options.defaultProvider, names),
    authorize: optionalFunction(FACTORY, 'authorize', options.authorize),
    managedFiles: parseManagedFiles(options.managedFiles),
    fileIds: parseCodec(options.fileIds),
    accepted: parseAccepted(options),
    tenant: optionalFunction(FACTORY, 'tenant', options.tenant),
    allowIdsWithoutTenant: optionalFlag(FACTORY, 'allowIdsWithoutTenant', options.allowIdsWithoutTenant) ?? false,
    allowedUris: optionalList(FACTORY, 'allowedUris', options.allowedUris).map((prefix, index) =>
      checkUriPrefix(FACTORY, `allowedUris[${index}]`, prefix),
    ),
  });
}

// Maps instead of the caller's objects: `constructor` and `__proto__` are ordinary names here, and later changes have
// no effect.
function parseProviders(given: unknown): ReadonlyMap<string, ProviderEntry> {
  if (!isRecord(given)) {
    const expected = 'an object such as { openai: openai({ apiKey }) }';
    throw invalidOption(FACTORY, 'providers', expected, describeMembers(given));
  }
  const providers = new Map<string, ProviderEntry>();
  for (const [name, entry] of Object.entries(given)) {
    if (name === '') throw mistake(FACTORY, 'a name in "providers" must not be empty', 'invalid-option');
    if (typeof entry !== 'function' && !isProvider(entry)) {
      const option = memberPath('providers', name);
      throw invalidOption(FACTORY, option, 'a provider or a function that returns one', describeMembers(entry));
    }
    providers.set(name, entry as ProviderEntry);
  }
  return providers;
}

function parseAliases(given: unknown, providers: ReadonlyMap<string, ProviderEntry>): ReadonlyMap<string, string> {
  if (given === undefined) return new Map();
  if (!isRecord(given)) {
    throw invalidOption(FACTORY, 'aliases', 'an object such as { azure: "azure-eu" }', describeMembers(given));
  }
  const aliases = new Map<string, string>();
  for (const [alias, name] of Object.entries(given)) {
    const option = memberPath('aliases', alias);
    if (alias === '') throw mistake(FACTORY, 'a name in "aliases" must not be empty', 'invalid-option');
    if (providers.has(alias)) throw notBoth(FACTORY, option, memberPath('providers', alias));
    if (typeof name !== 'string' || !providers.has(name)) {
      throw invalidOption(FACTORY, option, 'a name in "providers"', describeValue(name));
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
  const expected = 'a name in "providers", a function, or false for none';
  throw invalidOption(FACTORY, 'defaultProvider', expected, describeValue(given));
}

function parseManagedFiles(given: unknown): ManagedFiles | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given) || typeof given['lookup'] !== 'function') {
    throw invalidOption(FACTORY, 'managedFiles', 'an object with a function "lookup"', describeMembers(given));
  }
  return given as object as ManagedFiles;
}

function parseCodec(given: unknown): FileIdCodec | undefined {
  if (given === undefined) return undefined;
  if (!isObject(given) || typeof given['decode'] !== 'function') {
    throw invalidOption(FACTORY, 'fileIds', 'a codec such as fileIdCodec({ keys: [key] })', describeMembers(given));
  }
  return given as object as FileIdCodec;
}

function parseAccepted(options: Readonly<RegistryResolverOptions>): ReadonlySet<FileIdForm> {
  const { acceptedIds, fileIds, managedFiles } = options;
  if (acceptedIds === undefined) {
    const managed: FileIdForm[] = managedFiles ? ['managed'] : [];
    return new Set<FileIdForm>(fileIds ? ['signed', ...managed] : ['plain', 'model', ...managed]);
  }
  const forms = optionalList(FACTORY, 'acceptedIds', acceptedIds);
  if (forms.length === 0) {
    throw invalidOption(FACTORY, 'acceptedIds', `at least one of ${FORMS.join(', ')}`, 'an empty array');
  }
  for (const form of forms) requireOneOf(FACTORY, 'acceptedIds', form, FORMS);
  requireBoth(forms.includes('signed'), 'signed', fileIds, 'fileIds');
  requireBoth(forms.includes('managed'), 'managed', managedFiles, 'managedFiles');
  return new Set(forms);
}

/** Requires the reader of a form of ids if the form is accepted, and refuses it otherwise. */
function requireBoth(isAccepted: boolean, form: FileIdForm, reader: unknown, option: string): void {
  if (isAccepted === (reader !== undefined)) return;
  const problem = isAccepted
    ? `"acceptedIds" has "${form}", which needs "${option}"`
    : `"acceptedIds" must have "${form}" where "${option}" is given`;
  throw mistake(FACTORY, problem, 'conflicting-options');
}
