import { types } from 'node:util';
import { FileContentError } from '../../errors';
import { contentDispositionFor } from '../../http/content-disposition';
import { MEDIA_TYPE } from '../../http/content-type';
import type { HeaderValues } from '../../http/header-values';
import type { BufferedContent } from '../../provider';
import { describeValue } from '../../values/describe-value';
import { misspeltMember } from '../../values/did-you-mean';
import { memberOf } from '../../values/own-members';

/** What a provider's function gave, after its run-time check: its own words as the headers they stand for. */
export interface CheckedContent {
  readonly body: Uint8Array | AsyncIterable<unknown>;
  readonly headers: HeaderValues;
}

const MEMBERS = ['body', 'contentType', 'filename', 'etag', 'lastModified'];

/** RFC 9110, section 8.8.3. */
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;

/** A mistake in the gateway's code: the operator reads it in the record's cause, the client gets a sentence without details. */
export function unusable(provider: string, problem: string): FileContentError {
  return new FileContentError('resolver_failed', 'The gateway could not read this file from where it is held.', {
    cause: new TypeError(`provider ${provider}: ${problem}`),
    provider,
  });
}

/**
 * Checks what `fetchContent` or `convert` returned. A value of a wrong type is refused; an ETag or a date that could not
 * be a validator is left out, since clients do without one.
 *
 * @throws FileContentError `resolver_failed`, its cause a TypeError that says what was given and what to write
 */
export function checkContent(returned: unknown, provider: string, source: 'fetchContent' | 'convert'): CheckedContent {
  const refuse = (problem: string): FileContentError => unusable(provider, `${source} returned ${problem}`);
  if (typeof returned !== 'object' || returned === null) {
    throw refuse(`${describeValue(returned)}; write { body: Uint8Array or async iterable, contentType, ... }`);
  }
  const misspelt = misspeltMember(returned, MEMBERS);
  if (misspelt !== undefined) throw refuse(misspelt.trimStart());
  const read = (name: keyof BufferedContent): unknown => memberOf(returned, name);
  const [body, contentType, filename] = [read('body'), read('contentType'), read('filename')];
  const [etag, lastModified] = [read('etag'), read('lastModified')];
  if (!types.isUint8Array(body) && !isAsyncIterable(body)) {
    throw refuse(`a "body" that is ${describeValue(body)}; write a Uint8Array or an async iterable of them`);
  }
  if (contentType !== undefined && (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType))) {
    throw refuse(`the "contentType" ${describeValue(contentType)}; write a media type such as 'text/csv'`);
  }
  if (filename !== undefined && typeof filename !== 'string') {
    throw refuse(`the "filename" ${describeValue(filename)}; write a string`);
  }
  if (etag !== undefined && typeof etag !== 'string') {
    throw refuse(`the "etag" ${describeValue(etag)}; write a string with its quotes, '"v1"'`);
  }
  if (lastModified !== undefined && !types.isDate(lastModified)) {
    throw refuse(`the "lastModified" ${describeValue(lastModified)}; write a Date`);
  }
  return {
    body,
    headers: {
      'content-type': contentType ?? 'application/octet-stream',
      'content-disposition': filename === undefined ? 'attachment' : contentDispositionFor(filename),
      etag: etag !== undefined && ENTITY_TAG.test(etag) ? etag : undefined,
      'last-modified': lastModified && !Number.isNaN(lastModified.getTime()) ? lastModified.toUTCString() : undefined,
    },
  };
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}
