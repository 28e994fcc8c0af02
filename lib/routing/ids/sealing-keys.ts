import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { decodeBase64url } from './base64url';

const KEY_BYTES = 32;
const KEY_HINT = "write 32 random bytes, such as crypto.randomBytes(32) or its .toString('base64')";

/**
 * Reads a list of keys, each 32 bytes: as bytes, base64, base64url or hex.
 *
 * @param factory the beginning of the message, such as `fileIdCodec`
 * @throws TypeError for anything else; no message carries a key
 */
export function readSealingKeys(factory: string, given: unknown): readonly [Uint8Array, ...Uint8Array[]] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const [current, ...former] = list.map((key, index) => readKey(factory, key, index));
  if (current === undefined) {
    const got = Array.isArray(given) ? 'an empty array' : describeKind(given);
    throw invalidOption(factory, 'keys', 'an array of at least one key', `${got}; ${KEY_HINT}`);
  }
  return [current, ...former];
}

function readKey(factory: string, key: unknown, index: number): Uint8Array {
  const bytes = keyBytes(key);
  if (!bytes) {
    const got = typeof key === 'string' && key !== '' ? 'a string in another form' : describeKind(key);
    throw invalidOption(factory, `keys[${index}]`, 'bytes, base64 or hex', `${got}; ${KEY_HINT}`);
  }
  if (bytes.length !== KEY_BYTES) {
    throw invalidOption(factory, `keys[${index}]`, '32 bytes long', `${bytes.length} bytes; ${KEY_HINT}`);
  }
  return bytes;
}

function keyBytes(key: unknown): Uint8Array | undefined {
  if (key instanceof Uint8Array) return key;
  if (typeof key !== 'string') return undefined;
  if (/^[0-9a-f]{64}$/i.test(key)) return Buffer.from(key, 'hex');
  return decodeBase64url(
    key
      .replace(/={1,2}$/, '')
      .replaceAll('+', '-')
      .replaceAll('/', '_'),
  );
}
