import { GatheredWrites } from '../../../lib/delivery/client/gathered-writes';
import { GATHERED_BYTES } from '../../../lib/upstream/small-chunks';
import { patternBytes } from '../../support/download';
import { eventually } from '../../support/leaks';
import { startTransfers } from '../../support/transfers';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function rig() {
  const server = await startTransfers();
  const { transfer, client } = await server.open({ connection: 'close' });
  const writes: number[] = [];
  transfer.res.writeHead(200);
  return { server, res: transfer.res, client, writes, open: () => new GatheredWrites(transfer.res, record) };

  function record(bytes: Uint8Array): void {
    writes.push(bytes.length);
  }
}

it('writes a chunk at once where nothing waits for the client', async () => {
  const { server, res, client, writes, open } = await rig();
  await using _server = server;
  res.flushHeaders();
  await eventually('the head is taken', () => res.writableLength === 0);
  const gathered = open();
  for (const [index, chunk] of ['a', 'b', 'c'].entries()) {
    expect(gathered.write(Buffer.from(chunk))).toBe(true);
    expect(writes).toHaveLength(index + 1);
    await client.until((bytes) => bytes.includes(`\r\n${chunk}\r\n`));
    await eventually('it is taken', () => res.writableLength === 0);
  }
});

it('gathers small chunks for a client that takes nothing, and asks to wait before much is held', async () => {
  const { server, res, client, writes, open } = await rig();
  await using _server = server;
  client.pause();
  const filling = patternBytes(65_536);
  for (let more = true; more || res.writableLength === 0; ) {
    more = res.write(filling);
    await turn();
  }
  const gathered = open();
  const waiting = res.writableLength;
  let chunks = 0;
  do {
    chunks += 1;
    await turn();
  } while (gathered.write(Buffer.from('x')) && chunks < 1_000_000);
  expect(chunks).toBeGreaterThanOrEqual(GATHERED_BYTES);
  expect(writes).toEqual([GATHERED_BYTES]);
  expect(res.writableLength - waiting).toBeLessThan(GATHERED_BYTES + 64);
  // What is gathered follows by itself when the client reads again.
  gathered.write(Buffer.from('last'));
  client.resume();
  await eventually('all is written', () => writes.length === 2);
  res.end();
  await client.closed;
  expect(
    client
      .responses()[0]
      ?.body.subarray(-(chunks + 4))
      .toString(),
  ).toBe(`${'x'.repeat(chunks)}last`);
});

it('keeps the order of small and large chunks', async () => {
  const { server, res, client, open } = await rig();
  await using _server = server;
  const gathered = open();
  const parts = [patternBytes(10), patternBytes(GATHERED_BYTES * 2), patternBytes(20_000), patternBytes(3)];
  for (const part of [...parts, ...parts]) gathered.write(part);
  gathered.flush();
  res.end();
  await client.closed;
  expect(client.responses()[0]?.body.equals(Buffer.concat([...parts, ...parts]))).toBe(true);
});

it('writes at the end of the turn where a middleware has replaced the functions of the response', async () => {
  const { server, res, client, writes, open } = await rig();
  await using _server = server;
  const { write } = res;
  // As compression does, which drops the callback.
  res.write = (chunk: Buffer) => write.call(res, chunk, 'utf8');
  const gathered = open();
  gathered.write(Buffer.from('a'));
  gathered.write(Buffer.from('b'));
  gathered.write(Buffer.from('c'));
  await eventually('both are written', () => writes.length === 2);
  expect(writes).toEqual([1, 2]);
  await client.until((bytes) => bytes.includes('bc'));
});

it('writes nothing to a response that has ended or broken off meanwhile', async () => {
  for (const finish of ['end', 'destroy'] as const) {
    const { server, res, writes, open } = await rig();
    await using _server = server;
    const gathered = open();
    gathered.write(Buffer.from('a'));
    gathered.write(Buffer.from('b'));
    if (finish === 'end') res.end();
    else res.destroy();
    await turn();
    await turn();
    expect(writes).toEqual([1]);
  }
});
