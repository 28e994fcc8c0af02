import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { checkContent } from '../../../lib/delivery/buffered/check-content';

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

test('what is not said of a content is said for it', () => {
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

test('a date becomes that of HTTP, one of another realm too; one that is none is left out', () => {
  const expected = { 'last-modified': 'Mon, 02 Mar 2026 10:00:00 GMT' };
  expect(headersOf({ lastModified: new Date('2026-03-02T10:00:00Z') })).toMatchObject(expected);
  expect(headersOf({ lastModified: runInNewContext('new Date("2026-03-02T10:00:00Z")') })).toMatchObject(expected);
  expect(headersOf({ lastModified: new Date(Number.NaN) })).toMatchObject({ 'last-modified': undefined });
});

const WRITE_BODY = 'write a Uint8Array or an async iterable of them';
const WRITE_CONTENT = 'write { body: Uint8Array or async iterable, contentType, ... }';

test.each([
  [undefined, `undefined; ${WRITE_CONTENT}`],
  [null, `null; ${WRITE_CONTENT}`],
  ['hello', `"hello"; ${WRITE_CONTENT}`],
  [() => undefined, `a function; ${WRITE_CONTENT}`],
  [{}, `a "body" that is undefined; ${WRITE_BODY}`],
  [{ body: null }, `a "body" that is null; ${WRITE_BODY}`],
  [{ body: 'hello' }, `a "body" that is "hello"; ${WRITE_BODY}`],
  [{ body: new Float32Array(1) }, `a "body" that is an object; ${WRITE_BODY}`],
  [{ body: { [Symbol.asyncIterator]: 1 } }, `a "body" that is an object; ${WRITE_BODY}`],
  [
    { body: Object.assign(() => undefined, { [Symbol.asyncIterator]: 1 }) },
    `a "body" that is a function; ${WRITE_BODY}`,
  ],
  [{ body: BODY, contentType: 'text' }, `the "contentType" "text"; write a media type such as 'text/csv'`],
  [{ body: BODY, filename: 1 }, 'the "filename" number 1; write a string'],
  [{ body: BODY, filename: null }, 'the "filename" null; write a string'],
  [{ body: BODY, etag: 1 }, `the "etag" number 1; write a string with its quotes, '"v1"'`],
  [{ body: BODY, lastModified: '2026' }, 'the "lastModified" "2026"; write a Date'],
  [{ body: BODY, lastModified: 2026 }, 'the "lastModified" number 2026; write a Date'],
])('%j is the operator’s to correct, and the client learns nothing of it', (returned, problem) => {
  expect(() => checkContent(returned, 'mine', 'convert')).toThrow(
    expect.objectContaining({
      code: 'resolver_failed',
      status: 500,
      provider: 'mine',
      message: 'The gateway could not read this file from where it is held.',
      cause: new TypeError(`provider mine: convert returned ${problem}`),
    }),
  );
});
