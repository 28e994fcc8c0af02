import { openaiCompatible } from '../../../lib';
import { diskPool } from '../../../lib/delivery/relay/buffer-pool';
import { ask } from '../../support/buffering';
import { settled } from '../../support/leaks';
import { connectRaw, requestBytes } from '../../support/raw-client';
import type { RawProvider, RawScript } from '../../support/raw-provider';
import { content, head, type RelayRig, type Scheme, startRelayRig } from '../../support/relay-rig';

async function startRig(scheme: Scheme, script: RawScript, buffer = {}): Promise<RelayRig> {
  let provider: RawProvider | undefined;
  const rig = await startRelayRig(scheme, script, {
    buffer: { retries: 0, memoryPerTransfer: 100_000, ...buffer },
    resolveProvider: () => ({
      provider: openaiCompatible({ name: 'raw', baseURL: provider?.origin ?? '', apiKey: 'sk-test' }),
      delivery: 'buffer' as const,
    }),
  });
  provider = rig.provider;
  return rig;
}

async function expectNothingLent(): Promise<void> {
  const left = await settled(() =>
    diskPool.leasedBytes === 0 && diskPool.members === 0
      ? []
      : [`${diskPool.leasedBytes} bytes lent to ${diskPool.members} members`],
  );
  expect(left).toEqual([]);
}

describe.each(['http', 'https'] as const)('over %s', (scheme) => {
  afterEach(expectNothingLent);

  test('a large content of known length arrives as it was sent; the connection is closed', async () => {
    await using rig = await startRig(scheme, async ({ send }) => {
      await send(head(content.length));
      await send(content);
    });
    const record = rig.gateway.nextRecord();
    expect((await ask(rig.gateway.origin)).body.equals(content)).toBe(true);
    expect(await record).toMatchObject({ outcome: 'completed', complete: 'yes', bytesSent: content.length });
    await rig.provider.connections[0]?.closed;
  });

  test('several at once are not mixed up', async () => {
    await using rig = await startRig(scheme, async ({ send, index }) => {
      await send(head(content.length));
      await send(Buffer.concat([content.subarray(index * 1000), content.subarray(0, index * 1000)]));
    });
    const bodies = await Promise.all(Array.from({ length: 4 }, () => ask(rig.gateway.origin)));
    const found = bodies.map(({ body }) => content.indexOf(body.subarray(0, 64)));
    expect([...found].sort((a, b) => a - b)).toEqual([0, 1000, 2000, 3000]);
    for (const [index, { body }] of bodies.entries()) {
      const start = found[index] ?? 0;
      expect(body.equals(Buffer.concat([content.subarray(start), content.subarray(0, start)]))).toBe(true);
    }
  });

  test('pieces of any size, the head’s own among them', async () => {
    await using rig = await startRig(scheme, async ({ send }) => {
      await send(Buffer.concat([Buffer.from(head(content.length)), content.subarray(0, 10)]));
      let at = 10;
      for (const size of [1, 2, 100, 65_536, 1_000_000]) {
        await send(content.subarray(at, at + size));
        at += size;
      }
      await send(content.subarray(at));
    });
    expect((await ask(rig.gateway.origin)).body.equals(content)).toBe(true);
  });

  test.each(['fin', 'rst'] as const)('%s in the middle is a truncation', async (end) => {
    await using rig = await startRig(scheme, async (exchange) => {
      await exchange.send(head(content.length));
      await exchange.send(content.subarray(0, 10_000_000));
      exchange[end]();
    });
    const record = rig.gateway.nextRecord();
    expect((await ask(rig.gateway.origin)).status).toBe(502);
    expect(await record).toMatchObject({ outcome: 'upstream_truncated' });
  });

  test('a client that leaves in the middle ends it', async () => {
    await using rig = await startRig(scheme, async ({ send }) => {
      await send(head(content.length));
      await send(content.subarray(0, 10_000_000));
    });
    using client = await connectRaw(rig.port);
    client.send(requestBytes());
    await rig.provider.requestsReceived(1);
    const record = rig.gateway.nextRecord();
    client.rst();
    expect(await record).toMatchObject({ outcome: 'client_aborted' });
    await rig.provider.connections[0]?.closed;
  });

  test('a client that leaves in the body gives its buffers back', async () => {
    await using rig = await startRig(scheme, async ({ send }) => {
      await send(head(content.length));
      await send(content);
    });
    using client = await connectRaw(rig.port);
    client.send(requestBytes());
    await client.until((bytes) => bytes.length > 1000);
    const record = rig.gateway.nextRecord();
    client.rst();
    expect(await record).toMatchObject({ outcome: 'client_aborted' });
  });

  test('more than the limit is not read', async () => {
    await using rig = await startRig(
      scheme,
      async ({ send }) => {
        await send(head(content.length));
        await send(content);
      },
      { maxDiskBytes: 1_000_000 },
    );
    expect((await ask(rig.gateway.origin)).status).toBe(503);
  });
});
