import {
  clientResponseHeaders,
  requestAllowList,
  requestHeaderProblem,
  responseAllowList,
  upstreamRequestHeaders,
  upstreamRequestId,
} from '../../lib/headers';

const REQUEST = requestAllowList([]);
const RESPONSE = responseAllowList([]);

describe('upstreamRequestHeaders', () => {
  it('lets the provider’s own headers win, in whatever spelling', () => {
    const headers = upstreamRequestHeaders(
      { accept: 'client', range: 'bytes=0-1', authorization: 'Bearer client' },
      { Authorization: 'Bearer provider', ACCEPT: 'provider', 'Accept-Encoding': 'gzip' },
      REQUEST,
    );
    expect(headers).toEqual({
      authorization: 'Bearer provider',
      accept: 'provider',
      'accept-encoding': 'gzip',
      range: 'bytes=0-1',
    });
  });

  it('drops what the client’s Connection names, and never what the provider set', () => {
    const client = { connection: 'close, Range ,x-key', range: 'bytes=0-1', 'if-match': '"a"' };
    expect(upstreamRequestHeaders(client, { 'x-key': 'k' }, REQUEST)).toEqual({
      'accept-encoding': 'identity',
      'if-match': '"a"',
      'x-key': 'k',
    });
  });
});

describe('clientResponseHeaders', () => {
  it('puts Content-Disposition first, before any length', () => {
    const headers = clientResponseHeaders({ 'content-type': 'a/b', 'content-disposition': 'attachment' }, RESPONSE);
    expect(Object.keys(headers)[0]).toBe('content-disposition');
  });

  it('joins repeated values, and drops those that no field can carry', () => {
    const headers = clientResponseHeaders({ etag: ['"a"', '"b"'], 'content-type': 'a\u0007b' }, RESPONSE);
    expect(headers['etag']).toBe('"a", "b"');
    expect(headers).not.toHaveProperty('content-type');
  });

  it('does not let the provider choose how long clients cache', () => {
    const headers = clientResponseHeaders({ 'cache-control': 'public' }, responseAllowList(['cache-control']));
    expect(headers['cache-control']).toBe('private, no-transform');
  });
});

describe('requestHeaderProblem', () => {
  it.each(['AUTHORIZATION', 'Cookie', 'Host', 'Content-Length', 'Expect', 'TE', 'Accept-Encoding', 'Proxy-Connection'])(
    'objects to %s',
    (name) => {
      expect(requestHeaderProblem(name)).toMatch(/never forwarded/);
    },
  );

  it('has nothing against others', () => {
    expect(requestHeaderProblem('X-Trace-Id')).toBeUndefined();
  });
});

describe('upstreamRequestId', () => {
  it.each([
    [{ 'x-request-id': 'a', 'request-id': 'b' }, 'a'],
    [{ 'request-id': 'anthropic' }, 'anthropic'],
    [{ 'x-request-id': '', 'x-amz-request-id': 'aws' }, 'aws'],
    [{ 'x-request-id': 'x'.repeat(999) }, 'x'.repeat(256)],
    [{ other: 'a' }, undefined],
  ])('of %j', (headers, id) => {
    expect(upstreamRequestId(headers)).toBe(id);
  });
});
