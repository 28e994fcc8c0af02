import { acceptHead, clientHead, headProblem } from '../../lib/http/response-head';

const plain = { range: undefined, isConditional: false };
const conditional = { range: undefined, isConditional: true };
const asked = (range: string) => ({ range, isConditional: false });

describe('headProblem', () => {
  it.each([
    [200, {}, plain],
    [200, { 'content-length': '0' }, plain],
    [203, { 'transfer-encoding': 'chunked' }, plain],
    [204, {}, plain],
    [304, {}, conditional],
    [206, { 'content-range': 'bytes 2-5/9' }, asked('bytes=2-5')],
    [206, { 'content-range': 'bytes 2-4/*' }, asked('bytes=2-5')],
    [206, { 'content-range': 'bytes 2-8/9' }, asked(' bytes=2- ')],
    [206, { 'content-range': 'bytes 7-8/9' }, asked('bytes=-2')],
    [206, { 'content-type': 'multipart/byteranges; boundary=x' }, asked('bytes=0-1,4-5')],
    [206, { 'content-range': 'bytes 0-1/9' }, asked('bytes=0-1')],
    [206, { 'content-range': 'bytes 10-25/4096' }, asked('bytes=10-25')],
    [206, { 'content-range': 'bytes 3-3/9' }, asked('bytes=3-3')],
    [206, { 'content-range': 'bytes 7-8/9' }, asked('bytes=0-1,7-8')],
    [200, { 'content-length': '9007199254740991' }, plain],
    [299, {}, plain],
    [400, {}, plain],
    [599, {}, plain],
  ])('has nothing against %i %j for %j', (status, headers, expected) => {
    expect(headProblem(status, headers, expected)).toBeUndefined();
  });

  it.each([
    [199, {}, plain, /status 199/],
    [600, {}, plain, /status 600/],
    [302, { location: '/' }, plain, /not part of this provider's contract/],
    [300, {}, plain, /not part of this provider's contract/],
    [399, {}, plain, /not part of this provider's contract/],
    [200, { 'content-length': '9007199254740992' }, plain, /impossible Content-Length/],
    [200, { 'transfer-encoding': `x${'y'.repeat(99)}` }, plain, /^an unknown transfer coding$/],
    [206, { 'content-type': 'x-multipart/byteranges' }, asked('bytes=0-1'), /valid Content-Range/],
    [206, { 'content-range': 'x bytes 0-1/9' }, asked('bytes=0-1'), /valid Content-Range/],
    [206, { 'content-range': 'bytes 0-1/9x' }, asked('bytes=0-1'), /valid Content-Range/],
    [206, { 'content-range': 'bytes 10-26/99' }, asked('bytes=10-25'), /another range/],
    [206, { 'content-range': 'bytes 11-25/99' }, asked('bytes=10-25'), /another range/],
    [200, { 'transfer-encoding': 'gzip, chunked' }, plain, /transfer coding/],
    [200, { 'content-length': '-1' }, plain, /impossible Content-Length/],
    [200, { 'content-length': '1e3' }, plain, /impossible Content-Length/],
    [200, { 'content-length': '99999999999999999999' }, plain, /impossible Content-Length/],
    [206, { 'content-range': 'bytes 0-1/9' }, plain, /no range was asked for/],
    [206, {}, asked('bytes=0-1'), /without a valid Content-Range/],
    [206, { 'content-range': 'bytes 5-2/9' }, asked('bytes=5-9'), /valid Content-Range/],
    [206, { 'content-range': 'bytes 0-1/9' }, asked('bytes=1-2'), /another range/],
    [206, { 'content-range': 'bytes 1-3/9' }, asked('bytes=1-2'), /another range/],
    [206, { 'content-range': 'bytes 1-3/9' }, asked(' bytes=1-2 '), /another range/],
  ])('objects to %i %j for %j', (status, headers, expected, problem) => {
    expect(headProblem(status, headers, expected)).toMatch(problem);
  });
});

describe('acceptHead', () => {
  it.each([
    [200, 'GET', '5', { isBodiless: false, contentLength: 5 }],
    [200, 'GET', undefined, { isBodiless: false, contentLength: undefined }],
    [200, 'HEAD', '5', { isBodiless: true, contentLength: 5 }],
    [304, 'GET', '5', { isBodiless: true, contentLength: 5 }],
    [204, 'GET', '5', { isBodiless: true, contentLength: undefined }],
    [205, 'GET', '5', { isBodiless: true, contentLength: undefined }],
  ])('of %i to %s with the length %s', (status, method, length, expected) => {
    expect(acceptHead(status, { 'content-length': length }, method)).toEqual({ status, ...expected });
  });
});

describe('clientHead', () => {
  const allowed = ['etag', 'accept-ranges', 'content-type'];
  const upstream = { etag: '"v"', 'accept-ranges': 'bytes', 'content-type': 'a/b', 'content-length': '5' };
  const head = acceptHead(200, upstream, 'GET');

  it('puts the length last', () => {
    const headers = clientHead(head, upstream, { allowed, added: { 'x-a': '1' }, isTransformed: false });
    expect(Object.keys(headers).at(-1)).toBe('content-length');
  });

  it('keeps the headers that still apply to a transformed body', () => {
    const headers = clientHead(head, upstream, { allowed, added: {}, isTransformed: true });
    expect(headers['content-type']).toBe('a/b');
    for (const name of ['etag', 'accept-ranges', 'content-length']) expect(headers).not.toHaveProperty(name);
  });

  it('makes the gateway’s own headers safe', () => {
    const added = { 'content-disposition': 'inline; filename=a.svg', 'cache-control': 'public, No-Transform' };
    const headers = clientHead(head, upstream, { allowed, added, isTransformed: false });
    expect(headers['content-disposition']).toBe('attachment; filename="a.svg"');
    expect(headers['cache-control']).toBe('public, No-Transform');
  });

  it.each([
    ['max-age=60', 'max-age=60, no-transform'],
    ['no-transforms', 'no-transforms, no-transform'],
  ])('lets no middleware touch the bytes under Cache-Control: %s', (given, expected) => {
    const headers = clientHead(head, upstream, { allowed, added: { 'cache-control': given }, isTransformed: false });
    expect(headers['cache-control']).toBe(expected);
  });

  it('leaves the gateway’s other headers as they are', () => {
    const headers = clientHead(head, upstream, { allowed, added: { 'x-a': 'no' }, isTransformed: false });
    expect(headers['x-a']).toBe('no');
  });

  it('keeps of an untransformed content everything that may pass', () => {
    expect(clientHead(head, upstream, { allowed, added: {}, isTransformed: false })).toMatchObject(upstream);
  });

  it('has no length if there is none', () => {
    const unknown = acceptHead(200, {}, 'GET');
    expect(clientHead(unknown, {}, { allowed, added: {}, isTransformed: false })).not.toHaveProperty('content-length');
  });

  it('gives a 205 the length that it has', () => {
    const headers = clientHead(acceptHead(205, {}, 'GET'), {}, { allowed, added: {}, isTransformed: false });
    expect(headers['content-length']).toBe('0');
  });
});
