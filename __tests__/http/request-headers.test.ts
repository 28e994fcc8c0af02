import { requestAllowList, requestHeaderProblem, upstreamRequestHeaders } from '../../lib/http/request-headers';

const REQUEST = requestAllowList([]);

describe('requestAllowList', () => {
  it('has what was added, in lower case and once', () => {
    expect(requestAllowList(['X-Trace-Id', 'ACCEPT', 'x-trace-id'])).toEqual([...REQUEST, 'x-trace-id']);
  });
});

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

describe('what upstreamRequestHeaders forwards of a client’s', () => {
  it('has the listed headers, without a content coding', () => {
    const client = { accept: 'a/b', 'if-none-match': '"v"', cookie: 'c', 'accept-encoding': 'gzip' };
    expect(upstreamRequestHeaders(client, {}, REQUEST)).toEqual({
      'accept-encoding': 'identity',
      accept: 'a/b',
      'if-none-match': '"v"',
    });
  });

  it.each(['keep-alive', 'close', 'Keep-Alive', ''])('is all of that beside Connection: %j', (connection) => {
    expect(upstreamRequestHeaders({ connection, range: 'bytes=0-1' }, {}, REQUEST)).toHaveProperty('range');
  });

  it('is nothing inherited, and no list', () => {
    const inherited = Object.create({ range: 'bytes=0-1' });
    expect(upstreamRequestHeaders(inherited, {}, REQUEST)).not.toHaveProperty('range');
    expect(upstreamRequestHeaders({ 'set-cookie': ['a'] }, {}, ['set-cookie'])).not.toHaveProperty('set-cookie');
  });
});

describe('requestHeaderProblem', () => {
  it.each(['AUTHORIZATION', 'Cookie', 'Host', 'Content-Length', 'Expect', 'TE', 'Accept-Encoding', 'Proxy-Connection'])(
    'objects to %s',
    (name) => {
      expect(requestHeaderProblem(name)).toBe('carries a credential, the host or framing and is never forwarded');
    },
  );

  it.each(['', 'a b', 'a:', 'a\n', 'é'])('objects to %j, which is not a name', (name) => {
    expect(requestHeaderProblem(name)).toBe('is not the name of a header');
  });

  it('has nothing against others', () => {
    expect(requestHeaderProblem('X-Trace-Id')).toBeUndefined();
  });
});
