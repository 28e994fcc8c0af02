/** Makes a WebM video of one frame a second, large enough that a browser fetches what it seeks to by a Range. */

function element(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const name = Buffer.from(id.toString(16), 'hex');
  // A length in eight bytes, of which the first bit says that there are eight.
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(content.length) | (1n << 56n));
  return Buffer.concat([name, length, content]);
}

function unsigned(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

const [EBML, DOC_TYPE, DOC_TYPE_VERSION, DOC_TYPE_READ_VERSION] = [0x1a45dfa3, 0x4282, 0x4287, 0x4285];
const [SEGMENT, INFO, TIMECODE_SCALE, DURATION] = [0x18538067, 0x1549a966, 0x2ad7b1, 0x4489];
const [TRACKS, TRACK, NUMBER, UID, TYPE, CODEC] = [0x1654ae6b, 0xae, 0xd7, 0x73c5, 0x83, 0x86];
const [VIDEO, WIDTH, HEIGHT] = [0xe0, 0xb0, 0xba];
const [CUES, CUE, CUE_TIME, CUE_POSITIONS, CUE_TRACK, CUE_CLUSTER] = [0x1c53bb6b, 0xbb, 0xb3, 0xb7, 0xf7, 0xf1];
const [CLUSTER, TIMECODE, SIMPLE_BLOCK] = [0x1f43b675, 0xe7, 0xa3];

export interface Frame {
  /** A key frame of VP8. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The one frame of a WebP image without alpha is a key frame of VP8. */
export function frameOfWebP(webp: Buffer, width: number, height: number): Frame {
  for (let at = 12; at + 8 < webp.length; ) {
    const length = webp.readUInt32LE(at + 4);
    const end = at + 8 + length;
    if (webp.toString('latin1', at, at + 4) === 'VP8 ') return { data: webp.subarray(at + 8, end), width, height };
    at = end + (length % 2);
  }
  throw new Error('The WebP image has no frame of VP8.');
}

export function webm({ data, width, height }: Frame, seconds: number): Buffer {
  const info = element(INFO, element(TIMECODE_SCALE, unsigned(1_000_000)), element(DURATION, float(seconds * 1000)));
  const video = element(VIDEO, element(WIDTH, unsigned(width)), element(HEIGHT, unsigned(height)));
  const codec = element(CODEC, Buffer.from('V_VP8'));
  const track = element(
    TRACK,
    element(NUMBER, unsigned(1)),
    element(UID, unsigned(1)),
    element(TYPE, unsigned(1)),
    codec,
    video,
  );
  const tracks = element(TRACKS, track);
  const clusters = Array.from({ length: seconds }, (_, second) => {
    // Track 1, no offset to the cluster's time, a key frame.
    const block = element(SIMPLE_BLOCK, Buffer.from([0x81, 0, 0, 0x80]), data);
    return element(CLUSTER, element(TIMECODE, unsigned(second * 1000)), block);
  });
  const cues = (first: number): Buffer => {
    let position = first;
    const points = clusters.map((cluster, second) => {
      const where = element(CUE_POSITIONS, element(CUE_TRACK, unsigned(1)), element(CUE_CLUSTER, unsigned(position)));
      position += cluster.length;
      return element(CUE, element(CUE_TIME, unsigned(second * 1000)), where);
    });
    return element(CUES, ...points);
  };
  // Every number has eight bytes, so the length of the cues is known before their content.
  const first = info.length + tracks.length + cues(0).length;
  const head = element(
    EBML,
    element(DOC_TYPE, Buffer.from('webm')),
    element(DOC_TYPE_VERSION, unsigned(2)),
    element(DOC_TYPE_READ_VERSION, unsigned(2)),
  );
  return Buffer.concat([head, element(SEGMENT, info, tracks, cues(first), ...clusters)]);
}
