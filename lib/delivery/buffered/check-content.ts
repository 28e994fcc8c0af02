import { types } from 'node:util';
import { FileContentError } from '../../errors';
import { contentDispositionFor } from '../../http/content-disposition';
import { MEDIA_TYPE } from '../../http/content-type';
import type { HeaderValues } from '../../http/header-values';
import type { BufferedContent } from '../../provider-contract/provider';
import { describeKind, describeMembers, describeValue } from '../../values/describe-value';
import { misspeltName } from '../../values/did-you-mean';
import { invalidResult, unknownMember } from '../../values/mistakes';
import { isObject, memberOf } from '../../values/own-members';

/** The checked result of a provider's function, with its members as headers. */
export interface CheckedContent {
  readonly body: Uint8Array | AsyncIterable<unknown>;
  readonly headers: HeaderValues;
}

const MEMBERS = ['body', 'contentType', 'filename', 'etag', 'lastModified'];

/** RFC 9110, section 8.8.3. */
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/**
 * Makes the error for a mistake in the gateway's code. The operator finds the mistake in the record's cause; the client
 * gets no details.
 */
export function unusable(provider: string, cause: TypeError): FileContentError {
  const message = 'The gateway could not read this file from where it is held.';
  return new FileContentError('resolver_failed', message, { cause, provider });
}

/** Describes a body of a wrong kind, with how to make bytes of it. */
function describeBody(value: unknown, before = '', after = ''): string {
  const kind = describeKind(value);
  const bytes = typeof value === 'string' ? 'Buffer.from(text)' : BYTES[kind];
  return bytes === undefined ? kind : `${kind}; write ${before}${bytes}${after}`;
}

const BYTES: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  'a Blob': 'Buffer.from(await blob.arrayBuffer())',
  'a File': 'Buffer.from(await file.arrayBuffer())',
  'an ArrayBuffer': 'Buffer.from(buffer)',
  bytes: 'bytes',
});

/**
 * The status of another HTTP client's response would be lost: the body of an error would be sent as the file.
 *
 * @throws FileContentError as {@link checkContent}
 */
function refuseResponses(returned: object, refuse: (expected: string, got: string) => FileContentError): void {
  const member = ['statusCode', 'status', 'headers'].find((name) => memberOf(returned, name) !== undefined);
  if (member === undefined) return;
  const kind = describeKind(returned);
  const got = kind === 'a Response' ? kind : `an object with ${JSON.stringify(member)}`;
  throw refuse(
    '{ body, contentType, ... } of a file that is there',
    `${got}; check its status and return its body, or write streamProvider({ name, openContent }) for a Response`,
  );
}

/**
 * Checks the result of `fetchContent` or `convert`. A value of a wrong type is refused. An ETag or a date that is not a
 * valid validator is left out, because clients do not need one.
 *
 * @throws FileContentError `resolver_failed`, its cause a TypeError that says what was given and what to write
 */
export function checkContent(
  returned: unknown,
  provider: string,
  source: 'fetchContent' | 'convert' | 'openContent',
  isBody: (value: unknown) => boolean = isBytesOrIterable,
): CheckedContent {
  const where = `provider ${provider}: ${source}()`;
  const refuse = (expected: string, got: string) => unusable(provider, invalidResult(where, expected, got));
  // Bytes without an object are refused too.
  if (!isObject(returned) || ArrayBuffer.isView(returned)) {
    throw refuse('{ body: Uint8Array or async iterable, contentType, ... }', describeBody(returned, '{ body: ', ' }'));
  }
  if (source !== 'openContent') refuseResponses(returned, refuse);
  const known = source === 'openContent' ? [...MEMBERS, 'contentLength', 'range'] : MEMBERS;
  const misspelt = misspeltName(returned, known);
  if (misspelt !== undefined) throw unusable(provider, unknownMember(where, misspelt, known));
  const read = (name: keyof BufferedContent): unknown => memberOf(returned, name);
  const [body, contentType, filename] = [read('body'), read('contentType'), read('filename')];
  const [etag, lastModified] = [read('etag'), read('lastModified')];
  if (!isBody(body)) {
    const streams = source === 'openContent' ? 'a Uint8Array, a stream' : 'a Uint8Array';
    const got = body === undefined ? describeMembers(returned) : describeBody(body);
    throw refuse(`${streams} or an async iterable of them as "body"`, got);
  }
  if (contentType !== undefined && (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType))) {
    throw refuse('a media type such as \'text/csv\' as "contentType"', describeValue(contentType));
  }
  if (filename !== undefined && typeof filename !== 'string') {
    throw refuse('a string as "filename"', describeValue(filename));
  }
  if (etag !== undefined && typeof etag !== 'string') {
    throw refuse('a string with its quotes as "etag", such as \'"v1"\'', describeValue(etag));
  }
  if (lastModified !== undefined && !types.isDate(lastModified)) {
    throw refuse('a Date as "lastModified"', describeValue(lastModified));
  }
  return {
    body: body as CheckedContent['body'],
    headers: {
      'content-type': contentType ?? 'application/octet-stream',
      'content-disposition': filename === undefined ? 'attachment' : contentDispositionFor(filename),
      etag: etag !== undefined && ENTITY_TAG.test(etag) ? etag : undefined,
      'last-modified': lastModified && !Number.isNaN(lastModified.getTime()) ? lastModified.toUTCString() : undefined,
    },
  };
}

function isBytesOrIterable(value: unknown): boolean {
  if (types.isUint8Array(value)) return true;
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}
