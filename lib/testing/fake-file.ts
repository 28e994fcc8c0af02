import { describeKind } from '../values/describe-value';
import { invalidOption, memberPath } from '../values/mistakes';
import { readOptions, requireInteger } from '../values/read-options';
import { checkFile } from './check-file';
import type { FakeFault } from './fake-fault';

/** Describes a file that a {@link fakeProvider} serves. */
export interface FakeFile {
  /**
   * The bytes, or a function that makes them for every request. The client waits for what the function waits for. A
   * range of what a function makes is served if `length` is a number: the function makes the file from its beginning,
   * and what is not in the range is dropped.
   */
  readonly content: string | Uint8Array | (() => Iterable<Uint8Array> | AsyncIterable<Uint8Array>);
  /**
   * The value of `Content-Length`, in bytes. `'chunked'` sends none. Defaults to the length of the bytes; the content
   * of a function is sent chunked.
   */
  readonly length?: number | 'chunked' | undefined;
  /** Sent as `Content-Type`. Defaults to `application/octet-stream`. */
  readonly contentType?: string | undefined;
  /** Sent in `Content-Disposition`. Defaults to none. */
  readonly filename?: string | undefined;
  /** Headers of the response. They replace the provider's own headers of the same name. Defaults to none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Delays the response until its promise is fulfilled. A promise that a test resolves makes a delay without a clock.
   * Defaults to none.
   */
  readonly gate?: (() => Promise<unknown>) | undefined;
  /** What goes wrong with the file. Defaults to nothing. */
  readonly fault?: FakeFault | undefined;
}

/** A file with the defaults applied. */
export interface PreparedFile extends FakeFile {
  readonly declaredLength: number | undefined;
  /** The content if it is given as bytes. */
  readonly bytes: Buffer | undefined;
  /** The length that ranges refer to. `undefined` if ranges are not served: the length is unknown, or a wrong one. */
  readonly rangeLength: number | undefined;
  /** The number of requests for the file so far. */
  served: number;
}

const FILE_OPTIONS = {
  content: true,
  length: true,
  contentType: true,
  filename: true,
  headers: true,
  gate: true,
  fault: true,
} as const satisfies Record<keyof FakeFile, true>;

/** @throws TypeError for anything that is not a file */
export function prepareFile(id: string, given: FakeFile | string | Uint8Array): PreparedFile {
  const name = memberPath('files', id);
  const file: FakeFile =
    typeof given === 'string' || given instanceof Uint8Array
      ? { content: given }
      : readOptions(`fakeProvider: ${name}`, given, FILE_OPTIONS);
  const { content, length } = file;
  if (typeof content !== 'string' && typeof content !== 'function' && !ArrayBuffer.isView(content)) {
    throw invalidOption('fakeProvider', `${name}.content`, 'a string, bytes or a function', describeKind(content));
  }
  if (length !== undefined && length !== 'chunked') {
    requireInteger('fakeProvider', `${name}.length`, length, 0, Number.MAX_SAFE_INTEGER);
  }
  checkFile('fakeProvider', `${name}.`, file);
  const bytes = typeof content === 'function' ? undefined : Buffer.from(content);
  const declaredLength = length === 'chunked' ? undefined : (length ?? bytes?.length);
  const rangeLength = bytes === undefined || declaredLength === bytes.length ? declaredLength : undefined;
  return { ...file, declaredLength, bytes, rangeLength, served: 0 };
}

/** A part of a file, by the positions of its first and its last byte. */
export interface FilePart {
  readonly start: number;
  readonly end: number;
}

/** Returns the bytes of a file, or of the part that was requested. */
export function bodyOf(
  { content, bytes }: PreparedFile,
  part: FilePart | undefined,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'function') return part === undefined ? content() : partOf(content(), part);
  const selected = part && bytes ? bytes.subarray(part.start, part.end + 1) : bytes;
  return selected && selected.length > 0 ? [selected] : [];
}

async function* partOf(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { start, end }: FilePart,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of content) {
    const selected = piece.subarray(Math.max(0, start - at), Math.max(0, end + 1 - at));
    if (selected.length > 0) yield selected;
    at += piece.length;
    if (at > end) return;
  }
}

/** Yields the content in chunks, cut off after `limit` bytes. */
export async function* pieces(
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const piece of content) {
    if (left <= 0) return;
    yield piece.length > left ? piece.subarray(0, left) : piece;
    left -= piece.length;
  }
}
