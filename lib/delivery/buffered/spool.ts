import { Readable } from 'node:stream';
import { noRoom, type SpoolSpace } from './spool-space';
import { TemporaryFile } from './temporary-file';

const KIB = 1024;
const BLOCK_BYTES = 64 * KIB;
/** The first block of content whose length nobody declared. */
const SMALL_BLOCK_BYTES = 16 * KIB;
/** Shorter chunks are gathered before they are written, so that a trickle does not become a write for every byte. */
const GATHERED_BYTES = 16 * KIB;
const READ_BYTES = 64 * KIB;

/** Whose buffers the disk is read into. */
export interface ReadBuffers {
  /** The most that one read should take, in bytes. */
  readonly readSize: () => number;
  /** A buffer of at least `length` bytes. */
  readonly acquire: (length: number) => Buffer;
}

const OWN_BUFFERS: ReadBuffers = { readSize: () => READ_BYTES, acquire: (length) => Buffer.allocUnsafeSlow(length) };

interface Block {
  readonly bytes: Buffer;
  length: number;
}

/**
 * Content of one transfer: its first bytes in memory, the rest in a temporary file. Written from begin to end, then
 * read any number of times, from anywhere.
 *
 * Nothing that it is given is kept: a chunk is copied or written before `write` is done, so its owner may reuse it.
 */
export class Spool {
  readonly #space: SpoolSpace;
  readonly #expected: number | undefined;
  readonly #blocks: Block[] = [];
  #memoryTaken = 0;
  /** Bytes of the content that are in memory; all that follow are on disk. */
  #inMemory = 0;
  #isMemoryFull = false;
  #diskTaken = 0;
  #onDisk = 0;
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;
  #file: TemporaryFile | undefined;
  #isClosed = false;

  /**
   * @param expected the declared length, if there is one: room on disk is then taken at once, so that a transfer for
   *   which there is none is refused before its content has been fetched
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
   * Appends a chunk. Gives a promise where the caller has to wait before it takes more from its source.
   *
   * @throws FileContentError `overloaded` where there is no room left, `internal_error` where the disk fails
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

  /** Says that the content is complete. */
  async end(): Promise<void> {
    await this.#flush();
  }

  /**
   * The bytes from `start` up to, not including, `end`; read only as fast as they are taken, into lent buffers or new
   * ones.
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
      // One chunk ahead of the reader, whatever its size.
      highWaterMark: 1,
      read() {
        next().then(
          (chunk) => this.push(chunk),
          (error: Error) => this.destroy(error),
        );
      },
    });
  }

  /** Frees memory, disk and descriptor. Idempotent; a reader that is under way fails. */
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

  /** Copies as much as memory has room for; gives the rest. */
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

  /** Makes sure that `bytes` in all are taken of the room on disk. */
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
