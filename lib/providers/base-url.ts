import { FileContentError } from '../errors';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';

/** A checked base URL: the part before the paths of the API, and the query of every URL. */
export interface BaseURL {
  readonly origin: string;
  /** Without a trailing slash. Empty for the root. */
  readonly path: string;
  /** Without `?`. Empty if there is none. */
  readonly query: string;
}

/**
 * Parses a base URL at construction. Its path and its query are part of every URL that is built on it. A trailing slash
 * is ignored.
 *
 * @throws TypeError for anything but an absolute http(s) URL without a user name, password and fragment. The message
 *   does not repeat a value that may contain a secret.
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

/** A loop, because the pattern `/\/+$/` takes quadratic time for many slashes. */
function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path.charAt(end - 1) === '/') end -= 1;
  return path.slice(0, end);
}

function parse(value: string | URL): URL | undefined {
  if (value instanceof URL) return new URL(value);
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

/** Joins a base URL with a relative, encoded `path`. `query` is added to the base's own. */
export function joinURL(base: BaseURL, path: string, query = ''): string {
  const search = base.query === '' || query === '' ? base.query + query : `${base.query}&${query}`;
  return `${base.origin}${base.path}/${path}${search === '' ? '' : `?${search}`}`;
}

/**
 * Encodes an id as exactly one segment of a path. `.` and `..` survive percent-encoding and would change the path when
 * the URL is parsed (WHATWG URL, "double-dot path segment"), so they are refused, like text that cannot be encoded.
 *
 * @param param the parameter that the client's error body names. Defaults to `file_id`.
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
