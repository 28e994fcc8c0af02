import { createHash } from 'node:crypto';
import { readOptions, requireInteger } from '../values/read-options';
import { checkFile } from './check-file';
import type { FakeFile } from './fake-file';

/** Options of {@link generatedFile}: the members of a {@link FakeFile}, without the content and its length. */
export type GeneratedFileOptions = Omit<FakeFile, 'content' | 'length'>;

const PIECE = 65_536;
const DIGEST = 32;

const OPTIONS = {
  contentType: true,
  filename: true,
  headers: true,
  gate: true,
  fault: true,
} as const satisfies Record<keyof GeneratedFileOptions, true>;

/**
 * Makes a file of any length for {@link fakeProvider} that takes no memory. Its bytes do not compress, and are the same
 * each time. It has ranges and a strong `ETag`, so its download can be resumed.
 *
 * @param length the length, in bytes
 * @throws TypeError for an invalid length and for an unknown or invalid option
 *
 * @example
 * const provider = await fakeProvider({ files: { 'file-large': generatedFile(5_000_000_000) } });
 */
export function generatedFile(length: number, options: GeneratedFileOptions = {}): FakeFile {
  requireInteger('generatedFile', 'length', length, 0, Number.MAX_SAFE_INTEGER);
  const given = readOptions('generatedFile', options, OPTIONS);
  checkFile('generatedFile', '', given);
  const { headers = {}, ...file } = given;
  const hasTag = Object.keys(headers).some((name) => name.toLowerCase() === 'etag');
  const etag = hasTag ? {} : { etag: `"generated-${length}"` };
  return { ...file, headers: { ...etag, ...headers }, length, content: () => pieces(length) };
}

function* pieces(length: number): Generator<Uint8Array> {
  const block = Buffer.alloc(PIECE);
  for (let at = 0; at < PIECE; at += DIGEST) createHash('sha256').update(String(at)).digest().copy(block, at);
  for (let sent = 0; sent < length; sent += PIECE) {
    // A copy, because the consumer may keep what it was given.
    const piece = Buffer.from(block.subarray(0, Math.min(PIECE, length - sent)));
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(sent));
    number.copy(piece);
    yield piece;
  }
}
