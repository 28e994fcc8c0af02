import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isReservedRequestHeader } from '../http/request-headers';
import { likelyName } from '../values/did-you-mean';

/**
 * Copies a factory's options: own properties only, so that a polluted `Object.prototype` gives none, and only the known
 * ones, so that a misspelt option fails at construction and not at the first download.
 */
export function readOptions<T extends object>(
  factory: string,
  options: T,
  known: Readonly<Record<keyof T, true>>,
): Readonly<T> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${factory}: expected an options object, got ${describe(options)}`);
  }
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, option)) {
      const likely = likelyName(option, Object.keys(known));
      const hint = likely === undefined ? '' : `. Did you mean \`${likely}\`?`;
      throw new TypeError(
        `${factory}: unknown option ${JSON.stringify(option)}; the options are ${Object.keys(known).join(', ')}${hint}`,
      );
    }
    // Taken for a left-out option, it would send the key to the default host.
    if (value === null) throw new TypeError(`${factory}: ${option} is null; leave it out or write a value`);
  }
  const own: T = Object.assign(Object.create(null), options);
  return Object.freeze(own);
}

export function requireText(factory: string, option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new TypeError(`${factory}: ${option} must be a non-empty string, got ${describe(value)}`);
  }
  return value;
}

export function optionalText(factory: string, option: string, value: unknown): string | undefined {
  return value === undefined ? undefined : requireText(factory, option, value);
}

/** Says what kind of value was given and never the value: it may be a secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  return Array.isArray(value) ? 'an array' : typeof value;
}

/** Checks headers that are sent with every request to a provider, and gives them lower-case names. */
export function readHeaders(
  factory: string,
  headers: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const checked: Record<string, string> = {};
  if (headers === undefined) return checked;
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError(`${factory}: headers must be an object of strings, got ${describe(headers)}`);
  }
  for (const [name, value] of Object.entries(headers)) {
    const lowerCase = name.toLowerCase();
    if (isReservedRequestHeader(lowerCase)) throw new TypeError(`${factory}: headers may not set ${lowerCase}`);
    if (Object.hasOwn(checked, lowerCase)) throw new TypeError(`${factory}: headers set header ${lowerCase} twice`);
    if (typeof value !== 'string') {
      throw new TypeError(`${factory}: header ${lowerCase} must be a string, got ${describe(value)}`);
    }
    try {
      validateHeaderName(lowerCase);
      validateHeaderValue(lowerCase, value);
    } catch {
      throw new TypeError(`${factory}: header ${JSON.stringify(lowerCase)} has characters that a header cannot carry`);
    }
    checked[lowerCase] = value;
  }
  return checked;
}

/** @throws TypeError where `headers` set the header that carries the credential of the option `option` */
export function withoutHeader<T extends Readonly<Record<string, string>>>(
  factory: string,
  header: string,
  option: string,
  headers: T,
): T {
  if (!Object.hasOwn(headers, header)) return headers;
  throw new TypeError(`${factory}: give ${option} or headers.${header}, not both`);
}

/** Checks the names of the client's query parameters that a provider forwards. */
export function readQueryNames(factory: string, names: readonly string[] | undefined): readonly string[] | undefined {
  if (names === undefined) return undefined;
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string' || name === '')) {
    throw new TypeError(`${factory}: query must be an array of parameter names, for example ['format']`);
  }
  return Object.freeze([...names]);
}

/** Checks a switch. */
export function optionalFlag(factory: string, option: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new TypeError(`${factory}: ${option} must be true or false, got ${describe(value)}`);
}
