const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * What one relay may read at a time, however many wait: a client that can take bytes is never starved by others that
 * cannot.
 */
export const SMALLEST_READ = 32 * KIB;

/** What relays may hold together before each gets the smallest read only. */
const BUDGET = 16 * MIB;
/** One read may take this part of what is left of the budget, so that reads get smaller before it is used up. */
const PART = 16;
/**
 * Kept for the next read while relays run: what is dropped stays until the collector comes, while the next is
 * allocated.
 */
const MOST_KEPT = BUDGET;
/** Kept where none runs: enough that one client after the other does not make garbage of as many large buffers. */
const KEPT_AT_REST = MIB;

/**
 * Buffers for bytes that were read and are not yet written. Sizes are powers of two, so that buffers of a few sizes go
 * round instead of becoming garbage that makes the collector run.
 */
export class BufferPool {
  readonly #budget: number;
  readonly #mostKept: number;
  readonly #kept = new Map<number, Buffer[]>();
  #keptBytes = 0;
  #leasedBytes = 0;
  #members = 0;

  constructor({
    budget = BUDGET,
    mostKept = MOST_KEPT,
  }: { readonly budget?: number; readonly mostKept?: number } = {}) {
    this.#budget = budget;
    this.#mostKept = mostKept;
  }

  /** Bytes in buffers that are leased. */
  get leasedBytes(): number {
    return this.#leasedBytes;
  }

  get members(): number {
    return this.#members;
  }

  /** A relay begins: until the last one leaves, more buffers are kept. */
  join(): void {
    this.#members += 1;
  }

  leave(): void {
    this.#members -= 1;
    while (this.#keptBytes > this.#mostToKeep && this.#evict());
  }

  get #mostToKeep(): number {
    return this.#members > 0 ? this.#mostKept : Math.min(this.#mostKept, KEPT_AT_REST);
  }

  /**
   * What a relay may read at most, given what it would like to. It depends on what is leased and not on how many there
   * are: a thousand clients that take everything at once hold nothing, and a large read costs each byte less.
   */
  readSize(wanted: number): number {
    const room = (this.#budget - this.#leasedBytes) / PART;
    let size = wanted;
    while (size > SMALLEST_READ && size > room) size /= 2;
    return size;
  }

  /** Leases a buffer of at least `length` bytes. Its content is undefined. */
  acquire(length: number): Buffer {
    const size = stepOf(length);
    this.#leasedBytes += size;
    const kept = this.#kept.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafeSlow(size);
    this.#keptBytes -= size;
    return kept;
  }

  /** Returns a buffer that nobody reads any more. */
  release(buffer: Buffer): void {
    const size = buffer.length;
    this.#leasedBytes -= size;
    while (this.#keptBytes + size > this.#mostToKeep) if (!this.#evict(size)) return;
    this.#keptBytes += size;
    const kept = this.#kept.get(size);
    if (kept === undefined) this.#kept.set(size, [buffer]);
    else kept.push(buffer);
  }

  /**
   * Drops a buffer of another size: those that were useful when there were fewer members would keep out those that now
   * are.
   */
  #evict(wanted?: number): boolean {
    for (const [size, buffers] of this.#kept) {
      if (size === wanted || buffers.pop() === undefined) continue;
      this.#keptBytes -= size;
      return true;
    }
    return false;
  }

  /**
   * Ends the lease of a buffer that may still be read, so that it is not used again: the garbage collector frees it.
   */
  discard(buffer: Buffer): void {
    this.#leasedBytes -= buffer.length;
  }
}

function stepOf(length: number): number {
  let size = SMALLEST_READ / 2;
  while (size < length) size *= 2;
  return size;
}

/** The buffers that one transfer leases from a pool. Any part of a buffer identifies it. */
export class BufferLease {
  readonly #pool: BufferPool;
  readonly #leased = new Map<ArrayBufferLike, Buffer>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  acquire(length: number): Buffer {
    const buffer = this.#pool.acquire(length);
    this.#leased.set(buffer.buffer, buffer);
    return buffer;
  }

  /** Returns a buffer that nobody reads any more. Does nothing for one that was not leased here. */
  release(part: Buffer): void {
    const buffer = this.#leased.get(part.buffer);
    if (buffer === undefined) return;
    this.#leased.delete(part.buffer);
    this.#pool.release(buffer);
  }

  /** Buffers that were never returned: the system may still read them, so the garbage collector frees them. */
  discardAll(): void {
    for (const buffer of this.#leased.values()) this.#pool.discard(buffer);
    this.#leased.clear();
  }
}

/** Between providers and clients: shared by all relays of the process, as its memory is. */
export const relayPool = new BufferPool();

/** Between connections and the disk. Separate, because a transfer holds its buffer here while it waits for the disk. */
export const diskPool = new BufferPool({ budget: BUDGET, mostKept: BUDGET / 2 });
