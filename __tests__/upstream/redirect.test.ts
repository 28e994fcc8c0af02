import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { LocatedProvider } from '../../lib';
import type { LocatedUpstream } from '../../lib/upstream/location/located';
import { redirectTarget } from '../../lib/upstream/redirect';

const FROM: LocatedUpstream = {
  url: new URL('https://api.held.test/v1/files/file-1/content'),
  headers: { authorization: 'Bearer key' },
};

function provider(redirects?: LocatedProvider['redirects']): LocatedProvider {
  return { name: 'held', streaming: true, ...(redirects && { redirects }), locate: () => ({ url: FROM.url }) };
}

function redirection(location: string | undefined, status = 302): IncomingMessage {
  const response = new IncomingMessage(new Socket());
  response.statusCode = status;
  if (location !== undefined) response.headers.location = location;
  return response;
}

interface Circumstances {
  readonly status?: number;
  readonly from?: LocatedUpstream;
  readonly followed?: number;
  readonly redirects?: LocatedProvider['redirects'];
  readonly allowed?: readonly string[];
}

function target(location: string | undefined, given: Circumstances = {}): LocatedUpstream | undefined {
  const { status = 302, from = FROM, followed = 0, redirects = 'follow', allowed } = given;
  const origins = allowed && new Set(allowed);
  return redirectTarget(redirection(location, status), from, followed, provider(redirects), origins);
}

function refusal(location: string | undefined, given: Circumstances = {}): unknown {
  try {
    target(location, given);
  } catch (error) {
    expect(error).toMatchObject({ code: 'provider_invalid_response', provider: 'held', cause: expect.any(Error) });
    return (error as { cause: Error }).cause.message;
  }
  throw new Error('not refused');
}

describe('redirectTarget', () => {
  it.each([200, 206, 300, 304, 305, 306, 309, 404])('a %i is no redirect, whatever its Location', (status) => {
    expect(target('https://elsewhere.test/', { status, redirects: 'refuse' })).toBeUndefined();
  });

  it.each([301, 302, 303, 307, 308])('a %i is one', (status) => {
    expect(target('/next', { status })?.url.href).toBe('https://api.held.test/next');
  });

  it.each<[string, string, string]>([
    ['/next?a=b', 'https://api.held.test/next?a=b', 'an absolute path'],
    ['other', 'https://api.held.test/v1/files/file-1/other', 'a relative path'],
    ['https://api.held.test:443/x', 'https://api.held.test/x', 'the same origin in full'],
    ['/next#part', 'https://api.held.test/next', 'a fragment, which is not sent'],
  ])('to %s is %s (%s), with the credential', (location, href) => {
    expect(target(location)).toEqual({ url: new URL(href), headers: FROM.headers });
    expect(target(location)?.url.href).toBe(href);
  });

  it.each(['https://store.test/x', 'https://api.held.test:8443/x', 'https://other.held.test/x'])(
    'to %s is followed without the credential',
    (location) => {
      expect(target(location)).toEqual({ url: new URL(location), headers: {} });
    },
  );

  it('over plain http is followed within an origin alone', () => {
    const from = { ...FROM, url: new URL('http://127.0.0.1:8080/a') };
    expect(target('/b', { from })).toEqual({ url: new URL('http://127.0.0.1:8080/b'), headers: FROM.headers });
    expect(refusal('http://127.0.0.1:8081/b', { from })).toBe('status 302: a redirect to another scheme than https');
  });

  it.each<[string, string | undefined, Circumstances, string]>([
    ['without a contract', '/x', { redirects: 'refuse' }, "redirects are not part of this provider's contract"],
    ['after three', '/x', { followed: 3 }, 'more than 3 redirects'],
    ['without a place', undefined, {}, 'a redirect without a valid Location'],
    ['to no URL', 'https://[/', {}, 'a redirect without a valid Location'],
    ['to plain http', 'http://api.held.test/x', {}, 'a redirect to another scheme than https'],
    ['to a user', 'https://user@store.test/', {}, 'a redirect to a URL with a user name or password'],
    ['to a password', 'https://:pass@store.test/', {}, 'a redirect to a URL with a user name or password'],
    [
      'to a stranger',
      'https://store.test/',
      { allowed: ['https://api.held.test'] },
      'a redirect to an origin that "allowedOrigins" does not list',
    ],
  ])('%s is refused', (_how, location, given, problem) => {
    expect(refusal(location, given)).toBe(`status 302: ${problem}`);
  });

  it('is followed for the third time, and to an origin that is listed', () => {
    expect(target('/x', { followed: 2 })).toBeDefined();
    expect(target('https://store.test/', { allowed: ['https://store.test'] })).toBeDefined();
  });

  it('does not change what it was given', () => {
    const href = FROM.url.href;
    target('/next#part');
    expect(FROM.url.href).toBe(href);
  });
});
