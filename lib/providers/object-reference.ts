import { FileContentError, fileNotFound } from '../errors';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';
import { optionalText } from '../values/read-options';

/** An object of a store, its key not encoded. */
export interface ObjectReference {
  readonly bucket: string;
  readonly key: string;
}

export interface ObjectScopeOptions {
  /** The bucket or container. When it is given, a file id is a key in it, and no other bucket can be read. */
  readonly bucket: string | undefined;
  /** A folder, with a slash at its end: put before every key; ids in URI form must lie under it. */
  readonly prefix: string | undefined;
  /** Whether a text is a name that a bucket of this store can have. */
  readonly isBucket: (name: string) => boolean;
}

/** Where a store's own URIs begin and how the rest names bucket and key. Undefined: not such a URI. */
export type ParseURI = (fileId: string) => ObjectReference | undefined;

// What S3, GCS and Azure allow, underscores and capitals of older buckets included; nothing that a URL reads.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{0,221}$/;

export function isBucketName(value: string): boolean {
  return BUCKET.test(value) && !value.includes('..');
}

/**
 * Checks a fixed bucket and prefix at construction. A prefix is a folder: without a slash at its end `tenant1` would
 * reach `tenant10/` as well, so it gets one.
 *
 * @throws TypeError for a bucket or prefix that no object can have
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

/** `gs://bucket/object`: what follows the first slash is the key, as it is. */
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
 * Finds the object that a file id names, inside the fixed bucket and prefix where there are such.
 *
 * @throws FileContentError `file_not_found` for what lies outside of them, `invalid_file_id` for what names no object.
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
 * A key may hold slashes, but a segment `.` or `..` would climb when the URL is parsed, into another bucket even. Some
 * stores read a backslash as a slash, so that one ends a segment here, too.
 */
function isKey(key: string): boolean {
  if (key === '' || Buffer.byteLength(key) > 1024) return false;
  return !key.split(/[/\\]/).some((part) => part === '.' || part === '..');
}

function invalidId(provider: string): FileContentError {
  return new FileContentError('invalid_file_id', 'The id does not name an object of the store.', { provider });
}

/**
 * RFC 3986's unreserved characters alone stay as they are, as SigV4 and Google ask it; encodeURIComponent leaves five
 * more.
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

/** A key as a path: its slashes stay, everything else is encoded. */
export function encodeKey(key: string, provider: string): string {
  return key
    .split('/')
    .map((part) => encodeStrictly(part, provider))
    .join('/');
}
