import { createCipheriv, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { fileIdCodec, type SignedFileId } from '../../../lib';

const key = randomBytes(32);
const other = randomBytes(32);
const file: SignedFileId = { provider: 'azure', account: 'eu', fileId: 'assistant-123', tenant: 'acme' };

const text = fc.string({ unit: 'binary', minLength: 1 });
const anyFile = fc
  .record({ provider: text, fileId: text, account: text, tenant: text }, { requiredKeys: ['provider', 'fileId'] })
  .map((record): SignedFileId => ({ ...record }));

test('a signed id opens to what was put in', () => {
  const codec = fileIdCodec({ keys: [key] });
  expect(codec.decode(codec.encode(file))).toEqual(file);
  fc.assert(fc.property(anyFile, (value) => expect(codec.decode(codec.encode(value))).toEqual(value)));
});

test('a signed id is safe in a URL, begins like a file id and shows nothing of what it holds', () => {
  const id = fileIdCodec({ keys: [key] }).encode(file);
  expect(id).toMatch(/^file-[A-Za-z0-9_-]+$/);
  const bytes = Buffer.from(id.slice('file-fc1_'.length), 'base64url').toString('latin1');
  for (const part of ['azure', 'eu', 'assistant', 'acme']) expect(bytes).not.toContain(part);
});

test('a file has one id, and two files never have the same nonce', () => {
  const codec = fileIdCodec({ keys: [key] });
  expect(codec.encode({ ...file })).toBe(codec.encode(file));
  const nonces = Array.from({ length: 1000 }, (_, index) =>
    codec.encode({ ...file, fileId: `f${index}` }).slice(9, 25),
  );
  expect(new Set(nonces).size).toBe(1000);
});

/** The documented form, written by somebody else who has the key. */
function sealedElsewhere(plaintext: string, prefix = 'file-fc1_'): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(prefix));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext, 'latin1'), cipher.final(), cipher.getAuthTag()]);
  return `file-fc1_${sealed.toString('base64url')}`;
}

test('an id opens that another program wrote with the key in the documented form', () => {
  const { decode } = fileIdCodec({ keys: [key] });
  expect(decode(sealedElsewhere('["azure","assistant-123","eu","acme"]'))).toEqual(file);
  expect(decode(sealedElsewhere('["openai","file-1",null,null]'))).toEqual({ provider: 'openai', fileId: 'file-1' });
});

test.each([
  '',
  'null',
  '{}',
  '[]',
  '["p","f",null]',
  '["p","f",null,null,null]',
  '["","f",null,null]',
  '["p","",null,null]',
  '[1,"f",null,null]',
  '["p",null,null,null]',
  '["p","f","",null]',
  '["p","f",1,null]',
  '["p","f",null,""]',
  '["p","f",null,{}]',
  '["p","f",null,nul',
  '["p","\xff",null,null]',
])('what the key sealed for another purpose is no id: %s', (plaintext) => {
  expect(fileIdCodec({ keys: [key] }).decode(sealedElsewhere(plaintext))).toBeUndefined();
});

test('the prefix is authenticated', () => {
  expect(fileIdCodec({ keys: [key] }).decode(sealedElsewhere('["p","f",null,null]', 'other_'))).toBeUndefined();
});

test('a changed, shortened or lengthened id does not open', () => {
  const codec = fileIdCodec({ keys: [key] });
  const id = codec.encode(file);
  for (let index = 0; index < id.length; index += 1) {
    const changed = id[index] === 'A' ? 'B' : 'A';
    expect(codec.decode(id.slice(0, index) + changed + id.slice(index + 1))).toBeUndefined();
    expect(codec.decode(id.slice(0, index))).toBeUndefined();
  }
  for (const id2 of [`${id}A`, `${id}=`, ` ${id}`, `${id}\n`, id.toUpperCase(), `file-${id}`]) {
    expect(codec.decode(id2)).toBeUndefined();
  }
});

test('a last character with stray bits does not open, so that an id has one spelling', () => {
  const codec = fileIdCodec({ keys: [key] });
  // One byte of content more or less moves the end through all positions of a base64 group.
  const ids = ['a', 'ab', 'abc'].map((fileId) => codec.encode({ provider: 'p', fileId }));
  const accepted = ids.map((id) => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return [...alphabet].filter((last) => codec.decode(id.slice(0, -1) + last) !== undefined).length;
  });
  expect(accepted).toEqual([1, 1, 1]);
});

test('an id of another gateway does not open', () => {
  expect(fileIdCodec({ keys: [key] }).decode(fileIdCodec({ keys: [other] }).encode(file))).toBeUndefined();
});

test('a new key is put first: old ids open until their key is dropped, new ones are sealed with the new key', () => {
  const before = fileIdCodec({ keys: [key] });
  const during = fileIdCodec({ keys: [other, key] });
  const after = fileIdCodec({ keys: [other] });
  const old = before.encode(file);
  expect(during.decode(old)).toEqual(file);
  expect(after.decode(old)).toBeUndefined();
  expect(after.decode(during.encode(file))).toEqual(file);
});

test('a key may be bytes, hex, base64 or base64url', () => {
  const id = fileIdCodec({ keys: [key] }).encode(file);
  const forms = [new Uint8Array(key), key.toString('hex'), key.toString('base64'), key.toString('base64url')];
  for (const form of forms) expect(fileIdCodec({ keys: [form] }).decode(id)).toEqual(file);
});

test('decoding never throws, whatever it is given', () => {
  const { decode } = fileIdCodec({ keys: [key] });
  const marked = fc.base64String().map((rest) => `file-fc1_${rest.replace(/=/g, '')}`);
  fc.assert(
    fc.property(fc.oneof(marked, fc.string({ unit: 'binary' }), fc.anything()), (value) => {
      expect(Reflect.apply(decode, undefined, [value])).toBeUndefined();
    }),
  );
});

test('a key that is later overwritten by its owner still opens', () => {
  const own = Buffer.from(key);
  const codec = fileIdCodec({ keys: [own] });
  const id = codec.encode(file);
  own.fill(0);
  expect(codec.decode(id)).toEqual(file);
});

test('a codec shows no key', () => {
  const codec = fileIdCodec({ keys: [key] });
  expect(inspect(codec, { depth: 9, showHidden: true })).not.toContain(inspect(key).slice(8, 30));
  expect(JSON.stringify(codec)).toBe('{}');
});

test.each<[string, unknown, RegExp]>([
  ['no options', undefined, /"options" must be an object, got undefined/],
  ['no keys', { keys: [] }, /"keys" must be an array of at least one key/],
  ['a key instead of a list', { keys: key }, /"keys" must be an array/],
  ['a short key', { keys: [randomBytes(16)] }, /"keys\[0\]" must be 32 bytes long, got 16/],
  ['a short second key', { keys: [key, 'c2VjcmV0'] }, /"keys\[1\]" must be 32 bytes long, got 6/],
  ['an empty key', { keys: [''] }, /"keys\[0\]" must be bytes, base64 or hex/],
  ['a pass phrase', { keys: ['correct horse battery staple!'] }, /"keys\[0\]" must be bytes, base64 or hex/],
  ['undefined, as an unset variable gives', { keys: [undefined] }, /"keys\[0\]" must be bytes.*got undefined/],
])('a codec is refused at construction with %s', (_what, options, message) => {
  const attempt = () => Reflect.apply(fileIdCodec, undefined, [options]);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});

test('no message holds a key', () => {
  const secret = `${key.toString('base64')}AAAA`;
  expect(() => fileIdCodec({ keys: [secret] })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining(secret) }),
  );
});

test.each<[string, object]>([
  ['no provider', { fileId: 'f' }],
  ['an empty file id', { provider: 'p', fileId: '' }],
  ['an account that is not a string', { provider: 'p', fileId: 'f', account: 7 }],
  ['an empty tenant', { provider: 'p', fileId: 'f', tenant: '' }],
  ['a tenant of null', { provider: 'p', fileId: 'f', tenant: null }],
])('an id is not made of %s', (_what, incomplete) => {
  const { encode } = fileIdCodec({ keys: [key] });
  expect(() => Reflect.apply(encode, undefined, [incomplete])).toThrow(/must be a non-empty string/);
});

test.each<[string, object, RegExp]>([
  ['tenantId', { tenantId: 'acme' }, /unknown member "tenantId"\. Did you mean `tenant`\? See /],
  ['tennant', { tennant: 'acme' }, /unknown member "tennant"\. Did you mean `tenant`\? See /],
  ['fileID', { fileID: 'f' }, /unknown member "fileID"\. Did you mean `fileId`\? See /],
  ['expiresAt', { expiresAt: 1 }, /unknown member "expiresAt"; write one of provider, fileId, account, tenant\. See /],
])('an id is not made with %s', (_what, members, message) => {
  const { encode } = fileIdCodec({ keys: [key] });
  const attempt = () => Reflect.apply(encode, undefined, [{ provider: 'p', fileId: 'f', ...members }]);
  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});

test('an id keeps the tenant of an object that has it from its class', () => {
  class Row {
    readonly provider = 'p';
    readonly fileId = 'f';
    get tenant(): string {
      return 'acme';
    }
  }
  const { encode, decode } = fileIdCodec({ keys: [key] });
  expect(decode(encode(new Row()))).toEqual({ provider: 'p', fileId: 'f', tenant: 'acme' });
  expect(decode(encode(Object.assign(Object.create({ tenant: 'acme' }), { provider: 'p', fileId: 'f' })))).toEqual({
    provider: 'p',
    fileId: 'f',
    tenant: 'acme',
  });
});
