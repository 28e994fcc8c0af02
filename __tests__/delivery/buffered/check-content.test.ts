import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { checkContent } from '../../../lib/delivery/buffered/check-content';
import { ERRORS_PAGE } from '../../../lib/values/mistakes';

const BODY = Buffer.from('a');

function headersOf(content: object): object {
  return checkContent({ body: BODY, ...content }, 'test', 'fetchContent').headers;
}

test.each([
  ['bytes', BODY],
  ['a plain Uint8Array', new Uint8Array(1)],
  ['a Uint8Array of another realm', runInNewContext('new Uint8Array(1)')],
  ['a stream', Readable.from([BODY])],
  ['any async iterable', { [Symbol.asyncIterator]: () => ({ next: () => undefined }) }],
])('%s may be a body, and is not touched', (_name, body) => {
  expect(checkContent({ body }, 'test', 'fetchContent').body).toBe(body);
});

test('missing members get their defaults', () => {
  expect(headersOf({})).toEqual({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    etag: undefined,
    'last-modified': undefined,
  });
});

test('a file name becomes a disposition, an empty one too', () => {
  expect(headersOf({ filename: 'a.csv' })).toMatchObject({ 'content-disposition': 'attachment; filename="a.csv"' });
  expect(headersOf({ filename: '' })).toMatchObject({ 'content-disposition': 'attachment' });
});

test.each(['text/csv', 'TEXT/CSV', 'a/b; charset="utf-8"', "!#$%&'*+-.^_`|~09az/x", 'a/b\tc'])(
  'the content type %j is taken as it is',
  (contentType) => {
    expect(headersOf({ contentType })).toMatchObject({ 'content-type': contentType });
  },
);

test.each([
  '',
  'text',
  '/csv',
  'text/',
  'a b/c',
  'text/é',
  'text/a\nb',
  'a/b\r\nx: y',
  'é/csv',
  'é a/b',
  Object('a/b'),
  7,
  null,
])('the content type %j is refused', (contentType) => {
  expect(() => headersOf({ contentType })).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({ message: expect.stringContaining('"contentType"') }),
    }),
  );
});

test.each(['"v1"', 'W/"v1"', '""', '"!#~"'])('the ETag %j is taken as it is', (etag) => {
  expect(headersOf({ etag })).toMatchObject({ etag });
});

test.each(['', 'v1', '"v1', 'v1"', ' "v1"', '"v1" ', '"a b"', '"a"b"', 'w/"v1"', 'X/"v1"', '"é"'])(
  'the ETag %j is left out',
  (etag) => {
    expect(headersOf({ etag })).toMatchObject({ etag: undefined });
  },
);

test('a date becomes an HTTP date, also one of another realm; an invalid one is left out', () => {
  const expected = { 'last-modified': 'Mon, 02 Mar 2026 10:00:00 GMT' };
  expect(headersOf({ lastModified: new Date('2026-03-02T10:00:00Z') })).toMatchObject(expected);
  expect(headersOf({ lastModified: runInNewContext('new Date("2026-03-02T10:00:00Z")') })).toMatchObject(expected);
  expect(headersOf({ lastModified: new Date(Number.NaN) })).toMatchObject({ 'last-modified': undefined });
});

const BODY_EXPECTED = 'a Uint8Array or an async iterable of them as "body"';
const CONTENT_EXPECTED = '{ body: Uint8Array or async iterable, contentType, ... }';
const TYPE_EXPECTED = 'a media type such as \'text/csv\' as "contentType"';
const TAG_EXPECTED = 'a string with its quotes as "etag", such as \'"v1"\'';

test.each([
  [undefined, CONTENT_EXPECTED, 'undefined'],
  [null, CONTENT_EXPECTED, 'null'],
  ['hello', CONTENT_EXPECTED, 'a string; write { body: Buffer.from(text) }'],
  [() => undefined, CONTENT_EXPECTED, 'a function'],
  [BODY, CONTENT_EXPECTED, 'bytes; write { body: bytes }'],
  [{}, BODY_EXPECTED, 'an object with no members'],
  [{ body: null }, BODY_EXPECTED, 'null'],
  [{ body: 'hello' }, BODY_EXPECTED, 'a string; write Buffer.from(text)'],
  [{ body: new Float32Array(1) }, BODY_EXPECTED, 'a Float32Array'],
  [{ body: { [Symbol.asyncIterator]: 1 } }, BODY_EXPECTED, 'an object'],
  [{ body: Object.assign(() => undefined, { [Symbol.asyncIterator]: 1 }) }, BODY_EXPECTED, 'a function'],
  [{ body: BODY, contentType: 'text' }, TYPE_EXPECTED, '"text"'],
  [{ body: BODY, filename: 1 }, 'a string as "filename"', 'number 1'],
  [{ body: BODY, filename: null }, 'a string as "filename"', 'null'],
  [{ body: BODY, etag: 1 }, TAG_EXPECTED, 'number 1'],
  [{ body: BODY, lastModified: '2026' }, 'a Date as "lastModified"', '"2026"'],
  [{ body: BODY, lastModified: 2026 }, 'a Date as "lastModified"', 'number 2026'],
])('%j is the operator’s to correct, and the client learns nothing of it', (returned, expected, got) => {
  expect(() => checkContent(returned, 'mine', 'convert')).toThrow(
    expect.objectContaining({
      code: 'resolver_failed',
      status: 500,
      provider: 'mine',
      message: 'The gateway could not read this file from where it is held.',
      cause: new TypeError(
        `provider mine: convert() must return ${expected}, got ${got}. See ${ERRORS_PAGE}#invalid-result`,
      ),
    }),
  );
});
