import { FileContentError } from '../../errors';
import { HEADER_NAME, HEADER_VALUE } from '../../http/header-values';
import { isFramingRequestHeader } from '../../http/request-headers';
import type { Settings } from '../../options/options';
import { describeKind, describeValue } from '../../values/describe-value';
import { misspeltMember } from '../../values/did-you-mean';
import { resultMistake } from '../../values/mistakes';
import { memberOf } from '../../values/own-members';
import { requireAllowedOrigin } from './allowed-origins';

/** The checked URL and headers of a file at its provider. */
export interface LocatedUpstream {
  readonly url: URL;
  /** The provider's own headers, including its credential. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The provider and the function whose result is checked. */
export interface Source {
  readonly provider: string;
  readonly call: 'locate' | 'presign';
}

function misplaced({ provider, call }: Source, problem: string): FileContentError {
  return new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
    cause: resultMistake(`provider ${provider}: ${call}() returned ${problem}`),
    provider,
  });
}

/**
 * Checks what a provider's `locate` or `presign` returned.
 *
 * @throws FileContentError `resolver_failed`, its cause a TypeError that says what was returned
 */
export function checkLocated(
  returned: unknown,
  source: Source,
  allowedOrigins: Settings['allowedOrigins'],
): LocatedUpstream {
  const members = source.call === 'locate' ? ['url', 'headers'] : ['url'];
  if (typeof returned !== 'object' || returned === null) {
    throw misplaced(source, `${describeKind(returned)}; write ${shapeOf(members)}`);
  }
  const misspelt = misspeltMember(returned, members);
  if (misspelt !== undefined) throw misplaced(source, misspelt.trimStart());
  if (source.call === 'presign' && memberOf(returned, 'headers') !== undefined) {
    throw misplaced(source, '"headers", which a client cannot be made to send; sign what the store needs into the URL');
  }
  const method = memberOf(returned, 'method');
  if (method !== undefined && !isReading(method)) {
    const instead = 'the router sends GET or HEAD; write streamProvider({ name, openContent }) for other requests';
    throw misplaced(source, `the "method" ${describeValue(method)}, but ${instead}`);
  }
  const given: unknown = memberOf(returned, 'url');
  const text = given instanceof URL ? given.href : given;
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (url === null) {
    const isBare = describeKind(returned) === 'a URL';
    throw misplaced(source, isBare ? `a URL; write ${shapeOf(members)}` : 'a "url" that is not an absolute URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw misplaced(source, `a "url" with the scheme ${url.protocol} instead of http: or https:`);
  }
  if (url.username !== '' || url.password !== '') {
    throw misplaced(source, 'a "url" with a user name or password; put the credential into "headers"');
  }
  requireAllowedOrigin(url, allowedOrigins, source.provider, `${source.call}() returned a "url"`);
  if (url.hash !== '') url.hash = '';
  return { url, headers: source.call === 'locate' ? checkHeaders(memberOf(returned, 'headers'), source) : {} };
}

function shapeOf(members: readonly string[]): string {
  return `{ ${members.join(', ')} }`;
}

function isReading(method: unknown): boolean {
  return typeof method === 'string' && /^(?:GET|HEAD)$/i.test(method);
}

function checkHeaders(headers: unknown, source: Source): Readonly<Record<string, string>> {
  if (headers === undefined) return {};
  if (typeof headers !== 'object' || headers === null) throw misplaced(source, '"headers" that are not an object');
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    // The value may be a credential, so the message names only the header.
    if (!HEADER_NAME.test(name) || typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      throw misplaced(source, `"headers" with an invalid name or value at ${JSON.stringify(name)}`);
    }
    if (isFramingRequestHeader(name)) throw misplaced(source, `"headers" with ${name}, which it may not set`);
    checked[name] = value;
  }
  return checked;
}
