const KIB = 1024;
const MIB = 1024 * KIB;

/** The bytes that a relay may always read at once, so that a ready client is never starved by others that are not. */
export const SMALLEST_READ = 32 * KIB;

/** The bytes that all relays may hold together before each gets only the smallest read. */
const BUDGET = 16 * MIB;
/** The fraction of the remaining budget that one read may take, so that reads get smaller before it is used up. */
const PART = 16;
/**
 * The bytes kept for later reads while relays run. A dropped buffer would stay in memory until the garbage collector
 * runs, while a new one is allocated.
 */
const MOST_KEPT = BUDGET;
/** The bytes kept while no relay runs: enough that successive clients reuse the same large buffers. */
const KEPT_AT_REST = MIB;

/**
 * A pool of buffers for bytes that were read and are not yet written. Sizes are powers of two, so that buffers of a few
 * sizes are reused instead of becoming garbage.
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

  /** Registers a relay. Until the last one leaves, more buffers are kept. */
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
   * Returns the most bytes that a relay may read, given the wanted size. It depends on the leased bytes and not on the
   * number of relays: a thousand fast clients hold nothing, and large reads cost less per byte.
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

  /** Returns a buffer that is no longer read. */
  release(buffer: Buffer): void {
    const size = buffer.length;
    this.#leasedBytes -= size;
    while (this.#keptBytes + size > this.#mostToKeep) if (!this.#evict(size)) return;
    this.#keptBytes += size;
    const kept = this.#kept.get(size);
    if (kept === undefined) this.#kept.set(size, [buffer]);
    else kept.push(buffer);
  }

  /** Drops a buffer of another size, because buffers of sizes that are no longer used would keep out those that are. */
  #evict(wanted?: number): boolean {
    for (const [size, buffers] of this.#kept) {
      if (size === wanted || buffers.pop() === undefined) continue;
      this.#keptBytes -= size;
      return true;
    }
    return false;
  }

  /** Ends the lease of a buffer that may still be read. It is not reused; the garbage collector frees it. */
  discard(buffer: Buffer): void {
    this.#leasedBytes -= buffer.length;
  }
}

function stepOf(length: number): number {
  let size = SMALLEST_READ / 2;
  while (size < length) size *= 2;
  return size;
}

/** The buffers that one transfer leases from a pool, seldom more than one. Any part of a buffer identifies it. */
export class BufferLease {
  readonly #pool: BufferPool;
  readonly #leased: Buffer[] = [];

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  acquire(length: number): Buffer {
    const buffer = this.#pool.acquire(length);
    this.#leased.push(buffer);
    return buffer;
  }

  /** Returns a buffer that is no longer read. Does nothing for one that was not leased here. */
  release(part: Uint8Array): void {
    const index = this.#leased.findIndex(({ buffer }) => buffer === part.buffer);
    const buffer = this.#leased[index];
    const last = this.#leased.at(-1);
    if (buffer === undefined || last === undefined) return;
    this.#leased[index] = last;
    this.#leased.pop();
    this.#pool.release(buffer);
  }

  /** Buffers that were never returned: the system may still read them, so the garbage collector frees them. */
  discardAll(): void {
    for (const buffer of this.#leased.splice(0)) this.#pool.discard(buffer);
  }
}

/** The pool between providers and clients, shared by all relays of the process. */
export const relayPool = new BufferPool();

/**
 * The pool between connections and the disk. It is separate, because a transfer holds its buffer while it waits for the
 * disk.
 */
export const diskPool = new BufferPool({ budget: BUDGET, mostKept: BUDGET / 2 });
