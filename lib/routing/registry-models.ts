import { likelyName } from '../values/did-you-mean';
import { isObject, memberOf, ownMembers } from '../values/own-members';
import { describe, isProvider, mistake } from './describe-entry';
import type { ProviderNames } from './provider-names';
import type { ModelEntry, ModelLookup } from './registry-options';

/** Checks and copies the deployments by model. */
export function parseModels(given: unknown, names: ProviderNames): ModelLookup {
  if (typeof given === 'function') return given as ModelLookup;
  if (given !== undefined && !isObject(given)) {
    throw mistake(
      `"models" must be an object such as { "gpt-4o": { provider: "openai" } } or a function, got ${describe(given)}`,
    );
  }
  const models = new Map<string, ModelEntry>();
  for (const [model, entry] of Object.entries(given ?? {})) {
    const problem = modelProblem(entry, names);
    if (problem) throw mistake(`models[${JSON.stringify(model)}]${problem}`);
    const { provider, account } = readModel(entry as ModelEntry);
    const clash = typeof provider === 'string' ? undefined : names.claim(provider);
    if (clash) throw mistake(`models[${JSON.stringify(model)}].provider ${clash}`);
    models.set(model, Object.freeze({ provider, account }));
  }
  return function findModel(model: string): ModelEntry | undefined {
    return models.get(model);
  };
}

/** A copy of what {@link modelProblem} has found to be right, of the entry's class as well. */
export function readModel(entry: ModelEntry): ModelEntry {
  const [provider, account] = [memberOf(entry, 'provider'), memberOf(entry, 'account')];
  return ownMembers({ provider, account }) as ModelEntry;
}

const MEMBERS = ['provider', 'account'];
/** What a managed file's record and a signed id may say, and a model does not. */
const OF_FILES = ['fileId', 'tenant'];

/** What is wrong with a model's deployment; undefined when nothing is. Credentials alone are no deployment. */
export function modelProblem(entry: unknown, names: ProviderNames): string | undefined {
  if (!isObject(entry) || memberOf(entry, 'provider') === undefined) {
    const misspelt = isObject(entry) ? memberProblem(entry) : undefined;
    return (
      misspelt ??
      ` has no provider; write { provider: "name" } or { provider: openai({ apiKey }) }, got ${describe(entry)}`
    );
  }
  const [provider, account] = [memberOf(entry, 'provider'), memberOf(entry, 'account')];
  if (typeof provider === 'string') {
    const registered = names.registered(provider);
    if (registered === undefined) return `.provider: ${JSON.stringify(provider)} is not in "providers"`;
    return memberProblem(entry) ?? accountProblem(account, typeof registered.entry === 'function');
  }
  if (!isProvider(provider)) {
    return `.provider must be a name in "providers" or a provider, got ${describe(provider)}`;
  }
  return memberProblem(entry) ?? accountProblem(account, false);
}

function memberProblem(entry: object): string | undefined {
  const names = Object.keys(entry).filter((name) => !MEMBERS.includes(name));
  for (const name of names) {
    const likely = likelyName(name, MEMBERS);
    if (likely !== undefined) return `: unknown member ${JSON.stringify(name)}. Did you mean \`${likely}\`?`;
  }
  const idle = names.find((name) => likelyName(name, OF_FILES) !== undefined);
  // A tenant that nobody reads would look like a limit.
  return idle && `: the member ${JSON.stringify(idle)} has no meaning here; a model has a provider and an account`;
}

function accountProblem(account: unknown, isFunction: boolean): string | undefined {
  if (account === undefined) return undefined;
  if (typeof account !== 'string' || account === '') {
    return `.account must be a non-empty string, got ${describe(account)}`;
  }
  return isFunction ? undefined : '.account needs an entry of "providers" that is a function of the account';
}
