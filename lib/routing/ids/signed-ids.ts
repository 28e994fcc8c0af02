import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { describeKind, describeValue } from '../../values/describe-value';
import { didYouMean } from '../../values/did-you-mean';
import { invalidOption, mistake } from '../../values/mistakes';
import { isObject, memberOf } from '../../values/own-members';
import { readOptions } from '../../values/read-options';
import { decodeBase64url, decodeUtf8 } from './base64url';
import { readSealingKeys } from './sealing-keys';

/** The parts of a signed id. */
export interface SignedFileId {
  /** The name under which the provider is registered. */
  readonly provider: string;
  /** The provider's own id. */
  readonly fileId: string;
  /** The provider's account that holds the file, for a registry entry that is a function. Defaults to none. */
  readonly account?: string | undefined;
  /**
   * The tenant that owns the file. A registry that knows the caller's tenant serves the file to no other. Defaults to
   * none.
   */
  readonly tenant?: string | undefined;
}

/** Writes and reads signed file ids. */
export interface FileIdCodec {
  /**
   * Seals a signed id.
   *
   * @throws TypeError when a member is missing, empty or not a string, and for an unknown member
   */
  encode(file: SignedFileId): string;
  /** Opens a signed id. Returns `undefined` for every id that this codec's keys did not seal; never throws. */
  decode(id: string): SignedFileId | undefined;
}

/** Options of {@link fileIdCodec}. */
export interface FileIdCodecOptions {
  /**
   * The keys: 32 random bytes each, as bytes, base64, base64url or hex. The first seals and all open, so put a new key
   * first and keep the previous one as long as its ids are in use.
   */
  keys: readonly (Uint8Array | string)[];
}

/**
 * The prefix of every signed id. OpenAI's own ids never have it, so a signed id is recognised even if it cannot be
 * opened.
 */
export const SIGNED_PREFIX = 'file-fc1_';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

interface Key {
  readonly encryption: KeyObject;
  readonly nonces: KeyObject;
}

/**
 * Makes file ids that only this gateway can write and read. They contain the provider, account, the provider's id and
 * the tenant, encrypted and authenticated with AES-256-GCM. The ids are URL-safe and begin with `file-`.
 *
 * @throws TypeError for keys that are not 32 bytes; no message carries a key.
 *
 * @example
 * const fileIds = fileIdCodec({ keys: [process.env.FILE_ID_KEY ?? '', previousKey] });
 * const id = fileIds.encode({ provider: 'azure', account: 'eu', fileId: 'assistant-123', tenant: 'acme' });
 *
 */
export function fileIdCodec(options: FileIdCodecOptions): FileIdCodec {
  const given: unknown = readOptions('fileIdCodec', options, { keys: true }).keys;
  const [first, ...former] = readSealingKeys('fileIdCodec', given);
  const current = deriveKeys(first);
  const keys = [current, ...former.map(deriveKeys)];

  return Object.freeze({
    encode(file: SignedFileId): string {
      return seal(current, serialise(file));
    },
    decode(id: string): SignedFileId | undefined {
      if (typeof id !== 'string' || !id.startsWith(SIGNED_PREFIX)) return undefined;
      const sealed = decodeBase64url(id.slice(SIGNED_PREFIX.length));
      if (!sealed || sealed.length <= NONCE_BYTES + TAG_BYTES) return undefined;
      for (const key of keys) {
        const opened = open(key, sealed);
        if (opened) return parse(opened);
      }
      return undefined;
    },
  });
}

function deriveKeys(bytes: Uint8Array): Key {
  return {
    // Unlike buffers, key objects are not shown by inspectors and serialisers.
    encryption: createSecretKey(bytes),
    nonces: createSecretKey(
      Buffer.from(hkdfSync('sha256', bytes, '', 'express-file-content file id nonce', KEY_BYTES)),
    ),
  };
}

function seal({ encryption, nonces }: Key, plaintext: Buffer): string {
  // The nonce is a keyed hash of the plaintext: different plaintexts have different nonces, and a file always gets the
  // same id, so that clients can compare ids.
  const nonce = createHmac('sha256', nonces).update(plaintext).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', encryption, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(SIGNED_PREFIX));
  const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return SIGNED_PREFIX + sealed.toString('base64url');
}

function open({ encryption }: Key, sealed: Buffer): Buffer | undefined {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', encryption, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(SIGNED_PREFIX));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

const ENCODE = 'fileIdCodec.encode';

const MEMBERS = ['provider', 'fileId', 'account', 'tenant'];

function serialise(file: SignedFileId): Buffer {
  if (!isObject(file)) {
    const expected = 'an object such as { provider, fileId, account, tenant }';
    throw invalidOption(ENCODE, 'file', expected, describeKind(file));
  }
  for (const name of Object.keys(file)) {
    if (MEMBERS.includes(name)) continue;
    // An id with a misspelt tenant would be valid for every tenant.
    const problem = `unknown member ${JSON.stringify(name)}${didYouMean(name, MEMBERS)}`;
    throw mistake(ENCODE, problem, 'unknown-option');
  }
  // Members of the object's class count too: an id whose tenant was missed would be valid for every tenant.
  const [provider, fileId, account, tenant] = MEMBERS.map((name) => memberOf(file, name));
  for (const [name, value] of Object.entries({ provider, fileId, account, tenant })) {
    const isOptional = name === 'account' || name === 'tenant';
    if (isOptional && value === undefined) continue;
    if (typeof value !== 'string' || value === '') {
      throw invalidOption(ENCODE, name, 'a non-empty string', describeValue(value));
    }
  }
  return Buffer.from(JSON.stringify([provider, fileId, account ?? null, tenant ?? null]));
}

// The tag proves that a holder of the key wrote it. The shape is checked too, because the key may also be used
// elsewhere.
function parse(plaintext: Buffer): SignedFileId | undefined {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(plaintext) ?? '');
  } catch {
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 4) return undefined;
  const [provider, fileId, account, tenant]: readonly unknown[] = value;
  if (!isText(provider) || !isText(fileId)) return undefined;
  if ((account !== null && !isText(account)) || (tenant !== null && !isText(tenant))) return undefined;
  return { provider, fileId, ...(account === null ? {} : { account }), ...(tenant === null ? {} : { tenant }) };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
