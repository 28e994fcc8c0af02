import { createRequire } from 'node:module';
import { Crc32c, Crc64Nvme } from '../../../lib/delivery/buffered/crc';

interface Oracle {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}

// AWS's own checksums, as its SDK for S3 uses them.
const ofClient = createRequire(require.resolve('@aws-sdk/client-s3'));
const { Crc32cJs, Crc64NvmeJs }: { Crc32cJs: new () => Oracle; Crc64NvmeJs: new () => Oracle } =
  ofClient('@aws-sdk/checksums/crc');

const ALGORITHMS = [
  ['CRC-32C', Crc32c, Crc32cJs, 'e3069283'],
  ['CRC-64/NVME', Crc64Nvme, Crc64NvmeJs, 'ae8b14860a799888'],
] as const;

/** Reproducible bytes, no two neighbouring blocks of which are the same. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

describe.each(ALGORITHMS)('%s', (_name, Own, Oracle, check) => {
  it('has the check value of its catalogue', () => {
    const own = new Own();
    own.update(Buffer.from('123456789'));
    expect(own.digest().toString('hex')).toBe(check);
  });

  it.each([0, 1, 7, 8, 9, 15, 16, 17, 1000, 65_537])('of %i bytes is the one of AWS’s SDK', async (length) => {
    const bytes = bytesOf(length);
    const [own, oracle] = [new Own(), new Oracle()];
    own.update(bytes);
    oracle.update(bytes);
    expect(own.digest()).toEqual(Buffer.from(await oracle.digest()));
  });

  it('does not depend on where the chunks end', () => {
    const bytes = bytesOf(1000);
    const [whole, parts] = [new Own(), new Own()];
    whole.update(bytes);
    for (let start = 0, size = 1; start < bytes.length; start += size, size = (size % 37) + 1) {
      parts.update(bytes.subarray(start, start + size));
    }
    expect(parts.digest()).toEqual(whole.digest());
  });
});
