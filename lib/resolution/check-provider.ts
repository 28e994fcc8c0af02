import { pluralOf } from '../http/routes';
import type { Provider } from '../provider-contract/provider';
import { describeKind, describeValue } from '../values/describe-value';
import { likelyName, misspeltMember } from '../values/did-you-mean';
import { isRecord, memberOf, ownMember, ownMembers } from '../values/own-members';
import { invalidResolution } from './resolver-errors';
import { describeOther, describeResult, isCandidate } from './wrong-result';

/** Tells whether a value is a provider and not a resolution with one. */
export function looksLikeProvider(value: object): boolean {
  return memberOf(value, 'locate') !== undefined || memberOf(value, 'fetchContent') !== undefined;
}

const FUNCTIONS = [
  'locate',
  'fetchContent',
  'openContent',
  'convert',
  'inspect',
  'transform',
  'translateRefusal',
  'redactedError',
  'classifyRefusal',
  'presign',
  'describeFile',
  'addHeaders',
  'responseHeaders',
] as const;

/** Members that were renamed, with the name that the rest of the package reads. */
const RENAMED: Readonly<Record<string, string>> = { redactedError: 'translateRefusal', responseHeaders: 'addHeaders' };

const PROVIDER_MEMBERS: readonly string[] = [
  'name',
  'streaming',
  'redirects',
  'query',
  'reuseConnections',
  'renewsCredential',
  'suffixRanges',
  ...FUNCTIONS,
];
const IS_MEMBER = new Set(PROVIDER_MEMBERS);

/**
 * Tells whether an object is a literal. An instance of a class may have further members; in a literal, a similar name
 * is a misspelling.
 */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return true;
  // Made with Object.create() from another literal.
  return !Object.hasOwn(prototype, 'constructor') && isPlain(prototype);
}

/**
 * Members of a resolution. A provider with one is refused, because for example its tenant would be silently ignored.
 */
const OF_RESOLUTIONS = [
  'params',
  'provider',
  'fileId',
  'delivery',
  'tenant',
  'filename',
  'contentType',
  'disposition',
  'context',
];

/** Says what is wrong with the names of a provider's members, or returns undefined. */
function memberProblem(provider: object): string | undefined {
  const unknown = Object.keys(provider).filter((name) => !IS_MEMBER.has(name));
  if (unknown.length === 0 || !isPlain(provider)) return undefined;
  for (const name of unknown) {
    const meant = OF_RESOLUTIONS.includes(name) ? name : likelyName(name, ['tenant', 'fileId']);
    if (meant === undefined) continue;
    const beside = meant === 'provider' ? 'fileId' : meant;
    return ` has the member ${JSON.stringify(name)}, which belongs to a resolution; write { provider, ${beside} }`;
  }
  const misspelt = misspeltMember(provider, PROVIDER_MEMBERS);
  return misspelt && ` has${misspelt}`;
}

function isNameList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

function isQuery(value: unknown): boolean {
  if (!isRecord(value)) return isNameList(value);
  return Object.entries(value).every(
    ([name, list]) => pluralOf(name) === undefined && (list === undefined || isNameList(list)),
  );
}

/** Returns the expected value of a switch if the given one is invalid. */
const SWITCHES: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  redirects: (value) => (value === 'refuse' || value === 'follow' ? undefined : "'refuse' or 'follow'"),
  query: (value) =>
    isQuery(value) ? undefined : "an array of names, or an object of them such as { videos: ['variant'] }",
};

function describeNoProvider(value: unknown): string {
  if (describeKind(value) === 'a Promise') return 'a Promise; await it first';
  if (value !== undefined && value !== null) return describeResult(value);
  return `${value}; throw fileNotFound() if there is none`;
}

/** Copies and checks a provider. Each member is read once, so that later changes to the provider have no effect. */
export function checkProvider(where: string, value: unknown): Provider {
  if (!isCandidate(value)) {
    throw invalidResolution(`${where}: "provider" must be a provider object, got ${describeNoProvider(value)}`);
  }
  const name = memberOf(value, 'name');
  if (name === undefined && !looksLikeProvider(value)) {
    throw invalidResolution(`${where}: "provider" must be a provider object, got ${describeOther(value)}`);
  }
  if (typeof name !== 'string' || name === '') {
    throw invalidResolution(`${where}: a provider's "name" must be a non-empty string, got ${describeValue(name)}`);
  }
  const problem = memberProblem(value);
  if (problem !== undefined) throw invalidResolution(`${where}: provider ${name}${problem}`);
  const streaming = memberOf(value, 'streaming');
  if (typeof streaming !== 'boolean') {
    throw invalidResolution(
      `${where}: provider ${name}: "streaming" must be true or false, got ${describeValue(streaming)}`,
    );
  }
  const checked: Record<string, unknown> = ownMembers({ name, streaming });
  for (const member of FUNCTIONS) {
    const given = memberOf(value, member);
    if (given === undefined) continue;
    if (typeof given !== 'function') {
      throw invalidResolution(
        `${where}: provider ${name}: "${member}" must be a function, got ${describeValue(given)}`,
      );
    }
    const current = ownMember(RENAMED, member) ?? member;
    if (Object.hasOwn(checked, current)) {
      throw invalidResolution(
        `${where}: provider ${name} has "${current}" and "${member}", its former name; keep "${current}" alone`,
      );
    }
    checked[current] = given.bind(value);
  }
  if ('locate' in checked === 'fetchContent' in checked) {
    throw invalidResolution(`${where}: provider ${name} must have one of the functions "locate" and "fetchContent"`);
  }
  for (const member of ['reuseConnections', 'renewsCredential']) {
    const given = memberOf(value, member);
    if (given === undefined) continue;
    if (typeof given !== 'boolean') {
      throw invalidResolution(
        `${where}: provider ${name}: "${member}" must be true or false, got ${describeValue(given)}`,
      );
    }
    checked[member] = given;
  }
  for (const member of ['redirects', 'query']) {
    const given = memberOf(value, member);
    if (given === undefined) continue;
    const expected = SWITCHES[member]?.(given);
    if (expected !== undefined) {
      const got = describeValue(given);
      throw invalidResolution(`${where}: provider ${name}: "${member}" must be ${expected}, got ${got}`);
    }
    checked[member] = given;
  }
  const suffixRanges = memberOf(value, 'suffixRanges');
  if (suffixRanges !== undefined && typeof suffixRanges !== 'boolean') {
    throw invalidResolution(
      `${where}: provider ${name}: "suffixRanges" must be true or false, got ${describeValue(suffixRanges)}`,
    );
  }
  if (suffixRanges !== undefined) checked['suffixRanges'] = suffixRanges;
  return Object.freeze(checked) as object as Provider;
}
