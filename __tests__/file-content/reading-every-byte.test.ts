import { once } from 'node:events';
import { Readable } from 'node:stream';
import { type Delivery, openaiCompatible, type Provider, streamProvider } from '../../lib/index';
import { expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { startOpening } from '../support/opening';
import { answer } from '../support/raw-provider';

const CONTENT = Buffer.alloc(300_000, 'x');

type Made = (origin: string) => Provider;

const atURL: Made = (origin) => openaiCompatible({ name: 'held', baseURL: origin });

interface Case {
  readonly path: string;
  readonly make: Made;
  readonly delivery?: Delivery;
}

const opened: Made = () =>
  streamProvider({
    name: 'held',
    openContent: async () => ({
      body: Readable.from([CONTENT.subarray(0, 500), CONTENT.subarray(500)]),
      contentLength: CONTENT.length,
    }),
  });

const CASES: readonly Case[] = [
  { path: 'of a URL', make: atURL, delivery: 'stream' },
  { path: 'of a URL, buffered', make: atURL, delivery: 'buffer' },
  { path: 'of a function', make: opened },
];

/** Reads until `size` bytes are there, and leaves in the middle of an event, before anything else can happen. */
async function readAndLeave(body: Readable, size: number): Promise<void> {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes >= size) body.destroy();
  });
  await once(body, 'close');
}

describe.each(CASES)('a reader of a file $path', ({ make, delivery }) => {
  it('that leaves once it has every byte has read the whole file', async () => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    {
      await using opening = await startOpening(({ send }) => send(answer(CONTENT)));
      const { body, record } = await opening.open({ delivery, provider: make(opening.provider.origin) });
      await readAndLeave(body, CONTENT.length);
      expect(await record).toMatchObject({ outcome: 'completed', complete: 'yes', bytesSent: CONTENT.length });
    }
    await expectReleased(baseline);
    watch.expectQuiet();
  });

  it('that leaves before has not', async () => {
    await using opening = await startOpening(({ send }) => send(answer(CONTENT)));
    const { body, record } = await opening.open({ delivery, provider: make(opening.provider.origin) });
    await readAndLeave(body, 1);
    expect(await record).toMatchObject({ outcome: 'client_aborted', complete: 'no' });
  });
});
