import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { decodeBase64url, decodeUtf8 } from '../ids/base64url';

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/**
 * Names the purpose of the derived keys, so that one secret can be used for links and for file ids without mixing them
 * up.
 */
const PURPOSE = 'express-file-content content link 1';
/** The longest token that fits into a URL which common servers and proxies accept. */
const MAX_LENGTH = 4096;

/** Seals texts into tokens that only a holder of a key can make and open. */
export interface TokenCipher {
  /** Returns undefined if the token would be too long for a URL. */
  seal(text: string): string | undefined;
  /** Returns undefined for everything that none of the keys has sealed. Never throws. */
  open(token: unknown): string | undefined;
}

/**
 * Makes a cipher for tokens: AES-256-GCM with a key and a nonce for each token, which HKDF derives from a random salt,
 * so that the number of tokens per key is not limited. A token is the salt, the ciphertext and the tag, in base64url.
 *
 * @param keys the first seals, all of them open
 * @see RFC 5869
 */
export function tokenCipher(keys: readonly [Uint8Array, ...Uint8Array[]]): TokenCipher {
  // Unlike buffers, key objects are not shown by inspectors and serialisers.
  const [first, ...others] = keys;
  const current = createSecretKey(first);
  const all = [current, ...others.map((key) => createSecretKey(key))];
  return {
    seal(text) {
      const salt = randomBytes(SALT_BYTES);
      const cipher = createCipheriv('aes-256-gcm', ...derive(current, salt), { authTagLength: TAG_BYTES });
      const sealed = Buffer.concat([salt, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      const token = sealed.toString('base64url');
      return token.length > MAX_LENGTH ? undefined : token;
    },
    open(token) {
      if (typeof token !== 'string' || token.length > MAX_LENGTH) return undefined;
      const sealed = decodeBase64url(token);
      if (sealed === undefined || sealed.length <= SALT_BYTES + TAG_BYTES) return undefined;
      for (const key of all) {
        const opened = open(key, sealed);
        if (opened !== undefined) return decodeUtf8(opened);
      }
      return undefined;
    },
  };
}

function derive(key: KeyObject, salt: Uint8Array): readonly [key: Buffer, nonce: Buffer] {
  const bytes = Buffer.from(hkdfSync('sha256', key, salt, PURPOSE, KEY_BYTES + NONCE_BYTES));
  return [bytes.subarray(0, KEY_BYTES), bytes.subarray(KEY_BYTES)];
}

function open(key: KeyObject, sealed: Buffer): Buffer | undefined {
  const [derived, nonce] = derive(key, sealed.subarray(0, SALT_BYTES));
  const decipher = createDecipheriv('aes-256-gcm', derived, nonce, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(SALT_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}
