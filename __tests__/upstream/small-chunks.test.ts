import { once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { GATHERED_BYTES, gatherSmallChunks } from '../../lib/upstream/small-chunks';
import { patternBytes } from '../support/download';

function source(options: { readonly objectMode?: boolean } = {}): Readable {
  const stream = new Readable({ ...options, read() {} });
  gatherSmallChunks(stream);
  return stream;
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function piecesOf(stream: Readable): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  return once(stream, 'end').then(() => pieces);
}

const CONTENT = patternBytes(64 * 1024);

it('keeps small unread chunks in few buffers, whether they come in one step or in many', async () => {
  for (const pauses of [false, true]) {
    const stream = source();
    for (let at = 0; at < CONTENT.length; at += 1) {
      stream.push(CONTENT.subarray(at, at + 1));
      if (pauses && at % 1024 === 0) await turn();
    }
    stream.push(null);
    const pieces = await piecesOf(stream);
    expect(Buffer.concat(pieces).equals(CONTENT)).toBe(true);
    expect(pieces.length).toBeLessThanOrEqual(CONTENT.length / GATHERED_BYTES + 2);
  }
});

it('makes its source wait at the high-water mark, counting gathered bytes', () => {
  const stream = source();
  let bytes = 1;
  while (stream.push(CONTENT.subarray(0, 100))) bytes += 100;
  expect(bytes).toBeLessThanOrEqual(stream.readableHighWaterMark);
  expect(bytes).toBeGreaterThan(stream.readableHighWaterMark - GATHERED_BYTES);
});

it('passes a small chunk that comes alone at once, and those that follow it at the end of the step', async () => {
  const stream = source();
  const seen: string[] = [];
  stream.on('data', (piece: Buffer) => seen.push(piece.toString()));
  await turn();
  for (const chunk of ['a', 'b', 'c']) stream.push(chunk);
  expect(seen).toEqual(['a']);
  await turn();
  expect(seen).toEqual(['a', 'bc']);
  stream.push('d');
  expect(seen).toEqual(['a', 'bc', 'd']);
});

it('copies the chunks that it gathers, and passes large chunks unchanged', async () => {
  const large = patternBytes(GATHERED_BYTES);
  const stream = source();
  const small = Buffer.from('abc');
  stream.push('first');
  stream.push(small);
  small.fill('x');
  stream.push(large);
  stream.push(null);
  const pieces = await piecesOf(stream);
  expect(pieces.map(({ length }) => length)).toEqual([5, 3, large.length]);
  expect(pieces[1]?.toString()).toBe('abc');
  expect(pieces[2]?.buffer).toBe(large.buffer);
});

it('gives everything to a reader that iterates or reads by itself', async () => {
  const iterated = source();
  for (let at = 0; at < 3000; at += 1) iterated.push(CONTENT.subarray(at, at + 1));
  setImmediate(() => {
    iterated.push(CONTENT.subarray(3000));
    iterated.push(null);
  });
  const pieces: Buffer[] = [];
  for await (const piece of iterated) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(CONTENT)).toBe(true);
  const read = source();
  for (const chunk of ['a', 'b', 'c']) read.push(chunk);
  // Node 26 gives one chunk a call, Node 24 all that there is.
  let text = '';
  for (let piece: Buffer | null = read.read(); piece !== null; piece = read.read()) text += String(piece);
  expect(text).toBe('abc');
});

it('bounds what a transformation makes of one chunk, texts included', async () => {
  const split = new Transform({
    decodeStrings: true,
    transform(chunk: Buffer, _encoding, done) {
      for (const byte of chunk) this.push(String.fromCharCode(byte % 128), 'latin1');
      done();
    },
  });
  gatherSmallChunks(split);
  split.end(CONTENT);
  await turn();
  expect((await piecesOf(split)).length).toBeLessThanOrEqual(CONTENT.length / GATHERED_BYTES + 2);
});

it('leaves streams of objects, and anything that is not bytes, as they are', async () => {
  const objects = source({ objectMode: true });
  for (const value of [{ a: 1 }, 'text', Buffer.from('x')]) objects.push(value);
  objects.push(null);
  const seen: unknown[] = [];
  for await (const value of objects) seen.push(value);
  expect(seen).toEqual([{ a: 1 }, 'text', Buffer.from('x')]);
  const bytes = source();
  const failed = once(bytes, 'error');
  bytes.push(7);
  expect((await failed)[0]).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
});

it('drops what it has gathered when the stream is destroyed', async () => {
  const stream = source();
  const closed = once(stream, 'close');
  for (const chunk of ['a', 'b', 'c']) stream.push(chunk);
  stream.destroy();
  await closed;
  expect(String(stream.read())).toBe('a');
});

it('lets others have their turn after a share of bytes or of chunks, and reads on', async () => {
  for (const [chunk, most] of [
    [Buffer.alloc(1), 1024],
    [Buffer.alloc(65_536), 8],
  ] as const) {
    let reads = 0;
    const readsOfTurns: number[] = [];
    const stream = new Readable({
      read() {
        reads += 1;
        this.push(chunk);
      },
    });
    gatherSmallChunks(stream);
    stream.resume();
    for (let turns = 0; turns < 6; turns += 1) {
      const before = reads;
      await turn();
      readsOfTurns.push(reads - before);
    }
    stream.destroy();
    expect(reads).toBeGreaterThan(most);
    // What goes on may come before or after the test's own callback of a turn.
    expect(Math.max(...readsOfTurns)).toBeLessThanOrEqual(2 * most);
  }
});
