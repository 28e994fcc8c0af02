import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RELAY_FROM_BYTES } from '../../../lib/upstream/agents/relay-bound';
import { connectRaw, requestBytes } from '../../support/raw-client';
import {
  content,
  download,
  head,
  nothingLent,
  relaysRunning,
  type Scheme,
  somethingLent,
  startRelayRig,
} from '../../support/relay-rig';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each<[Scheme]>([['http'], ['https']])('a relayed body over %s', (scheme) => {
  const bound = RELAY_FROM_BYTES[scheme === 'http' ? 'tcp' : 'tls'];

  it('S1: is byte-identical for clients that read nothing at first, and then little at a time', async () => {
    await using rig = await startRelayRig(scheme, ({ send }) =>
      send(Buffer.concat([Buffer.from(head(content.length)), content])),
    );
    // Several, because all connections are read into the same memory.
    const responses = await Promise.all(Array.from({ length: 4 }, () => download(rig.gateway)));
    expect(await relaysRunning(4)).toEqual([]);
    expect(await somethingLent()).toEqual([]);
    const hashes = await Promise.all(
      responses.map(async (response) => {
        const hash = createHash('sha256');
        for await (const chunk of response) {
          hash.update(chunk as Buffer);
          await nextTurn();
        }
        return hash.digest('hex');
      }),
    );
    expect(new Set(hashes)).toEqual(new Set([sha256(content)]));
    expect(await nothingLent()).toEqual([]);
    expect(await relaysRunning(0)).toEqual([]);
    const whole = { outcome: 'completed', bytesSent: content.length, bytesExpected: content.length, complete: 'yes' };
    expect(rig.gateway.records).toMatchObject([whole, whole, whole, whole]);
  });

  it('S1: is byte-identical for 20 clients at once, some of them slow', async () => {
    const body = content.subarray(0, bound + 7);
    await using rig = await startRelayRig(scheme, ({ send }) =>
      send(Buffer.concat([Buffer.from(head(body.length)), body])),
    );
    const hashes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const response = await download(rig.gateway);
        const hash = createHash('sha256');
        for await (const chunk of response) {
          hash.update(chunk as Buffer);
          if (index % 2 === 0) await nextTurn();
        }
        return hash.digest('hex');
      }),
    );
    expect(new Set(hashes)).toEqual(new Set([sha256(body)]));
    expect(await nothingLent()).toEqual([]);
  });

  it('arrives whole from a provider that sends it in pieces of any size', async () => {
    const body = content.subarray(0, bound + 12_345);
    await using rig = await startRelayRig(scheme, async ({ send }) => {
      await send(head(body.length).slice(0, 30));
      await nextTurn();
      await send(Buffer.concat([Buffer.from(head(body.length).slice(30)), body.subarray(0, 5)]));
      let at = 5;
      for (let size = 1; at < body.length; size = size * 2 + 1) {
        await send(body.subarray(at, at + size));
        at += size;
        await nextTurn();
      }
    });
    using client = await connectRaw(rig.port);
    client.send(requestBytes());
    const { response } = await client.result();
    expect(response.complete).toBe(true);
    expect(sha256(response.body)).toBe(sha256(body));
  });

  it('ends at the declared length, whatever the provider sends then, and the connection is not reused', async () => {
    const body = content.subarray(0, bound);
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
    await using rig = await startRelayRig(scheme, ({ send }) =>
      send(Buffer.concat([Buffer.from(head(body.length)), body, Buffer.from(poison)])),
    );
    using client = await connectRaw(rig.port);
    client.send(requestBytes());
    await client.result(1);
    client.send(requestBytes());
    const { responses } = await client.result(2);
    expect(responses.map((response) => sha256(response.body))).toEqual([sha256(body), sha256(body)]);
    expect(rig.provider.connections).toHaveLength(2);
    expect(rig.gateway.records.map((record) => record.outcome)).toEqual(['completed', 'completed']);
  });

  it('leaves the client connection usable; a small body is parsed and keeps the provider’s connection', async () => {
    const sizes = [bound, bound - 1, 10, bound];
    await using rig = await startRelayRig(scheme, ({ send, index }) =>
      send(Buffer.concat([Buffer.from(head(sizes[index] ?? 0)), content.subarray(0, sizes[index])])),
    );
    using client = await connectRaw(rig.port);
    for (const index of sizes.keys()) {
      client.send(requestBytes());
      await client.result(index + 1);
    }
    expect(client.responses().map((response) => response.body.length)).toEqual(sizes);
    // The first was relayed and its connection closed; the others follow each other on a second one.
    expect(rig.provider.connections.map(({ requests }) => requests.length)).toEqual([1, 3]);
  });
});
