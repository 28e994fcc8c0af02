import { FileContentError } from '../errors';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';

/** A checked base: everything of a URL before the paths of the API, and the query that each of its URLs has. */
export interface BaseURL {
  readonly origin: string;
  /** Without a slash at its end; empty for the root. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
}

/**
 * Takes a base URL apart once, at construction. Its path and its query belong to every URL that is built on it; a slash
 * at its end makes no difference.
 *
 * @throws TypeError for what is not an absolute http(s) URL, has a user name or password, or has a fragment. The value
 * is not repeated in the message where it may hold a secret.
 */
export function parseBaseURL(factory: string, option: string, value: string | URL): BaseURL {
  const url = parse(value);
  if (!url) {
    const got = typeof value === 'string' && value !== '' ? 'another string' : describeKind(value);
    throw invalidOption(factory, option, 'an absolute URL such as https://api.example.com/v1', got);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalidOption(factory, option, 'a URL that begins with https: or http:', url.protocol);
  }
  if (url.username !== '' || url.password !== '') {
    const expected = 'a URL without a user name or password; give the credential as an option';
    throw mistake(factory, `"${option}" must be ${expected}`, 'invalid-option');
  }
  if (url.hash !== '') throw invalidOption(factory, option, 'a URL without a fragment', 'a URL with one');
  return Object.freeze({ origin: url.origin, path: withoutTrailingSlashes(url.pathname), query: url.search.slice(1) });
}

/** As a loop, because a pattern that ends in "slashes, then the end" starts anew at each of many slashes. */
function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path.charAt(end - 1) === '/') end -= 1;
  return path.slice(0, end);
}

function parse(value: string | URL): URL | undefined {
  if (value instanceof URL) return new URL(value);
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

/** `path` is relative to the base and already encoded; `query` is added to the base's own. */
export function joinURL(base: BaseURL, path: string, query = ''): string {
  const search = base.query === '' || query === '' ? base.query + query : `${base.query}&${query}`;
  return `${base.origin}${base.path}/${path}${search === '' ? '' : `?${search}`}`;
}

/**
 * One id as exactly one segment of a path. `.` and `..` survive percent-encoding and would climb when the URL is parsed
 * (WHATWG URL, "double-dot path segment"), so they are refused, as is what cannot be encoded at all.
 *
 * @param param what the client's error body names; default `file_id`
 */
export function encodeSegment(value: string, provider: string, param = 'file_id'): string {
  if (typeof value === 'string' && value !== '' && value !== '.' && value !== '..') {
    try {
      return encodeURIComponent(value);
    } catch {
      // A lone surrogate has no UTF-8 form.
    }
  }
  throw new FileContentError('invalid_file_id', 'The id cannot be part of a URL.', { provider, body: { param } });
}
