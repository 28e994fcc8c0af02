import { describeValue } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';

const ALPHABET = /^[A-Za-z0-9_-]+$/;

// A byte order mark is kept: dropping it would let two ids mean the same file.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes unpadded base64url (RFC 4648, section 5). Undefined for padding, another alphabet or non-zero trailing bits.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  if (!ALPHABET.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

export function encodeBase64url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** Decodes UTF-8. Undefined if the bytes are invalid. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

// UTF-8 cannot encode a lone surrogate, so it would be decoded as another character.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws TypeError for anything but a non-empty string that UTF-8 can encode */
export function requireUnicode(where: string, member: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '' || LONE_SURROGATE.test(value)) {
    throw invalidOption(where, member, 'a non-empty string of well-formed Unicode', describeValue(value));
  }
}
