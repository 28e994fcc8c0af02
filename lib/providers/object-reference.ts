import { FileContentError, fileNotFound } from '../errors';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';
import { optionalText } from '../values/read-options';

/** An object of a store. Its key is not encoded. */
export interface ObjectReference {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectScopeOptions {
  /** The bucket or container. With it, a file id is a key in it, and no other bucket can be read. */
  readonly bucket: string | undefined;
  /** A folder with a trailing slash that is prepended to every key. Ids in URI form must lie in it. */
  readonly prefix: string | undefined;
  /** Tells whether a text can be the name of a bucket of this store. */
  readonly isBucket: (name: string) => boolean;
}

/** Parses a store's own URI into bucket and key. Undefined for anything else. */
export type ParseURI = (fileId: string) => ObjectReference | undefined;

// The characters that S3, GCS and Azure allow, including underscores and capitals of older buckets, but none with a
// meaning in a URL.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,221}$/;

export function isBucketName(value: string): boolean {
  return BUCKET.test(value) && !value.includes('..');
}

/**
 * Checks a fixed bucket and prefix at construction. A prefix gets a trailing slash: without one, `tenant1` would
 * include `tenant10/`.
 *
 * @throws TypeError for an impossible bucket or prefix
 */
export function readScope(
  factory: string,
  option: string,
  bucket: unknown,
  prefix: unknown,
  isBucket: (name: string) => boolean = isBucketName,
): ObjectScopeOptions {
  const fixed = optionalText(factory, option, bucket);
  if (fixed !== undefined && !isBucket(fixed)) {
    throw invalidOption(factory, option, `a name that a ${option} can have`, describeKind(fixed));
  }
  if (prefix !== undefined && typeof prefix !== 'string') {
    throw invalidOption(factory, 'prefix', 'a string', describeKind(prefix));
  }
  if (prefix !== undefined && fixed === undefined) {
    const reason = `without it a file id names its own ${option}`;
    throw mistake(factory, `"prefix" needs "${option}": ${reason}`, 'conflicting-options');
  }
  if (prefix === undefined || prefix === '') return { bucket: fixed, prefix: undefined, isBucket };
  const folder = prefix.endsWith('/') ? prefix : `${prefix}/`;
  if (!isKey(folder)) {
    const expected = 'a folder of at most 1024 bytes, without the segments "." and ".."';
    throw invalidOption(factory, 'prefix', expected, 'another string');
  }
  return { bucket: fixed, prefix: folder, isBucket };
}

/** Makes the parser of `gs://bucket/object`. Everything after the first slash is the key, unchanged. */
export function uriScheme(scheme: 'gs'): ParseURI {
  const start = `${scheme}://`;
  return function parseURI(fileId) {
    if (!fileId.startsWith(start)) return undefined;
    const slash = fileId.indexOf('/', start.length);
    if (slash === -1) return { bucket: fileId.slice(start.length), key: '' };
    return { bucket: fileId.slice(start.length, slash), key: fileId.slice(slash + 1) };
  };
}

/**
 * Finds the object that a file id names, inside the fixed bucket and prefix, if there are any.
 *
 * @throws FileContentError `file_not_found` for an object outside of them, `invalid_file_id` for an id that names no
 *   object
 */
export function resolveObject(
  provider: string,
  scope: ObjectScopeOptions,
  parseURI: ParseURI,
  fileId: string,
): ObjectReference {
  const found = parseURI(fileId) ?? keyInScope(provider, scope, fileId);
  if (!scope.isBucket(found.bucket) || !isKey(found.key)) throw invalidId(provider);
  const isInside =
    (scope.bucket === undefined || found.bucket === scope.bucket) &&
    (scope.prefix === undefined || found.key.startsWith(scope.prefix));
  if (isInside) return found;
  throw fileNotFound({ provider });
}

function keyInScope(provider: string, { bucket, prefix = '' }: ObjectScopeOptions, fileId: string): ObjectReference {
  if (bucket === undefined || fileId === '') throw invalidId(provider);
  return { bucket, key: `${prefix}${fileId}` };
}

/**
 * Tells whether a text is a safe key. A key may contain slashes, but a segment `.` or `..` would change the path when
 * the URL is parsed, even into another bucket. Some stores read a backslash as a slash, so it ends a segment here too.
 */
function isKey(key: string): boolean {
  if (key === '' || Buffer.byteLength(key) > 1024) return false;
  return !key.split(/[/\\]/).some((part) => part === '.' || part === '..');
}

function invalidId(provider: string): FileContentError {
  return new FileContentError('invalid_file_id', 'The id does not name an object of the store.', { provider });
}

/**
 * Encodes everything except RFC 3986's unreserved characters, as SigV4 and Google require. `encodeURIComponent` leaves
 * five more characters.
 */
export function encodeStrictly(text: string, provider: string): string {
  try {
    return encodeURIComponent(text).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  } catch {
    throw invalidId(provider);
  }
}

/** Encodes a key as a path, keeping its slashes. */
export function encodeKey(key: string, provider: string): string {
  return key
    .split('/')
    .map((part) => encodeStrictly(part, provider))
    .join('/');
}
