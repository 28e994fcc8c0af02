import { createHash, type Hash } from 'node:crypto';
import { describeValue } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { requireOneOf } from '../../values/read-options';
import type { TransferRecord } from '../record';
import type { Tap } from './tap';

/**
 * Makes a tap that computes a digest of the bytes that were sent to the client. For a truncated download, a range or a
 * HEAD this is not the digest of the file: check `record.complete` and `record.status`.
 *
 * @param onDigest called once, with the digest in lower-case hexadecimal digits
 *
 * @throws TypeError for another algorithm, and if `onDigest` is not a function
 *
 * @example
 * return { provider, taps: [contentDigest('sha256', (hex, { fileId }) => digests.set(fileId, hex))] };
 */
export function contentDigest(
  algorithm: 'sha256' | 'md5',
  onDigest: (hex: string, record: TransferRecord) => void,
): Tap {
  requireOneOf('contentDigest', 'algorithm', algorithm, ['sha256', 'md5']);
  if (typeof onDigest !== 'function') {
    throw invalidOption('contentDigest', 'onDigest', 'a function', describeValue(onDigest));
  }
  let hash: Hash = createHash(algorithm);
  return Object.freeze({
    chunk(bytes: Uint8Array): void {
      hash.update(bytes);
    },
    end(record: TransferRecord): void {
      const hex = hash.digest('hex');
      hash = createHash(algorithm);
      onDigest(hex, record);
    },
  });
}
