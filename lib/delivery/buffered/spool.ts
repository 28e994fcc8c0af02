import { Readable } from 'node:stream';
import { noRoom, type SpoolSpace } from './spool-space';
import { TemporaryFile } from './temporary-file';

const KIB = 1024;
const BLOCK_BYTES = 64 * KIB;
/** The size of the first block if no length was declared. */
const SMALL_BLOCK_BYTES = 16 * KIB;
/** Shorter chunks are gathered before they are written, so that a slow source does not cause a write for every byte. */
const GATHERED_BYTES = 16 * KIB;
const READ_BYTES = 64 * KIB;

/** The source of the buffers into which the disk is read. */
export interface ReadBuffers {
  /** Returns the most that one read should take, in bytes. */
  readonly readSize: () => number;
  /** Returns a buffer of at least `length` bytes. */
  readonly acquire: (length: number) => Buffer;
}

const OWN_BUFFERS: ReadBuffers = { readSize: () => READ_BYTES, acquire: (length) => Buffer.allocUnsafeSlow(length) };

interface Block {
  readonly bytes: Buffer;
  length: number;
}

/**
 * Stores the body of one transfer: its first bytes in memory, the rest in a temporary file. It is written once, from
 * beginning to end, and can then be read any number of times from any position.
 *
 * No chunk is kept: it is copied or written before `write` is done, so its owner may reuse the buffer.
 */
export class Spool {
  readonly #space: SpoolSpace;
  readonly #expected: number | undefined;
  readonly #blocks: Block[] = [];
  #memoryTaken = 0;
  /** The number of bytes in memory; the rest is on disk. */
  #inMemory = 0;
  #isMemoryFull = false;
  #diskTaken = 0;
  #onDisk = 0;
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  #file: TemporaryFile | undefined;
  #isClosed = false;

  /**
   * @param expected the declared length, if there is one. Disk space is then reserved at once, so that a transfer is
   *   refused before its body has been fetched.
   * @throws FileContentError `overloaded`
   */
  constructor(space: SpoolSpace, expected?: number) {
    this.#space = space;
    this.#expected = expected;
    if (expected !== undefined) this.#takeDisk(expected - space.memoryPerTransfer);
  }

  get size(): number {
    return this.#inMemory + this.#onDisk + this.#gatheredBytes;
  }

  /**
   * Appends a chunk. Returns a promise if the caller must wait before it reads more from its source.
   *
   * @throws FileContentError `overloaded` if no space is left, `internal_error` if the disk fails
   */
  write(chunk: Uint8Array): Promise<void> | undefined {
    const rest = this.#isMemoryFull ? chunk : this.#remember(chunk);
    if (rest.length === 0) return undefined;
    this.#takeDisk(this.#onDisk + this.#gatheredBytes + rest.length);
    if (this.#gatheredBytes + rest.length > GATHERED_BYTES) return this.#writeThrough(rest);
    this.#gathered ??= Buffer.allocUnsafeSlow(GATHERED_BYTES);
    this.#gathered.set(rest, this.#gatheredBytes);
    this.#gatheredBytes += rest.length;
    return undefined;
  }

  /** Marks the body as complete. */
  async end(): Promise<void> {
    await this.#flush();
  }

  /**
   * Returns a stream of the bytes from `start` up to, not including, `end`. It reads only as fast as it is consumed,
   * into leased buffers or new ones.
   */
  read(start = 0, end = this.size, buffers: ReadBuffers = OWN_BUFFERS): Readable {
    let position = start;
    const next = async (): Promise<Buffer | null> => {
      if (position >= end) return null;
      const chunk = await this.#chunkAt(position, end, buffers);
      position += chunk.length;
      return chunk;
    };
    return new Readable({
      // Reads one chunk ahead, whatever its size.
      highWaterMark: 1,
      read() {
        next().then(
          (chunk) => this.push(chunk),
          (error: Error) => this.destroy(error),
        );
      },
    });
  }

  /** Frees the memory, the disk space and the descriptor. Idempotent. An active reader fails. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#space.memory.giveBack(this.#memoryTaken);
    this.#blocks.length = 0;
    this.#gathered = undefined;
    try {
      await this.#file?.close();
    } finally {
      this.#space.disk.giveBack(this.#diskTaken);
    }
  }

  /** Copies as much as fits into memory. Returns the rest. */
  #remember(chunk: Uint8Array): Uint8Array {
    let rest = chunk;
    while (rest.length > 0) {
      const block = this.#blockWithRoom();
      if (block === undefined) break;
      const part = rest.subarray(0, block.bytes.length - block.length);
      block.bytes.set(part, block.length);
      block.length += part.length;
      this.#inMemory += part.length;
      rest = rest.subarray(part.length);
    }
    return rest;
  }

  #blockWithRoom(): Block | undefined {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.length < last.bytes.length) return last;
    const { memory, memoryPerTransfer } = this.#space;
    const wanted = last === undefined ? (this.#expected ?? SMALL_BLOCK_BYTES) : BLOCK_BYTES;
    const size = Math.min(Math.max(wanted, 1), BLOCK_BYTES, memoryPerTransfer - this.#inMemory);
    if (size <= 0 || !memory.take(size)) {
      this.#isMemoryFull = true;
      return undefined;
    }
    this.#memoryTaken += size;
    const block: Block = { bytes: Buffer.allocUnsafeSlow(size), length: 0 };
    this.#blocks.push(block);
    return block;
  }

  /** Reserves disk space up to a total of `bytes`. */
  #takeDisk(bytes: number): void {
    const missing = bytes - this.#diskTaken;
    if (missing <= 0) return;
    if (!this.#space.disk.take(missing)) throw noRoom();
    this.#diskTaken = bytes;
  }

  async #writeThrough(chunk: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#writeToDisk(chunk);
  }

  async #flush(): Promise<void> {
    if (this.#gathered === undefined || this.#gatheredBytes === 0) return;
    const bytes = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gathered = undefined;
    this.#gatheredBytes = 0;
    await this.#writeToDisk(bytes);
  }

  async #writeToDisk(bytes: Uint8Array): Promise<void> {
    const { directory, gate } = this.#space;
    this.#file ??= await TemporaryFile.create(directory, gate);
    await this.#file.write(bytes, this.#onDisk);
    this.#onDisk += bytes.length;
  }

  async #chunkAt(position: number, end: number, { readSize, acquire }: ReadBuffers): Promise<Buffer> {
    if (position < this.#inMemory) return this.#memoryAt(position, end);
    if (this.#file === undefined) throw new Error('The buffered content is no longer there.');
    return await this.#file.read(position - this.#inMemory, Math.min(readSize(), end - position), acquire);
  }

  #memoryAt(position: number, end: number): Buffer {
    let blockStart = 0;
    for (const { bytes, length } of this.#blocks) {
      if (position < blockStart + length) {
        return bytes.subarray(position - blockStart, Math.min(length, end - blockStart));
      }
      blockStart += length;
    }
    throw new Error('The buffered content is no longer there.');
  }
}
