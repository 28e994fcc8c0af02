import { FileContentError } from '../../lib/errors';
import { checkResolution } from '../../lib/resolution/check-resolution';
import { asResolverError } from '../../lib/resolution/resolver-errors';

const located = { name: 'held', streaming: true, locate: () => ({ url: 'https://a.test/' }) };
const fetched = { name: 'function', streaming: false, fetchContent: async () => ({ body: new Uint8Array() }) };

/** What the operator reads in the record about a wrong result. */
function problemOf(returned: unknown): string {
  try {
    checkResolution(returned, 'file-1');
  } catch (error) {
    if (!(error instanceof FileContentError)) throw error;
    expect([error.code, error.status]).toEqual(['resolver_failed', 500]);
    expect(error.message).toBe('The gateway could not determine where this file is held.');
    expect(error.cause).toBeInstanceOf(TypeError);
    return error.cause instanceof TypeError ? error.cause.message : '';
  }
  return 'accepted';
}

describe('checkResolution', () => {
  it.each([undefined, null])('takes %s for a refusal to be responsible', (returned) => {
    expect(checkResolution(returned, 'file-1')).toBeUndefined();
  });

  it('takes a provider for a resolution of it, with every default', () => {
    expect(checkResolution(located, 'file-1')).toMatchObject({
      provider: { name: 'held', streaming: true },
      fileId: 'file-1',
      delivery: 'stream',
      tenant: undefined,
      responseHeaders: {},
      context: undefined,
    });
    expect(checkResolution(fetched, 'file-1')).toMatchObject({ delivery: 'buffer' });
  });

  it('takes a whole resolution', () => {
    const resolution = {
      provider: located,
      fileId: 'native',
      delivery: 'buffer',
      tenant: 'acme',
      responseHeaders: { 'X-Gateway': '1' },
      context: { user: 7 },
    };
    expect(checkResolution(resolution, 'file-1')).toMatchObject({
      ...resolution,
      provider: { name: 'held' },
      responseHeaders: { 'x-gateway': '1' },
    });
  });

  it.each([
    ['streams where the provider can', located, undefined, 'stream'],
    ['buffers where it is told to', located, 'buffer', 'buffer'],
    ['buffers where the provider cannot stream', { ...located, streaming: false }, undefined, 'buffer'],
    ['buffers what is to be converted as a whole', { ...located, convert: () => undefined }, undefined, 'buffer'],
    ['buffers what a function brings', fetched, 'buffer', 'buffer'],
  ])('%s', (_what, provider, delivery, expected) => {
    expect(checkResolution({ provider, delivery }, 'file-1')?.delivery).toBe(expected);
  });

  it('takes a provider that is an instance of a class, with its state', () => {
    class Own {
      readonly name = 'own';
      readonly streaming = true;
      readonly #base = 'https://own.test/';
      locate(): { url: string } {
        return { url: this.#base };
      }
    }
    const provider = checkResolution(new Own(), 'file-1')?.provider;
    expect(provider && 'locate' in provider && Reflect.apply(provider.locate, undefined, [])).toEqual({
      url: 'https://own.test/',
    });
  });

  it('accepts an instance of a class that has its own tenant', () => {
    class OfTenant {
      readonly name = 'own';
      readonly streaming = true;
      constructor(readonly tenant: string) {}
      locate(): { url: string } {
        return { url: `https://${this.tenant}.test/` };
      }
    }
    expect(checkResolution(new OfTenant('acme'), 'file-1')?.provider.name).toBe('own');
  });

  it('reads each member of a provider once, so that what was checked is what is used', () => {
    let reads = 0;
    const shifty = {
      ...located,
      get streaming() {
        reads += 1;
        return reads === 1;
      },
    };
    const resolved = checkResolution({ provider: shifty }, 'file-1');
    expect([resolved?.delivery, resolved?.provider.streaming, reads]).toEqual(['stream', true, 1]);
  });

  it.each([
    [
      'a misspelt file id',
      { provider: located, fileID: 'f' },
      /unknown member "fileID"\. Did you mean `fileId`\? See /,
    ],
    [
      'a misspelt tenant',
      { provider: located, tennant: 'a' },
      /unknown member "tennant"\. Did you mean `tenant`\? See /,
    ],
    [
      'a longer tenant',
      { provider: located, tenantId: 'a' },
      /unknown member "tenantId"\. Did you mean `tenant`\? See /,
    ],
    ['an unknown member', { provider: located, foo: 1 }, /unknown member "foo"; write one of provider, fileId, /],
    [
      'an unknown way of redirects',
      { ...located, redirects: 'Follow' },
      /"redirects" must be 'refuse' or 'follow', got "Fo/,
    ],
    ['a number for a query', { ...located, query: 5 }, /"query" must be an array of names, .* got number 5/],
    ['a text for a query', { ...located, query: 'variant' }, /"query" must be an array of names/],
    ['a query of unknown content', { ...located, query: { video: ['variant'] } }, /"query" must be an array of names/],
    ['a text for a switch', { ...located, streaming: 'yes' }, /"streaming" must be true or false, got "yes"/],
    [
      'a misspelt member of a provider',
      { ...located, redirect: 'follow' },
      /has the unknown member "redirect"\. Did you mean `redirects`/,
    ],
    ...(['provider', 'fileId', 'delivery', 'tenant', 'context'] as const).flatMap((member) =>
      [{ ...located, [member]: 'x' }, Object.assign(Object.create(located), { [member]: 'x' })].flatMap((bare) =>
        [bare, { provider: bare }].map((returned): [string, unknown, RegExp] => [
          `a provider with ${member}, which is a resolution's`,
          returned,
          new RegExp(
            `provider held has the member "${member}", .*write { provider, ${member === 'provider' ? 'fileId' : member} }`,
          ),
        ]),
      ),
    ),
    ['a misspelt tenant of a provider', { ...located, tennant: 'a' }, /member "tennant", .*write { provider, tenant }/],
    ['a longer tenant of a provider', { ...located, tenantId: 'a' }, /member "tenantId", .*write { provider, tenant }/],
    ['a misspelt fileId of a provider', { ...located, fileID: 'a' }, /member "fileID", .*write { provider, fileId }/],
    ['a misspelt suffixRanges', { ...located, suffixRange: false }, /"suffixRange"\. Did you mean `suffixRanges`/],
    [
      'a misspelt renewsCredential',
      { ...located, renewCredential: false },
      /"renewCredential"\. Did you mean `renewsCredential`/,
    ],
    ['a text', 'openai', /must return a provider, a resolution or undefined, got "openai"/],
    ['a number', 7, /got number 7/],
    ['a list', [located], /got an array/],
    ['a function', () => located, /got a function/],
    ['an empty object', {}, /"provider" must be a provider object, got undefined/],
    ['a URL', new URL('https://a.test/v1'), /must return a provider, a resolution or undefined, got a URL/],
    ['a provider that was not awaited', { provider: Promise.resolve(located) }, /got a Promise; await it first/],
    ['a list of providers', { provider: [located] }, /"provider" must be a provider object, got an array/],
    ['no provider', { provider: null }, /"provider" must be a provider object, got null/],
    ['a name of a provider', { provider: 'openai' }, /"provider" must be a provider object, got "openai"/],
    ['a provider without a name', { ...located, name: '' }, /"name" must be a non-empty string, got ""/],
    [
      'a provider that does not say whether it streams',
      { ...located, streaming: 1 },
      /"streaming" must be true or false/,
    ],
    [
      'a provider with a URL for a function',
      { ...located, locate: 'https://a.test' },
      /"locate" must be a function, got/,
    ],
    ['a provider with both functions', { ...located, ...fetched }, /must have one of the functions/],
    ['an invalid transformation', { ...located, transform: {} }, /"transform" must be a function, got an object/],
    ['an invalid fileId', { provider: located, fileId: 7 }, /"fileId" must be a non-empty string, got number 7/],
    ['an empty fileId', { provider: located, fileId: '' }, /"fileId" must be a non-empty string/],
    ['an invalid tenant', { provider: located, tenant: {} }, /"tenant" must be a non-empty string, got an object/],
    [
      'another delivery',
      { provider: located, delivery: 'fast' },
      /"delivery" must be 'stream', 'buffer' or 'redirect', got "fast"/,
    ],
    ['a stream of what cannot stream', { provider: fetched, delivery: 'stream' }, /provider function cannot stream/],
    ['an invalid context', { provider: located, context: [] }, /"context" must be an object, got an array/],
    ['headers that are none', { provider: located, responseHeaders: 'x' }, /"responseHeaders" must be an object/],
    [
      'a header of two lines',
      { provider: located, responseHeaders: { 'x-a': 'a\r\nb' } },
      /invalid name or value at "x-a"/,
    ],
    ['a header without a name', { provider: located, responseHeaders: { '': 'a' } }, /invalid name or value at ""/],
    ['a number as a header', { provider: located, responseHeaders: { 'x-a': 1 } }, /invalid name or value at "x-a"/],
    ['a length', { provider: located, responseHeaders: { 'Content-Length': '1' } }, /may not set Content-Length/],
    [
      'an encoding',
      { provider: located, responseHeaders: { 'content-encoding': 'br' } },
      /may not set content-encoding/,
    ],
    [
      'what protects the client',
      { provider: located, responseHeaders: { 'X-Content-Type-Options': '' } },
      /may not set/,
    ],
  ])('refuses %s', (_what, returned, message) => {
    expect(problemOf(returned)).toMatch(message);
  });
});

describe('asResolverError', () => {
  it('lets an answer pass', () => {
    const error = new FileContentError('overloaded', 'Later.');
    expect(asResolverError(error)).toBe(error);
  });

  it.each([[new Error('secret')], ['secret'], [{ status: 404 }]])('answers %p with a 500', (thrown) => {
    const error = asResolverError(thrown);
    expect([error.code, error.status, error.cause]).toEqual(['resolver_failed', 500, thrown]);
    expect(error.message).not.toContain('secret');
  });

  it.each([undefined, null])('says in the cause that %s was thrown', (thrown) => {
    expect(asResolverError(thrown).cause).toEqual(new TypeError(`${thrown} was thrown`));
  });
});
