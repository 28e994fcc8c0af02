import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type ContentLink, openLink, sealLink } from '../../../lib/routing/links/content-link';
import { tokenCipher } from '../../../lib/routing/links/link-token';
import { pollute } from '../../support/pollution';

const key = randomBytes(32);
const cipher = tokenCipher([key]);
const link: ContentLink = {
  provider: 'openai',
  fileId: 'file-1',
  resource: 'containers',
  account: 'eu',
  tenant: 'acme',
  filename: 'Übersicht "1".png',
  disposition: 'inline',
};

const opened = (token: unknown, by = cipher) => openLink(by, token)?.link;

afterEach(() => jest.useRealTimers());

test('a link opens to what was signed', () => {
  expect(opened(sealLink(cipher, link))).toEqual(link);
  expect(opened(sealLink(cipher, { provider: 'p', fileId: 'f', tenant: undefined }))).toEqual({
    provider: 'p',
    fileId: 'f',
  });
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(text, text, text, (provider, fileId, filename) => {
      expect(opened(sealLink(cipher, { provider, fileId, filename }))).toEqual({ provider, fileId, filename });
    }),
  );
});

test('a token is safe in a URL, shows nothing of the link, and is another one each time', () => {
  const token = sealLink(cipher, link);
  expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
  const bytes = Buffer.from(token, 'base64url').toString('latin1');
  for (const part of ['openai', 'file-1', 'acme', 'bersicht']) expect(bytes).not.toContain(part);
  expect(sealLink(cipher, link)).not.toBe(token);
});

test('a link expires after 15 minutes, or after the given time', () => {
  jest.useFakeTimers({ now: 1_700_000_000_000, doNotFake: ['nextTick', 'setImmediate'] });
  expect(openLink(cipher, sealLink(cipher, link))?.expires).toBe(1_700_000_900_000);
  expect(openLink(cipher, sealLink(cipher, { ...link, expiresInSeconds: 0.5 }))?.expires).toBe(1_700_000_000_500);
});

test('the first key signs, and all of them verify', () => {
  const [former, current] = [randomBytes(32), randomBytes(32)];
  const rotated = tokenCipher([current, former]);
  const old = sealLink(tokenCipher([former]), link);
  expect(opened(old, rotated)).toEqual(link);
  expect(opened(sealLink(rotated, link), tokenCipher([current]))).toEqual(link);
  expect(opened(sealLink(rotated, link), tokenCipher([former]))).toBeUndefined();
});

test('a token of which any bit was changed, or a part is missing, opens to nothing', () => {
  const token = sealLink(cipher, link);
  const sealed = Buffer.from(token, 'base64url');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
    expect(opened(changed.toString('base64url'))).toBeUndefined();
  }
  for (let length = 0; length < token.length; length += 1) expect(opened(token.slice(0, length))).toBeUndefined();
  for (const other of [`${token}A`, `${token}=`, ` ${token}`, token.toLowerCase(), `${token}.`]) {
    expect(opened(other)).toBeUndefined();
  }
});

test.each([undefined, null, 7, {}, [], '', 'x', 'A'.repeat(99), 'A'.repeat(1_000_000), '../../etc', '%00', '\ud800'])(
  'anything else opens to nothing (%#)',
  (token) => expect(opened(token)).toBeUndefined(),
);

test.each([
  [undefined, /must be an object such as \{ provider, fileId, tenant \}, got undefined/],
  [{}, /"provider" must be a non-empty string, got undefined/],
  [{ provider: 'p' }, /"fileId" must be a non-empty string, got undefined/],
  [{ ...link, tenant: '' }, /"tenant" must be a non-empty string, got ""/],
  [{ ...link, tenant: null }, /"tenant" must be a non-empty string, got null/],
  [{ ...link, tennant: 'acme' }, /unknown member "tennant". Did you mean `tenant`\?/],
  [{ ...link, disposition: 'Inline' }, /"disposition" must be 'attachment' or 'inline', got "Inline"/],
  [{ ...link, expiresInSeconds: 0 }, /"expiresInSeconds" must be a number of seconds above 0, at most 604800/],
  [{ ...link, expiresInSeconds: -1 }, /expiresInSeconds/],
  [{ ...link, expiresInSeconds: Number.NaN }, /expiresInSeconds/],
  [{ ...link, expiresInSeconds: Date.now() }, /expiresInSeconds/],
  [{ ...link, expiresInSeconds: '60' }, /expiresInSeconds/],
  [{ ...link, filename: 'x'.repeat(4000) }, /too long for a URL; shorten "filename" or "fileId"/],
])('sign refuses %j', (given, message) => {
  expect(() => sealLink(cipher, given as never)).toThrow(TypeError);
  expect(() => sealLink(cipher, given as never)).toThrow(message);
});

test('a tenant on Object.prototype is no link’s', () => {
  using _polluted = pollute({ tenant: 'foreign', filename: 'foreign' });
  const link = opened(sealLink(cipher, { provider: 'p', fileId: 'f' }));
  expect([link?.provider, link?.fileId, link?.tenant, link?.filename]).toEqual(['p', 'f', undefined, undefined]);
});

test('an inspector is shown no key', () => {
  const shown = inspect(cipher, { depth: 9, showHidden: true });
  expect(shown).not.toContain(key.toString('hex').slice(0, 8));
});
