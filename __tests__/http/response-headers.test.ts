import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import {
  clearContentHeaders,
  clientResponseHeaders,
  isReservedResponseHeader,
  responseAllowList,
  responseHeaderProblem,
  upstreamRequestId,
} from '../../lib/http/response-headers';

const RESPONSE = responseAllowList([]);

describe('responseAllowList', () => {
  it('has what was added, in lower case and once', () => {
    expect(responseAllowList(['X-Trace-Id', 'ETag', 'x-trace-id'])).toEqual([...RESPONSE, 'x-trace-id']);
  });
});

describe('clientResponseHeaders', () => {
  it('has those of every success, and nothing that the provider did not send', () => {
    expect(clientResponseHeaders({}, RESPONSE)).toEqual({
      'content-disposition': 'attachment',
      'cache-control': 'private, no-transform',
      'x-content-type-options': 'nosniff',
    });
  });

  it('drops what the provider’s Connection names', () => {
    const headers = clientResponseHeaders(
      { connection: ['close', 'ETag'], etag: '"a"', 'x-request-id': 'r' },
      RESPONSE,
    );
    expect(headers).toMatchObject({ 'x-request-id': 'r' });
    expect(headers).not.toHaveProperty('etag');
  });

  it('keeps cookies separate, in a list', () => {
    const cookies = ['a=1; Expires=Mon, 02 Mar 2026 10:00:00 GMT', 'b=2'];
    const headers = clientResponseHeaders({ 'set-cookie': cookies }, ['set-cookie']);
    expect(headers['set-cookie']).toEqual(cookies);
    expect(headers['set-cookie']).not.toBe(cookies);
    expect(clientResponseHeaders({ 'set-cookie': 'a=1' }, ['set-cookie'])['set-cookie']).toBe('a=1');
  });

  it.each(['a\u0000', 'a\nb', 'a\u007f', 'a\u0100'])('drops the value %j', (value) => {
    expect(clientResponseHeaders({ etag: value }, RESPONSE)).not.toHaveProperty('etag');
    expect(clientResponseHeaders({ etag: ['"a"', value] }, RESPONSE)).not.toHaveProperty('etag');
  });

  it.each(['', 'a\tb', 'caf\u00e9 ~'])('keeps the value %j', (value) => {
    expect(clientResponseHeaders({ etag: value }, RESPONSE)).toMatchObject({ etag: value });
  });

  it('puts Content-Disposition first, before any length', () => {
    const given = { 'content-type': 'a/b', 'content-disposition': 'inline; filename=a.csv' };
    const [first] = Object.entries(clientResponseHeaders(given, RESPONSE));
    expect(first).toEqual(['content-disposition', 'attachment; filename="a.csv"']);
  });

  it('joins repeated values, and drops values that no header can carry', () => {
    const headers = clientResponseHeaders({ etag: ['"a"', '"b"'], 'content-type': 'a\u0007b' }, RESPONSE);
    expect(headers['etag']).toBe('"a", "b"');
    expect(headers).not.toHaveProperty('content-type');
  });

  it('does not let the provider choose how long clients cache', () => {
    const headers = clientResponseHeaders({ 'cache-control': 'public' }, responseAllowList(['cache-control']));
    expect(headers['cache-control']).toBe('private, no-transform');
  });
});

describe('responseHeaderProblem', () => {
  it.each(['Connection', 'KEEP-ALIVE', 'transfer-encoding', 'Content-Length'])('objects to %s', (name) => {
    expect(responseHeaderProblem(name)).toBe('belongs to one connection and is never forwarded');
  });

  it.each(['', 'a b', 'a:', 'a\n', 'é'])('objects to %j, which is not a name', (name) => {
    expect(responseHeaderProblem(name)).toBe('is not the name of a header');
  });

  it.each(['Set-Cookie', 'content-encoding'])('has nothing against %s', (name) => {
    expect(responseHeaderProblem(name)).toBeUndefined();
  });
});

describe('isReservedResponseHeader', () => {
  it.each([
    'Content-Length',
    'content-encoding',
    'CONTENT-RANGE',
    'Accept-Ranges',
    'X-Content-Type-Options',
    'Upgrade',
  ])('%s is', (name) => {
    expect(isReservedResponseHeader(name)).toBe(true);
  });

  it('others are not', () => {
    expect(isReservedResponseHeader('cache-control')).toBe(false);
  });
});

describe('clearContentHeaders', () => {
  it('removes headers that describe a body, and leaves the rest', () => {
    const res = new ServerResponse(new IncomingMessage(new Socket()));
    for (const name of ['Content-Type', 'ETag', 'content-length', 'Transfer-Encoding', 'Vary'])
      res.setHeader(name, '1');
    clearContentHeaders(res);
    expect(res.getHeaderNames()).toEqual(['vary']);
  });

  it('does not remove a header that is not set, which has side effects in Node', () => {
    const res = new ServerResponse(new IncomingMessage(new Socket()));
    const remove = jest.spyOn(res, 'removeHeader');
    clearContentHeaders(res);
    expect(remove).not.toHaveBeenCalled();
  });
});

describe('upstreamRequestId', () => {
  it.each([
    [{ 'x-request-id': 'a', 'request-id': 'b' }, 'a'],
    [{ 'request-id': 'anthropic' }, 'anthropic'],
    [{ 'x-request-id': '', 'x-amz-request-id': 'aws' }, 'aws'],
    [{ 'x-request-id': 'x'.repeat(999) }, 'x'.repeat(256)],
    [{ 'x-request-id': 'x'.repeat(256) }, 'x'.repeat(256)],
    [{ 'x-request-id': ['a', 'b'] }, 'a, b'],
    [{ 'x-request-id': 'a\nb', 'request-id': 'c' }, 'c'],
    [{ other: 'a' }, undefined],
  ])('of %j', (headers, id) => {
    expect(upstreamRequestId(headers)).toBe(id);
  });
});
