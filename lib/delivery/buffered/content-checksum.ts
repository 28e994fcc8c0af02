import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type HeaderValues, singleValue } from '../../http/header-values';
import { ownMember } from '../../values/own-members';
import { Crc32c, Crc64Nvme } from './crc';

/** Computes one checksum of a body. */
interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

class Crc32 implements Checksum {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(this.#value);
    return digest;
  }
}

function hash(algorithm: 'sha1' | 'sha256'): Checksum {
  const state = createHash(algorithm);
  return { update: (bytes) => void state.update(bytes), digest: () => state.digest() };
}

/** S3's checksums, the cheapest first. Only one is verified. */
const CHECKSUMS: readonly (readonly [header: string, bytes: number, make: () => Checksum])[] = [
  ['x-amz-checksum-crc32', 4, () => new Crc32()],
  ['x-amz-checksum-crc32c', 4, () => new Crc32c()],
  ['x-amz-checksum-crc64nvme', 8, () => new Crc64Nvme()],
  ['x-amz-checksum-sha1', 20, () => hash('sha1')],
  ['x-amz-checksum-sha256', 32, () => hash('sha256')],
];

/** Compares a body with the checksum that the provider sent in its headers. */
export interface ChecksumCheck {
  update(bytes: Uint8Array): void;
  /** Returns the mismatch, or undefined. Call it after the last `update()`. */
  problem(): string | undefined;
}

/**
 * Returns a check for the body of a 200 whose headers have a checksum of the whole object. An object that was uploaded
 * in parts may have a checksum of the parts' checksums instead (`…-3`, type `COMPOSITE`), which cannot be verified
 * here.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checksumCheck(status: number, headers: HeaderValues): ChecksumCheck | undefined {
  if (status !== 200 || singleValue(ownMember(headers, 'x-amz-checksum-type')) === 'COMPOSITE') return undefined;
  for (const [header, bytes, make] of CHECKSUMS) {
    const expected = singleValue(ownMember(headers, header));
    if (expected === undefined || !isDigest(expected, bytes)) continue;
    const checksum = make();
    return {
      update: (chunk) => checksum.update(chunk),
      problem() {
        const actual = checksum.digest();
        // Compared as bytes, because some stores omit the padding.
        if (actual.equals(Buffer.from(expected, 'base64'))) return undefined;
        return `the ${header} of the body is ${actual.toString('base64')}, not ${expected}`;
      },
    };
  }
  return undefined;
}

function isDigest(text: string, bytes: number): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) && Buffer.from(text, 'base64').length === bytes;
}
