import type { IncomingMessage } from 'node:http';
import { headersOf } from '../http/message-headers';
import type { Settings } from '../options/options';
import type { LocatedProvider } from '../provider-contract/provider';
import { ownMember, ownMembers } from '../values/own-members';
import type { LocatedUpstream } from './location/located';
import { invalidResponse } from './upstream-error';

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;

/**
 * Returns the target of a redirect, or undefined if the response is not one. Redirects are followed only if the
 * provider's contract has them, and only to https or to the same origin. Another origin gets none of the provider's
 * headers, and so no credential (T6).
 *
 * @throws FileContentError `provider_invalid_response` if the redirect must not be followed
 */
export function redirectTarget(
  response: IncomingMessage,
  from: LocatedUpstream,
  followed: number,
  provider: LocatedProvider,
  allowedOrigins: Settings['allowedOrigins'],
): LocatedUpstream | undefined {
  const status = response.statusCode ?? 0;
  if (!REDIRECT_STATUSES.has(status)) return undefined;
  const refuse = (problem: string) => invalidResponse(provider.name, `status ${status}: ${problem}`);
  if (provider.redirects !== 'follow') {
    throw refuse(`redirects are not part of this provider's contract${elsewhere(response)}`);
  }
  if (followed >= MAX_REDIRECTS) throw refuse(`more than ${MAX_REDIRECTS} redirects`);
  const { location } = ownMembers(headersOf(response));
  if (location === undefined || !URL.canParse(location, from.url.href))
    throw refuse('a redirect without a valid Location');
  const url = new URL(location, from.url);
  const isSameOrigin = url.origin === from.url.origin;
  if (url.protocol !== 'https:' && !isSameOrigin) throw refuse('a redirect to another scheme than https');
  if (url.username !== '' || url.password !== '') throw refuse('a redirect to a URL with a user name or password');
  if (allowedOrigins && !allowedOrigins.has(url.origin))
    throw refuse('a redirect to an origin that "allowedOrigins" does not list');
  url.hash = '';
  return { url, headers: isSameOrigin ? from.headers : {} };
}

/** S3 redirects a request to the wrong region and names the bucket's region. */
function elsewhere({ headers }: IncomingMessage): string {
  const region = ownMember(headers, 'x-amz-bucket-region');
  const isRegion = typeof region === 'string' && /^[a-z0-9-]{1,32}$/.test(region);
  return isRegion ? `; the bucket is in the region ${region}` : '';
}

/** Tells whether the server does not support the method for this resource (RFC 9110, sections 15.5.6 and 15.6.2). */
export function isMethodRefused({ statusCode }: IncomingMessage): boolean {
  return statusCode === 405 || statusCode === 501;
}
