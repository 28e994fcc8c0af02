import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { types } from 'node:util';
import { waitToRead } from '../transfer/event-loop/fair-turns';

/** Chunks of at least this many bytes pass unchanged; shorter ones are gathered up to this size. */
export const GATHERED_BYTES = 16 * 1024;
/** The cost of a chunk besides its bytes: it takes about as much time as copying this many bytes. */
const CHARGE_PER_CHUNK = 512;
/**
 * The bytes and costs after which another stream gets its turn. Node reads a connection up to 32 times in one turn,
 * which in chunks of one byte is 350,000 calls.
 */
const SHARE = 512 * 1024;

/** A shorter body cannot hold much memory, however it is chunked, and small files are frequent. */
const NEVER_MUCH_BYTES = 4 * 1024;

/**
 * Applies {@link gatherSmallChunks} to a provider's response.
 *
 * @param declared its Content-Length, if it has one
 */
export function gatherSmallChunksOf(response: IncomingMessage, declared: string | undefined): void {
  if (declared === undefined || !(Number(declared) < NEVER_MUCH_BYTES)) gatherSmallChunks(response);
}

/**
 * Bounds the memory that a stream of bytes holds while it is not read, whatever the size of its chunks. A high-water
 * mark counts bytes and not objects: 64 KiB in chunks of one byte are 65,536 buffers, which take a hundred times as
 * much, and each may keep a large slab alive.
 *
 * Small chunks that arrive in one step of the event loop, or while others wait to be read, are copied into one buffer.
 * A small chunk that arrives alone passes at once. A stream that has used its share of a turn continues in the next
 * one.
 *
 * Replaces `push`, `read` and `_read` of this one stream, so call it before anybody reads from it.
 */
export function gatherSmallChunks(stream: Readable): void {
  if (stream.readableObjectMode) return;
  const { push, read, _read } = stream;
  let block: Buffer | undefined;
  let length = 0;
  /** Whether a small chunk has passed in this step. Later ones are gathered until the step ends. */
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
   * Replaces the stream's methods only when needed: most bodies are small and arrive in one chunk, and own methods make
   * a stream slow.
   */
  function engage(): void {
    if (isEngaged) return;
    isEngaged = true;
    stream.read = (size?: number): unknown => {
      // Readable calls `read(0)` to fill its buffer.
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
