import type { IncomingMessage } from 'node:http';
import { headersOf } from '../http/message-headers';
import type { Settings } from '../options';
import type { LocatedProvider } from '../provider';
import { ownMember, ownMembers } from '../values/own-members';
import type { LocatedUpstream } from './located';
import { invalidResponse } from './upstream-error';

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const MAX_REDIRECTS = 3;

/**
 * Where a response redirects to, or undefined if it does not. Followed only where the provider's contract has
 * redirects, to https or on the same origin; another origin gets none of the provider's headers, its credential least
 * of all (T6).
 *
 * @throws FileContentError `provider_invalid_response` where the redirect may not be followed
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

/** S3 redirects what was sent to another region than the bucket's, and names that. */
function elsewhere({ headers }: IncomingMessage): string {
  const region = ownMember(headers, 'x-amz-bucket-region');
  const isRegion = typeof region === 'string' && /^[a-z0-9-]{1,32}$/.test(region);
  return isRegion ? `; the bucket is in the region ${region}` : '';
}

/** Does a server say that it has the resource, but not this method (RFC 9110, sections 15.5.6 and 15.6.2)? */
export function isMethodRefused({ statusCode }: IncomingMessage): boolean {
  return statusCode === 405 || statusCode === 501;
}
