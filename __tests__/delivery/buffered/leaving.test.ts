import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayOf, startBuffering } from '../../support/buffering';
import { eventually, expectReleased, takeBaseline } from '../../support/leaks';
import { pending } from '../../support/pending';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { answer, type RawScript } from '../../support/raw-provider';
import { temporaryDirectory } from '../../support/temporary-directory';

const SIZE = 4_000_000;
const HEAD = `HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`;

const FAULTS: readonly (readonly [string, RawScript])[] = [
  ['before the head', () => undefined],
  ['after the head', ({ send }) => send(HEAD)],
  ['in the middle', ({ send }) => send(Buffer.concat([Buffer.from(HEAD), Buffer.alloc(SIZE / 2)]))],
  ['inside a chunked content', ({ send }) => send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')],
];

test.each(FAULTS)(
  'a client that leaves %s cancels the request, and nothing is left (L2, L3)',
  async (_name, script) => {
    await using setup = await startBuffering(script, { buffer: { memoryPerTransfer: 1000 } });
    const baseline = await takeBaseline();
    {
      using client = await connectRaw(Number(new URL(setup.gateway.origin).port));
      client.send(requestBytes());
      await setup.upstream.requestsReceived(1);
      const record = setup.gateway.nextRecord();
      client.rst();
      expect(await record).toMatchObject({ outcome: 'client_aborted', status: 499, bytesSent: 0, attempts: 1 });
      await setup.upstream.connections[0]?.closed;
    }
    await expectReleased(baseline);
  },
);

test('a client that leaves in the body leaves no descriptor behind', async () => {
  await using setup = await startBuffering(({ send }) => send(answer(Buffer.alloc(20_000_000))));
  const baseline = await takeBaseline();
  {
    using client = await connectRaw(Number(new URL(setup.gateway.origin).port));
    client.send(requestBytes());
    const record = setup.gateway.nextRecord();
    await client.until((bytes) => bytes.length > 1000);
    client.rst();
    const { outcome, bytesSent, bytesExpected } = await record;
    expect([outcome, bytesExpected]).toEqual(['client_aborted', 20_000_000]);
    expect(bytesSent).toBeGreaterThan(0);
    expect(bytesSent).toBeLessThan(20_000_000);
  }
  await expectReleased(baseline);
});

test('a client that leaves aborts the function', async () => {
  const seen: string[] = [];
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let returned = (): void => undefined;
  const isReturned = new Promise<void>((resolve) => {
    returned = resolve;
  });
  await using gateway = await gatewayOf({
    name: 'function',
    streaming: false,
    fetchContent: async ({ signal }) => {
      signal.addEventListener('abort', () => seen.push('abort'));
      return {
        body: {
          [Symbol.asyncIterator]: () => ({
            next() {
              asked();
              return pending();
            },
            async return() {
              seen.push('return');
              returned();
              return { done: true as const, value: undefined };
            },
          }),
        },
      };
    },
  });
  using client = await connectRaw(Number(new URL(gateway.origin).port));
  client.send(requestBytes());
  await isAsked;
  const record = gateway.nextRecord();
  client.rst();
  expect(await record).toMatchObject({ outcome: 'client_aborted', status: 499 });
  await isReturned;
  expect(seen).toEqual(['abort', 'return']);
});

test('what a function brings after its client left is closed', async () => {
  let bring = (_content: { body: AsyncIterable<Uint8Array> }): void => undefined;
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  await using gateway = await gatewayOf({
    name: 'function',
    streaming: false,
    fetchContent: () =>
      new Promise((resolve) => {
        bring = resolve;
        asked();
      }),
  });
  using client = await connectRaw(Number(new URL(gateway.origin).port));
  client.send(requestBytes());
  await isAsked;
  const record = gateway.nextRecord();
  client.rst();
  await record;
  const closed = new Promise<void>((resolve) => {
    const body = {
      destroy: () => resolve(),
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error()) }),
    };
    bring({ body });
  });
  await closed;
});

test('no temporary file has a name while its transfer runs', async () => {
  const directory = await temporaryDirectory('nameless');
  await using setup = await startBuffering(
    ({ send }) => send(Buffer.concat([Buffer.from(HEAD), Buffer.alloc(SIZE - 1)])),
    { buffer: { directory } },
  );
  using client = await connectRaw(Number(new URL(setup.gateway.origin).port));
  client.send(requestBytes());
  await eventually('a file is open', () => openFiles().some((path) => path.startsWith(directory)));
  await eventually('it has no name', () => readdirSync(directory).length === 0);
});

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return readlinkSync(join('/proc/self/fd', descriptor));
    } catch {
      // Closed meanwhile, as the one of the listing itself.
      return [];
    }
  });
}
