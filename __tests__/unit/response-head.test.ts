import { acceptHead, clientHead, headProblem } from '../../lib/delivery/response-head';

const plain = { method: 'GET', range: undefined };

describe('headProblem', () => {
  it.each([
    [200, {}, plain],
    [200, { 'content-length': '0' }, plain],
    [203, { 'transfer-encoding': 'chunked' }, plain],
    [204, {}, plain],
    [304, {}, plain],
    [206, { 'content-range': 'bytes 2-5/9' }, { method: 'GET', range: 'bytes=2-5' }],
    [206, { 'content-range': 'bytes 2-4/*' }, { method: 'GET', range: 'bytes=2-5' }],
    [206, { 'content-range': 'bytes 2-8/9' }, { method: 'GET', range: ' bytes=2- ' }],
    [206, { 'content-range': 'bytes 7-8/9' }, { method: 'GET', range: 'bytes=-2' }],
    [206, { 'content-type': 'multipart/byteranges; boundary=x' }, { method: 'GET', range: 'bytes=0-1,4-5' }],
    [206, { 'content-range': 'bytes 0-1/9' }, { method: 'HEAD', range: 'bytes=0-1' }],
  ])('has nothing against %i %j for %j', (status, headers, expected) => {
    expect(headProblem(status, headers, expected)).toBeUndefined();
  });

  it.each([
    [199, {}, plain, /status 199/],
    [600, {}, plain, /status 600/],
    [302, { location: '/' }, plain, /not part of this provider's contract/],
    [200, { 'transfer-encoding': 'gzip, chunked' }, plain, /transfer coding/],
    [200, { 'content-length': '-1' }, plain, /impossible Content-Length/],
    [200, { 'content-length': '1e3' }, plain, /impossible Content-Length/],
    [200, { 'content-length': '99999999999999999999' }, plain, /impossible Content-Length/],
    [206, { 'content-range': 'bytes 0-1/9' }, plain, /no range was asked for/],
    [206, {}, { method: 'GET', range: 'bytes=0-1' }, /without a valid Content-Range/],
    [206, { 'content-range': 'bytes 5-2/9' }, { method: 'GET', range: 'bytes=5-9' }, /another range/],
    [206, { 'content-range': 'bytes 0-1/9' }, { method: 'GET', range: 'bytes=1-2' }, /another range/],
    [206, { 'content-range': 'bytes 1-3/9' }, { method: 'GET', range: 'bytes=1-2' }, /another range/],
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

  it('keeps of a transformed content what is still true', () => {
    const headers = clientHead(head, upstream, { allowed, added: {}, isTransformed: true });
    expect(headers['content-type']).toBe('a/b');
    for (const name of ['etag', 'accept-ranges', 'content-length']) expect(headers).not.toHaveProperty(name);
  });

  it('makes the gateway’s own headers safe', () => {
    const added = { 'content-disposition': 'inline; filename=a.svg', 'cache-control': 'public, No-Transform' };
    const headers = clientHead(head, upstream, { allowed, added, isTransformed: false });
    expect(headers['content-disposition']).toBe('attachment; filename=a.svg');
    expect(headers['cache-control']).toBe('public, No-Transform');
  });

  it('gives a 205 the length that it has', () => {
    const headers = clientHead(acceptHead(205, {}, 'GET'), {}, { allowed, added: {}, isTransformed: false });
    expect(headers['content-length']).toBe('0');
  });
});
