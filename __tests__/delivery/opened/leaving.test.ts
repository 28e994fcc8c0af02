import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Gateway } from '../../support/gateway';
import { eventually, expectReleased, takeBaseline, watchProcess } from '../../support/leaks';
import { BODY_KINDS, startOpened, watchedBody } from '../../support/opened';
import { connectRaw, requestBytes } from '../../support/raw-client';

async function download({ port }: Gateway): Promise<IncomingMessage> {
  const [response] = await once(
    get({ port, host: '127.0.0.1', path: '/v1/files/file-1/content', agent: false }),
    'response',
  );
  return response;
}

async function sizeOf(response: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const chunk of response) size += chunk.length;
  return size;
}

const FATES = { node: 'destroyed', web: 'cancelled', generator: 'returned' } as const;
const FIVE = Buffer.from('first');

describe.each(BODY_KINDS)('a client that leaves, of a %s', (kind) => {
  it('L2: gives the source up at once, while it says nothing', async () => {
    using watch = watchProcess();
    const watched = watchedBody(kind, [FIVE], 'hang');
    const signals: AbortSignal[] = [];
    await using gateway = await startOpened(({ signal }) => {
      signals.push(signal);
      return { body: watched.body };
    });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.until((bytes) => bytes.includes('first'));
    const [server] = gateway.sockets;
    const left = new Promise((resolve) => server?.once('close', resolve));
    client.rst();
    await left;
    // Whatever the machine's load: no timer is waited for.
    for (let turn = 0; turn < 20 && watched.fate.length === 0; turn += 1) await new Promise(setImmediate);
    expect(watched.fate).toEqual([FATES[kind]]);
    expect(signals[0]?.aborted).toBe(true);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', bytesSent: 5 }]);
    watch.expectQuiet();
  });

  it('gives up a source that comes only after it has left', async () => {
    const watched = watchedBody(kind, [FIVE], 'hang');
    let give: ((value: { body: typeof watched.body }) => void) | undefined;
    await using gateway = await startOpened(
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    );
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await eventually('the source is asked for', () => give !== undefined);
    client.rst();
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
    give?.({ body: watched.body });
    await eventually('the source is given up', () => watched.fate.length > 0);
    expect(watched.fate).toEqual([FATES[kind]]);
    expect(watched.taken()).toBe(0);
  });

  it('S4: reads no more than the client takes', async () => {
    const chunk = Buffer.alloc(65_536);
    const watched = watchedBody(kind, Array(500).fill(chunk));
    await using gateway = await startOpened(() => ({ body: watched.body, contentLength: 500 * chunk.length }));
    const response = await download(gateway);
    await eventually('bytes wait for the client', () => gateway.files.active()[0]?.phase === 'paused');
    let before: number;
    do {
      before = watched.taken();
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    } while (watched.taken() > before);
    expect(before).toBeLessThan(300);
    expect(await sizeOf(response)).toBe(500 * chunk.length);
    expect(watched.fate).toEqual(['ended']);
  });

  it('S5: gets the first bytes while the last are still to come', async () => {
    const watched = watchedBody(kind, [FIVE], 'hang');
    await using gateway = await startOpened(() => ({ body: watched.body, contentLength: 10 }));
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.until((bytes) => bytes.includes('first'));
    expect(watched.fate).toEqual([]);
  });

  it('L3: leaves nothing behind', async () => {
    const baseline = await takeBaseline();
    {
      await using gateway = await startOpened(() => ({ body: watchedBody(kind, [FIVE], 'hang').body }));
      for (let count = 0; count < 10; count += 1) {
        using client = await connectRaw(gateway.port);
        client.send(requestBytes());
        await client.until((bytes) => bytes.includes('first'));
      }
      await gateway.recorded(10);
    }
    await expectReleased(baseline);
  });
});

it('F1: a source that always has a tiny chunk ready does not block others', async () => {
  const watched = watchedBody('generator', Array(100_000).fill(Buffer.from('x')));
  await using gateway = await startOpened(() => ({ body: watched.body }));
  const response = await download(gateway);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  count();
  expect(await sizeOf(response)).toBe(100_000);
  isOver = true;
  expect(turns).toBeGreaterThan(10);
});
