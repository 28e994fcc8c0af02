import { settled } from '../../support/leaks';
import { connectRaw, requestBytes } from '../../support/raw-client';
import type { RawExchange } from '../../support/raw-provider';
import {
  content,
  download,
  head,
  nothingLent,
  relaysRunning,
  type Scheme,
  startRelayRig,
} from '../../support/relay-rig';

const SENT = 2 * 1024 * 1024 + 11;

function oneRecord(records: readonly unknown[]): Promise<readonly string[]> {
  return settled(() => (records.length === 1 ? [] : [`${records.length} records`]));
}

describe.each<[Scheme]>([['http'], ['https']])('a relay over %s', (scheme) => {
  async function afterPart(end: (exchange: RawExchange) => unknown, timeouts = {}) {
    let received: (() => void) | undefined;
    const clientHasAll = new Promise<void>((resolve) => {
      received = resolve;
    });
    const rig = await startRelayRig(
      scheme,
      async (exchange) => {
        await exchange.send(head(content.length));
        await exchange.send(content.subarray(0, SENT));
        await clientHasAll;
        end(exchange);
      },
      { timeouts },
    );
    const client = await connectRaw(rig.port);
    client.send(requestBytes());
    await client.until((bytes) => bytes.length > SENT && bytes.length - bytes.indexOf('\r\n\r\n') - 4 === SENT);
    expect(await relaysRunning(1)).toEqual([]);
    received?.();
    return { rig, client };
  }

  it.each([
    ['FIN', (exchange: RawExchange) => exchange.fin()],
    ['RST', (exchange: RawExchange) => exchange.rst()],
  ])('S2: cut by a %s passes what came before it, then the connection is destroyed', async (_name, end) => {
    const { rig, client } = await afterPart(end);
    await using _rig = rig;
    using _client = client;
    await client.closed;
    const [response] = client.responses();
    expect(response?.complete).toBe(false);
    expect(response?.body.equals(content.subarray(0, SENT))).toBe(true);
    expect(await oneRecord(rig.gateway.records)).toEqual([]);
    expect(rig.gateway.records).toMatchObject([
      { outcome: 'upstream_truncated', bytesSent: SENT, bytesExpected: content.length, complete: 'no' },
    ]);
    expect(await relaysRunning(0)).toEqual([]);
    expect(await nothingLent()).toEqual([]);
  });

  it('S2: passes everything that arrived right before a FIN', async () => {
    await using rig = await startRelayRig(scheme, async ({ send, fin }) => {
      void send(Buffer.concat([Buffer.from(head(content.length)), content.subarray(0, SENT)]));
      fin();
    });
    using client = await connectRaw(rig.port);
    client.send(requestBytes());
    await client.closed;
    expect(client.responses()[0]?.body.length).toBe(SENT);
  });

  it('L1: from which the provider falls silent ends at the idle limit', async () => {
    const { rig, client } = await afterPart(() => undefined, { idle: 200 });
    await using _rig = rig;
    using _client = client;
    await client.closed;
    await rig.provider.connections[0]?.closed;
    expect(client.responses()[0]?.complete).toBe(false);
    expect(await oneRecord(rig.gateway.records)).toEqual([]);
    expect(rig.gateway.records).toMatchObject([{ outcome: 'upstream_timeout', bytesSent: SENT }]);
    expect(await nothingLent()).toEqual([]);
  });

  it('L2: whose client leaves cancels the provider and gives its buffers back', async () => {
    await using rig = await startRelayRig(scheme, ({ send }) =>
      // More is declared than any kernel takes, so the relay cannot have ended before the client does.
      send(Buffer.concat([Buffer.from(head(1024 * content.length)), content])),
    );
    using client = await connectRaw(rig.port);
    client.pause();
    client.send(requestBytes());
    expect(await relaysRunning(1)).toEqual([]);
    client.rst();
    await rig.provider.connections[0]?.closed;
    expect(await relaysRunning(0)).toEqual([]);
    expect(await nothingLent()).toEqual([]);
    expect(await oneRecord(rig.gateway.records)).toEqual([]);
    expect(rig.gateway.records).toMatchObject([{ outcome: 'client_aborted', complete: 'no' }]);
  });

  it('S4: whose client stops reading stops the provider, and ends at the clientIdle limit', async () => {
    let handedOver = 0;
    await using rig = await startRelayRig(
      scheme,
      async ({ send, socket }) => {
        await send(head(1024 * content.length));
        for (let part = 0; part < 1024 && !socket.destroyed; part++) {
          await send(content.subarray(0, 1024 * 1024));
          handedOver += 1;
        }
      },
      { timeouts: { clientIdle: 300 } },
    );
    const response = await download(rig.gateway);
    const ended = new Promise<void>((resolve) => {
      response.once('close', resolve).on('error', () => undefined);
    });
    // Not read: only the end of the connection can end it.
    await rig.provider.connections[0]?.closed;
    expect(handedOver).toBeLessThan(100);
    response.resume();
    await ended;
    expect(response.complete).toBe(false);
    expect(await oneRecord(rig.gateway.records)).toEqual([]);
    expect(rig.gateway.records).toMatchObject([{ outcome: 'client_stalled' }]);
    expect(await relaysRunning(0)).toEqual([]);
    expect(await nothingLent()).toEqual([]);
  });

  it('leaves no buffer leased after 20 clients that left in the middle', async () => {
    await using rig = await startRelayRig(scheme, ({ send }) =>
      send(Buffer.concat([Buffer.from(head(content.length)), content.subarray(0, 4 * SENT)])),
    );
    const responses = await Promise.all(Array.from({ length: 20 }, () => download(rig.gateway)));
    for (const response of responses) response.on('error', () => undefined).destroy();
    expect(await relaysRunning(0)).toEqual([]);
    expect(await nothingLent()).toEqual([]);
    expect(
      await settled(() => (rig.gateway.records.length === 20 ? [] : [`${rig.gateway.records.length} records`])),
    ).toEqual([]);
  });
});
