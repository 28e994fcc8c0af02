import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { waitToRead } from '../transfer/fair-turns';

/** Chunks of this many bytes and more pass as they are; shorter ones are gathered up to it. */
export const GATHERED_BYTES = 16 * 1024;
/** What a chunk is charged besides its bytes: about as much of the process's time as copying so many bytes takes. */
const CHARGE_PER_CHUNK = 512;
/**
 * Bytes and charges after which it is another stream's turn. Node reads a connection 32 times in one turn while there
 * is something to read, which in chunks of one byte is 350,000 calls.
 */
const SHARE = 512 * 1024;

/** A body of fewer bytes cannot hold much memory in any chunks, and small files are many. */
const NEVER_MUCH_BYTES = 4 * 1024;

/**
 * {@link gatherSmallChunks} for a response of a provider.
 *
 * @param declared its Content-Length, if it has one
 */
export function gatherSmallChunksOf(response: IncomingMessage, declared: string | undefined): void {
  if (declared === undefined || !(Number(declared) < NEVER_MUCH_BYTES)) gatherSmallChunks(response);
}

/**
 * Bounds the memory that a stream of bytes holds while nobody reads it, whatever the size of its chunks. A high-water
 * mark counts bytes and not objects: 64 KiB in chunks of one byte are 65,536 buffers, which take a hundred times as
 * much, and each may keep a large slab alive.
 *
 * Small chunks are copied together when they arrive in one step of the event loop, or while others wait to be read. A
 * small chunk that arrives alone passes at once. After its share of a turn a stream reads on in the next.
 *
 * Replaces `push`, `read` and `_read` of this one stream, so call it before anybody reads from it.
 */
export function gatherSmallChunks(stream: Readable): void {
  if (stream.readableObjectMode) return;
  const { push, read, _read } = stream;
  let block: Buffer | undefined;
  let length = 0;
  /** A small chunk has passed in this step: those that follow are gathered until its end. */
  let isStepBegun = false;
  let share = 0;
  let isEngaged = false;

  const flush = (): void => {
    if (block === undefined) return;
    const bytes = block.subarray(0, length);
    block = undefined;
    length = 0;
    push.call(stream, bytes);
  };

  const endStep = (): void => {
    isStepBegun = false;
    if (stream.destroyed) block = undefined;
    else if (stream.readableLength === 0) flush();
  };

  const gather = (bytes: Uint8Array): void => {
    engage();
    let rest = bytes;
    while (rest.length > 0) {
      block ??= Buffer.allocUnsafeSlow(GATHERED_BYTES);
      const part = rest.subarray(0, block.length - length);
      block.set(part, length);
      length += part.length;
      rest = rest.subarray(part.length);
      if (length === block.length) flush();
    }
  };

  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    if (!types.isUint8Array(bytes) || bytes.length === 0) {
      flush();
      return push.call(stream, bytes);
    }
    share += bytes.length + CHARGE_PER_CHUNK;
    if (share >= SHARE) engage();
    if (bytes.length >= GATHERED_BYTES) {
      flush();
      return push.call(stream, bytes) && share < SHARE;
    }
    const isAlone = block === undefined && !isStepBegun && stream.readableLength === 0;
    if (!isStepBegun) {
      isStepBegun = true;
      process.nextTick(endStep);
    }
    if (isAlone) return push.call(stream, bytes);
    gather(bytes);
    return share < SHARE && stream.readableLength + length < stream.readableHighWaterMark;
  };

  /**
   * Not before it is needed: most bodies are small and come in one piece, and methods of their own make streams slow.
   */
  function engage(): void {
    if (isEngaged) return;
    isEngaged = true;
    stream.read = (size?: number): unknown => {
      // Readable itself reads nothing, `read(0)`, to have its buffer filled.
      if (size !== 0) flush();
      return read.call(stream, size);
    };

    stream._read = (size: number): void => {
      if (share < SHARE) _read.call(stream, size);
      else waitToRead(readOn);

      function readOn(): void {
        share = 0;
        if (!stream.destroyed && !stream.readableEnded) _read.call(stream, size);
      }
    };
  }
}
