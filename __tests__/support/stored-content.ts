/** Objects of the sizes at which stores and buffers behave differently. */
import { createHash, randomBytes } from 'node:crypto';

export interface StoredContent {
  readonly key: string;
  readonly bytes: Buffer;
}

/** Sizes at which stores, ranges and buffers behave differently: nothing, one byte, more than any buffer on the way. */
export const STORED_CONTENTS: readonly StoredContent[] = [
  { key: 'empty.bin', bytes: Buffer.alloc(0) },
  { key: 'one.bin', bytes: Buffer.from([0xff]) },
  { key: 'job 1/out+(é).jsonl', bytes: randomBytes(8 * 1024 * 1024) },
];

export const LARGEST = STORED_CONTENTS[2]!;

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
