/** A running cyclic redundancy check. */
export interface Crc {
  update(bytes: Uint8Array): void;
  /** The value so far, most significant byte first. */
  digest(): Buffer;
}

/**
 * The number of bytes looked up at once, each in its own table ("slicing by 8"). This is several times as fast as one
 * byte at a time.
 */
const SLICES = 8;

/**
 * Makes the tables of a reflected CRC of up to 64 bits. Low and high halves are separate, because JavaScript's bitwise
 * operators have 32 bits.
 */
function tablesOf(low: number, high: number): { readonly lows: Uint32Array; readonly highs: Uint32Array } {
  const lows = new Uint32Array(SLICES * 256);
  const highs = new Uint32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let [l, h] = [byte, 0];
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = l & 1;
      l = ((l >>> 1) | (h << 31)) ^ (carry ? low : 0);
      h = (h >>> 1) ^ (carry ? high : 0);
    }
    lows[byte] = l;
    highs[byte] = h;
  }
  for (let index = 256; index < SLICES * 256; index += 1) {
    const [l, h] = [lows[index - 256] ?? 0, highs[index - 256] ?? 0];
    lows[index] = ((l >>> 8) | (h << 24)) ^ (lows[l & 255] ?? 0);
    highs[index] = (h >>> 8) ^ (highs[l & 255] ?? 0);
  }
  return { lows, highs };
}

let crc32cTable: Uint32Array | undefined;
let crc64Tables: ReturnType<typeof tablesOf> | undefined;

/** CRC-32C (Castagnoli), as in RFC 9260, appendix A. */
export class Crc32c implements Crc {
  readonly #table: Uint32Array;
  #value = 0xffffffff;

  constructor() {
    crc32cTable ??= tablesOf(0x82f63b78, 0).lows;
    this.#table = crc32cTable;
  }

  update(bytes: Uint8Array): void {
    const table = this.#table;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const at = (index: number): number => table[index] as number;
    let value = this.#value;
    let offset = 0;
    for (const end = bytes.length - (bytes.length % SLICES); offset < end; offset += SLICES) {
      const first = view.getUint32(offset, true) ^ value;
      const second = view.getUint32(offset + 4, true);
      value =
        at(1792 + (first & 255)) ^
        at(1536 + ((first >>> 8) & 255)) ^
        at(1280 + ((first >>> 16) & 255)) ^
        at(1024 + (first >>> 24)) ^
        at(768 + (second & 255)) ^
        at(512 + ((second >>> 8) & 255)) ^
        at(256 + ((second >>> 16) & 255)) ^
        at(second >>> 24);
    }
    for (; offset < bytes.length; offset += 1) value = (value >>> 8) ^ at((value ^ view.getUint8(offset)) & 255);
    this.#value = value;
  }

  digest(): Buffer {
    const digest = Buffer.alloc(4);
    digest.writeUInt32BE(~this.#value >>> 0);
    return digest;
  }
}

/** CRC-64/NVME, which S3 computes for every object that was stored without another checksum. */
export class Crc64Nvme implements Crc {
  readonly #lows: Uint32Array;
  readonly #highs: Uint32Array;
  #low = 0xffffffff;
  #high = 0xffffffff;

  constructor() {
    crc64Tables ??= tablesOf(0xac4bc9b5, 0x9a6c9329);
    ({ lows: this.#lows, highs: this.#highs } = crc64Tables);
  }

  update(bytes: Uint8Array): void {
    const [lows, highs] = [this.#lows, this.#highs];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let [low, high] = [this.#low, this.#high];
    let offset = 0;
    const both = (index: number): void => {
      low ^= lows[index] as number;
      high ^= highs[index] as number;
    };
    for (const end = bytes.length - (bytes.length % SLICES); offset < end; offset += SLICES) {
      const first = view.getUint32(offset, true) ^ low;
      const second = view.getUint32(offset + 4, true) ^ high;
      low = 0;
      high = 0;
      both(1792 + (first & 255));
      both(1536 + ((first >>> 8) & 255));
      both(1280 + ((first >>> 16) & 255));
      both(1024 + (first >>> 24));
      both(768 + (second & 255));
      both(512 + ((second >>> 8) & 255));
      both(256 + ((second >>> 16) & 255));
      both(second >>> 24);
    }
    for (; offset < bytes.length; offset += 1) {
      const index = (low ^ view.getUint8(offset)) & 255;
      low = (low >>> 8) | (high << 24);
      high >>>= 8;
      both(index);
    }
    this.#low = low;
    this.#high = high;
  }

  digest(): Buffer {
    const digest = Buffer.alloc(8);
    digest.writeUInt32BE(~this.#high >>> 0, 0);
    digest.writeUInt32BE(~this.#low >>> 0, 4);
    return digest;
  }
}
