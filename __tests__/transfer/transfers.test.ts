import { FileContentError } from '../../lib/errors';
import { Transfers } from '../../lib/transfer/transfers';
import { resolvedTransfer, startTransfers, type TransferServer } from '../support/transfers';

describe('Transfers', () => {
  let server: TransferServer;
  let transfers: Transfers;

  beforeEach(async () => {
    server = await startTransfers();
    transfers = new Transfers();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  it('has a transfer until its outcome', async () => {
    const { transfer, client } = await server.open();
    transfers.add(transfer);
    expect(transfers.describe().map(({ transferId }) => transferId)).toEqual([transfer.id]);
    client.destroy();
    await server.recorded(1);
    expect(transfers.describe()).toEqual([]);
  });

  it('has a transfer until it is declined', async () => {
    const { transfer } = await server.open();
    transfers.add(transfer);
    transfer.decline();
    expect(transfers.describe()).toEqual([]);
  });

  it('describes a transfer by frozen data that does not change', async () => {
    const { transfer } = await server.open();
    transfers.add(transfer);
    const all = transfers.describe();
    const [before] = all;
    const identity = {
      transferId: transfer.id,
      resource: 'files',
      method: 'GET',
      fileId: 'file-1',
      startedAt: transfer.startedAt,
    };
    expect(before).toStrictEqual({ ...identity, bytesSent: 0, phase: 'resolving', ageMs: expect.any(Number) });
    expect([Object.isFrozen(all), Object.isFrozen(before)]).toEqual([true, true]);
    before?.startedAt.setTime(0);
    expect(transfer.startedAt.getTime()).not.toBe(0);

    transfer.resolvedTo(resolvedTransfer({ fileId: 'native-1', tenant: 'acme', context: { route: 'eu' } }), 0);
    transfer.located('https://api.held.test', () => []);
    expect(transfers.describe()).toMatchObject([
      {
        ...identity,
        upstreamFileId: 'native-1',
        upstreamOrigin: 'https://api.held.test',
        provider: 'held',
        delivery: 'stream',
        tenant: 'acme',
        context: { route: 'eu' },
        phase: 'waiting',
      },
    ]);
    expect(before).toMatchObject({ phase: 'resolving' });
    expect(before).not.toHaveProperty('provider');
  });

  it('tells what a transfer is doing', async () => {
    const { transfer, client } = await server.open();
    transfers.add(transfer);
    const look = () => transfers.describe()[0];
    transfer.resolvedTo(resolvedTransfer(), 0);
    transfer.expects(5_000_000);
    transfer.res.writeHead(200, { 'content-length': 5_000_000 });
    transfer.res.flushHeaders();
    await client.until((bytes) => bytes.length > 0);
    expect(look()).toMatchObject({ phase: 'sending', bytesSent: 0, bytesExpected: 5_000_000 });

    client.pause();
    let written = 0;
    while (transfer.res.writableLength === 0) {
      transfer.res.write(Buffer.alloc(1_000_000));
      transfer.wrote(new Uint8Array(1_000_000));
      written += 1_000_000;
      await new Promise(setImmediate);
    }
    expect(look()).toMatchObject({ phase: 'paused' });
    expect(look()?.bytesSent).toBeLessThan(written);

    transfer.interrupted(new FileContentError('provider_unreachable', 'cut'));
    expect(look()).toMatchObject({ phase: 'resuming' });
    transfer.wrote(new Uint8Array(1));
    expect(look()).toMatchObject({ phase: 'paused' });
  });

  it('is drained when the last transfer has its outcome', async () => {
    const first = await server.open();
    const second = await server.open();
    for (const { transfer } of [first, second]) transfers.add(transfer);
    const order: string[] = [];
    expect(transfers.isClosing).toBe(false);
    const drained = transfers.drain().then(() => order.push('drained'));
    expect(transfers.isClosing).toBe(true);
    expect(transfers.drain()).toBe(transfers.drain());
    first.client.destroy();
    await server.recorded(1);
    await new Promise(setImmediate);
    expect(order).toEqual([]);
    second.client.destroy();
    await drained;
    expect(server.records).toHaveLength(2);
  });

  it('is drained at once without transfers, and takes none afterwards', async () => {
    await transfers.drain();
    const { transfer } = await server.open();
    transfers.add(transfer);
    expect(transfers.describe()).toEqual([]);
    await transfers.drain();
  });

  it('ends each, also where the end of one ends another', async () => {
    const first = await server.open();
    const second = await server.open({}, first.client);
    for (const { transfer } of [first, second]) transfers.add(transfer);
    const ended: string[] = [];
    transfers.endEach((transfer) => {
      ended.push(transfer.id);
      transfer.connection?.destroy();
    });
    expect(ended).toEqual([first.transfer.id, second.transfer.id]);
    await transfers.drain();
  });
});
