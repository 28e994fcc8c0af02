import type { Provider } from '../provider-contract/provider';
import { describeMembers, describeValue } from '../values/describe-value';
import { likelyName } from '../values/did-you-mean';
import { invalidOption, memberPath, mistake } from '../values/mistakes';
import { isObject, isRecord, memberOf, ownMembers } from '../values/own-members';
import type { ProviderNames } from './provider-names';
import type { ModelEntry, ModelLookup } from './registry-options';

const FACTORY = 'registryResolver';

/** Checks and copies the deployments by model. */
export function parseModels(given: unknown, names: ProviderNames): ModelLookup {
  if (typeof given === 'function') return given as ModelLookup;
  if (given !== undefined && !isRecord(given)) {
    const expected = 'an object such as { "gpt-4o": { provider: "openai" } }, or a function';
    throw invalidOption(FACTORY, 'models', expected, describeMembers(given));
  }
  const models = new Map<string, ModelEntry>();
  for (const [model, entry] of Object.entries(given ?? {})) {
    const path = memberPath('models', model);
    const problem = modelProblem(path, entry, names);
    if (problem) throw mistake(FACTORY, problem, 'invalid-option');
    const { provider, account } = readModel(entry as ModelEntry);
    const clash = typeof provider === 'string' ? undefined : names.claim(provider);
    if (clash) throw mistake(FACTORY, `"${path}.provider" ${clash}`, 'invalid-option');
    models.set(model, Object.freeze({ provider, account }));
  }
  return function findModel(model: string): ModelEntry | undefined {
    return models.get(model);
  };
}

/** Copies an entry that {@link modelProblem} has found valid, including members of its class. */
export function readModel(entry: ModelEntry): ModelEntry {
  const [provider, account] = [memberOf(entry, 'provider'), memberOf(entry, 'account')];
  return ownMembers({ provider, account }) as ModelEntry;
}

const A_PROVIDER = 'a name in "providers" or a provider';

const MEMBERS = ['provider', 'account'];
/** Members of a managed file's record and of a signed id that a model does not have. */
const OF_FILES = ['fileId', 'tenant'];

/**
 * Says what is wrong with a model's deployment, or returns undefined. An entry without a provider is not a deployment.
 *
 * @param path the deployment's path in the message, such as `models.gpt-4o`
 */
export function modelProblem(path: string, entry: unknown, names: ProviderNames): string | undefined {
  if (!isObject(entry) || memberOf(entry, 'provider') === undefined) {
    const misspelt = isObject(entry) ? memberProblem(path, entry) : undefined;
    const expected = '{ provider: "name" } or { provider: openai({ apiKey }) }';
    return misspelt ?? `"${path}" must be ${expected}, got ${describeMembers(entry)}`;
  }
  const [provider, account] = [memberOf(entry, 'provider'), memberOf(entry, 'account')];
  if (typeof provider === 'string') {
    const registered = names.registered(provider);
    if (registered === undefined) return `"${path}.provider" must be ${A_PROVIDER}, got ${describeValue(provider)}`;
    return memberProblem(path, entry) ?? accountProblem(path, account, typeof registered.entry === 'function');
  }
  if (!isProvider(provider)) return `"${path}.provider" must be ${A_PROVIDER}, got ${describeMembers(provider)}`;
  return memberProblem(path, entry) ?? accountProblem(path, account, false);
}

function memberProblem(path: string, entry: object): string | undefined {
  const names = Object.keys(entry).filter((name) => !MEMBERS.includes(name));
  for (const name of names) {
    const likely = likelyName(name, MEMBERS);
    if (likely !== undefined) return `"${memberPath(path, name)}" is unknown. Did you mean \`${likely}\`?`;
  }
  const idle = names.find((name) => likelyName(name, OF_FILES) !== undefined);
  // A tenant that is not checked would look like a restriction.
  return idle && `"${memberPath(path, idle)}" must be left out: a model has only a provider and an account`;
}

function accountProblem(path: string, account: unknown, isFunction: boolean): string | undefined {
  if (account === undefined) return undefined;
  if (typeof account !== 'string' || account === '') {
    return `"${path}.account" must be a non-empty string, got ${describeMembers(account)}`;
  }
  return isFunction ? undefined : `"${path}.account" needs an entry of "providers" that is a function`;
}

/** Tells whether a value looks like a provider. The router checks a resolution's provider completely. */
export function isProvider(value: unknown): value is Provider {
  if (!isObject(value) || typeof value['name'] !== 'string' || value['name'] === '') return false;
  return (
    typeof value['streaming'] === 'boolean' &&
    (typeof value['locate'] === 'function') !== (typeof value['fetchContent'] === 'function')
  );
}
