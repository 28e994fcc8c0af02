import type { UpstreamResponse } from '../../../lib';
import {
  continuationProblem,
  type ResumableContent,
  resumableContent,
} from '../../../lib/upstream/resume/resumable-content';

type Headers = UpstreamResponse['headers'];

let origins = 0;

/** What a response promises, of an origin that nothing is known of unless it is given. */
function promised(
  headers: Headers,
  { status = 200, mode = 'safe', origin = '' }: Given = {},
): ResumableContent | string {
  origins += 1;
  const url = new URL(origin || `https://o${origins}.test/`);
  return resumableContent({ status, headers }, mode, url.origin);
}

interface Given {
  readonly status?: number;
  readonly mode?: 'off' | 'safe' | 'immutable';
  readonly origin?: string;
}

const WHOLE = { 'accept-ranges': 'bytes', 'content-length': '10', etag: '"v"' };
const PART = { 'content-length': '3', 'content-range': 'bytes 2-4/10', etag: '"v"' };

describe('content that can be resumed', () => {
  it.each<[string, Headers, Given, ResumableContent]>([
    ['a whole file', WHOLE, {}, { first: 0, last: 9, total: 10, etag: '"v"' }],
    ['a part', PART, { status: 206 }, { first: 2, last: 4, total: 10, etag: '"v"' }],
    ['identity', { ...WHOLE, 'content-encoding': 'identity' }, {}, { first: 0, last: 9, total: 10, etag: '"v"' }],
    [
      'an immutable file',
      { 'content-length': '10' },
      { mode: 'immutable', origin: 'https://known.test/' },
      { first: 0, last: 9, total: 10, etag: undefined },
    ],
  ])('is %s', (_what, headers, given, expected) => {
    expect(promised(headers, given)).toEqual(expected);
  });

  it.each<[string, Headers, Given]>([
    ['with resuming off', WHOLE, { mode: 'off' }],
    ['another success', WHOLE, { status: 203 }],
    ['a coded file', { ...WHOLE, 'content-encoding': 'gzip' }, {}],
    ['a coded file that never changes', { ...WHOLE, 'content-encoding': 'gzip' }, { mode: 'immutable' }],
    ['one without a length', { ...WHOLE, 'content-length': undefined }, {}],
    ['an empty one', { ...WHOLE, 'content-length': '0' }, {}],
    ['one with a weak ETag', { ...WHOLE, etag: 'W/"v"' }, {}],
    ['one without an ETag', { ...WHOLE, etag: undefined }, {}],
    ['one with an invalid ETag', { ...WHOLE, etag: 'v' }, {}],
    ['one of a provider that has no ranges', { ...WHOLE, 'accept-ranges': 'none' }, {}],
    ['one of a provider that says nothing of ranges', { ...WHOLE, 'accept-ranges': undefined }, {}],
    ['a part of an unknown total', { ...PART, 'content-range': 'bytes 2-4/*' }, { status: 206 }],
    ['several parts', { ...PART, 'content-range': undefined }, { status: 206 }],
  ])('is not %s', (_what, headers, given) => {
    expect(promised(headers, given)).toEqual(expect.any(String));
  });

  it('is one of an origin that has been seen to support ranges', () => {
    const silent = { ...WHOLE, 'accept-ranges': undefined };
    const origin = 'https://learned.test/';
    expect(promised(silent, { origin })).toEqual(expect.any(String));
    promised(PART, { origin, status: 206, mode: 'off' });
    expect(promised(silent, { origin })).toMatchObject({ total: 10 });
    expect(promised({ ...silent, 'accept-ranges': 'none' }, { origin })).toEqual(expect.any(String));
  });
});

describe('the rest', () => {
  const content: ResumableContent = { first: 0, last: 9, total: 10, etag: '"v"' };
  const rest = { 'content-range': 'bytes 4-9/10', etag: '"v"' };

  it('continues where the body was cut off, to its end', () => {
    expect(continuationProblem({ status: 206, headers: rest }, content, 4)).toBeUndefined();
    const { etag: _, ...unnamed } = rest;
    expect(continuationProblem({ status: 206, headers: unnamed }, { ...content, etag: undefined }, 4)).toBeUndefined();
  });

  it.each<[string, number, Headers]>([
    ['status 200', 200, rest],
    ['Content-Encoding', 206, { ...rest, 'content-encoding': 'br' }],
    ['Content-Range', 206, { ...rest, 'content-range': undefined }],
    ['total', 206, { ...rest, 'content-range': 'bytes 4-9/*' }],
    ['size', 206, { ...rest, 'content-range': 'bytes 4-9/11' }],
    ['another part', 206, { ...rest, 'content-range': 'bytes 5-9/10' }],
    ['another part', 206, { ...rest, 'content-range': 'bytes 4-8/10' }],
    ['ETag', 206, { ...rest, etag: '"w"' }],
    ['ETag', 206, { ...rest, etag: 'W/"v"' }],
    ['ETag', 206, { ...rest, etag: undefined }],
  ])('is refused for its %s', (problem, status, headers) => {
    expect(continuationProblem({ status, headers }, content, 4)).toContain(problem);
  });
});
