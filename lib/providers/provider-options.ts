import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isReservedRequestHeader } from '../http/request-headers';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake, notBoth } from '../values/mistakes';
import { isRecord } from '../values/own-members';
import { optionalText } from '../values/read-options';

/**
 * Checks headers that are sent with every request to a provider, and gives them lower-case names.
 *
 * @throws TypeError that names the header, never its value
 */
export function readHeaders(
  factory: string,
  headers: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const checked: Record<string, string> = {};
  if (headers === undefined) return checked;
  if (!isRecord(headers)) throw invalidOption(factory, 'headers', 'an object of strings', describeKind(headers));
  for (const [name, value] of Object.entries(headers)) {
    const lowerCase = name.toLowerCase();
    const option = `headers.${lowerCase}`;
    if (isReservedRequestHeader(lowerCase)) {
      throw mistake(factory, `"headers" must not set ${lowerCase}: the router decides it`, 'invalid-option');
    }
    if (Object.hasOwn(checked, lowerCase)) {
      throw mistake(factory, `"headers" must not set ${lowerCase} twice`, 'invalid-option');
    }
    if (typeof value !== 'string') throw invalidOption(factory, option, 'a string', describeKind(value));
    try {
      validateHeaderName(lowerCase);
      validateHeaderValue(lowerCase, value);
    } catch {
      const problem = `"headers" has characters that a header cannot carry, at ${JSON.stringify(lowerCase)}`;
      throw mistake(factory, problem, 'invalid-option');
    }
    checked[lowerCase] = value;
  }
  return checked;
}

/** @throws TypeError for anything but text that a header can carry; the message does not show it */
export function optionalHeaderText(factory: string, option: string, value: unknown): string | undefined {
  const text = optionalText(factory, option, value);
  if (text === undefined || /^[\x20-\x7e]+$/.test(text)) return text;
  throw invalidOption(factory, option, 'text that a header can carry', 'a string');
}

/** @throws TypeError if `headers` set the header with the credential of the option `option` */
export function withoutHeader<T extends Readonly<Record<string, string>>>(
  factory: string,
  header: string,
  option: string,
  headers: T,
): T {
  if (!Object.hasOwn(headers, header)) return headers;
  throw notBoth(factory, option, `headers.${header}`);
}

/** Checks the names of the client's query parameters that a provider forwards. */
export function readQueryNames(factory: string, names: readonly string[] | undefined): readonly string[] | undefined {
  if (names === undefined) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) {
    return Object.freeze([...names]);
  }
  const got = Array.isArray(names) ? 'an array with something else' : describeKind(names);
  throw invalidOption(factory, 'query', "an array of parameter names, for example ['format']", got);
}
