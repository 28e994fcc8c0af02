import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { watchFlow } from '../../../lib/delivery/client/flow-watchdog';
import type { Transfer } from '../../../lib/transfer/transfer';
import type { Phase } from '../../../lib/transfer/watchdog';
import { resolvedTransfer, startTransfers, type TransferServer } from '../../support/transfers';

const TIMEOUTS = { resolve: 0, connect: 100, headers: 200, idle: 300, clientIdle: 400, total: 0 };

/** Fills the client's connection until the system takes no more. */
async function fill({ res }: Transfer): Promise<void> {
  const chunk = Buffer.alloc(1024 * 1024);
  res.writeHead(200, { 'content-length': 1024 * chunk.length });
  let before = -1;
  // A write that has not ended after some turns of the event loop waits for the client.
  for (let turns = 0; turns < 50; turns += 1) {
    if (res.writableLength === 0) res.write(chunk);
    if (res.writableLength !== before) turns = 0;
    before = res.writableLength;
    await new Promise(setImmediate);
  }
}

describe('watchFlow', () => {
  let server: TransferServer;

  beforeEach(async () => {
    server = await startTransfers();
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'hrtime', 'Date'],
    });
  });

  afterEach(async () => {
    jest.useRealTimers();
    await server[Symbol.asyncDispose]();
  });

  /** Time passes, and the event loop turns as often as a watchdog waits before it decides. */
  async function pass(ms: number): Promise<void> {
    jest.advanceTimersByTime(ms);
    for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
  }

  it.each<[Phase, string]>([
    ['connect', 'connecting'],
    ['headers', 'waiting for response headers'],
    ['idle', 'waiting for content'],
  ])('%s: a silent provider is a timeout', async (phase, waitedFor) => {
    const { transfer } = await server.open();
    transfer.resolvedTo(resolvedTransfer(), 0);
    watchFlow(transfer, TIMEOUTS).enter(phase);
    await pass(TIMEOUTS[phase] - 1);
    expect(transfer.signal.aborted).toBe(false);
    await pass(2);
    expect(transfer.signal.reason).toMatchObject({
      code: 'provider_timeout',
      message: `The provider did not answer in time (${waitedFor}).`,
      provider: 'held',
    });
    expect(transfer.req.socket.destroyed).toBe(false);
  });

  it('needs no provider', async () => {
    const { transfer } = await server.open();
    watchFlow(transfer, TIMEOUTS).enter('connect');
    await pass(101);
    expect(transfer.signal.reason).toMatchObject({ code: 'provider_timeout' });
  });

  it('resets the connection of a client that takes nothing', async () => {
    const { transfer, client } = await server.open();
    client.pause();
    await fill(transfer);
    watchFlow(transfer, TIMEOUTS).enter('clientIdle');
    await pass(399);
    expect(transfer.failure).toBeUndefined();
    await pass(2);
    expect(transfer.failure).toEqual({ outcome: 'client_stalled' });
    client.resume();
    expect(await client.closed).toBe('rst');
    expect(await server.recorded(1)).toMatchObject([{ outcome: 'client_stalled' }]);
  });

  it('leaves a client alone that has taken a part of one large write, until it takes nothing more', async () => {
    const { transfer, client } = await server.open();
    client.pause();
    await fill(transfer);
    const watchdog = watchFlow(transfer, TIMEOUTS);
    watchdog.enter('clientIdle');
    // What waits is written, and all of it is taken, though nobody tells the watchdog.
    client.resume();
    if (transfer.res.writableLength > 0) await once(transfer.res, 'drain');
    client.pause();
    await pass(401);
    expect(transfer.failure).toBeUndefined();
    await pass(401);
    expect(transfer.failure).toEqual({ outcome: 'client_stalled' });
  });

  it('does not blame a client for what waits behind another response of its connection', async () => {
    const { client } = await server.open();
    const { transfer } = await server.open({}, client);
    transfer.res.write('waits');
    watchFlow(transfer, TIMEOUTS).enter('clientIdle');
    for (let round = 0; round < 3; round += 1) await pass(401);
    expect(transfer.failure).toBeUndefined();
    expect(transfer.req.socket.destroyed).toBe(false);
  });

  it('lets no such transfer wait for a connection that is gone', async () => {
    const { client } = await server.open();
    const { transfer } = await server.open({}, client);
    watchFlow(transfer, TIMEOUTS).enter('clientIdle');
    jest.advanceTimersByTime(401);
    await new Promise(setImmediate);
    transfer.req.socket.destroy();
    await server.recorded(2);
    await pass(401);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([undefined, {}, { bytesWritten: 1 }, { writeQueueSize: 1 }])(
    'cannot see progress on a connection of another kind, and allows it one limit: %j',
    async (handle) => {
      const [connection, otherEnd] = duplexPair();
      const transfer = await server.openThrough(connection, otherEnd);
      Object.assign(connection, { _handle: handle });
      const closed = once(connection, 'close');
      watchFlow(transfer, TIMEOUTS).enter('clientIdle');
      await pass(399);
      expect(transfer.failure).toBeUndefined();
      await pass(2);
      expect(transfer.failure).toEqual({ outcome: 'client_stalled' });
      await closed;
    },
  );

  it('does not take for progress that more waits', async () => {
    const [connection, otherEnd] = duplexPair();
    const handle = { bytesWritten: 1_000, writeQueueSize: 900 };
    const transfer = await server.openThrough(connection, otherEnd);
    Object.assign(connection, { _handle: handle });
    watchFlow(transfer, TIMEOUTS).enter('clientIdle');
    handle.bytesWritten += 500;
    handle.writeQueueSize += 400;
    await pass(401);
    expect(transfer.failure).toBeUndefined();
    handle.bytesWritten += 500;
    handle.writeQueueSize += 500;
    await pass(401);
    expect(transfer.failure).toEqual({ outcome: 'client_stalled' });
  });

  it('bears a connection that is gone already', async () => {
    const { transfer } = await server.open();
    transfer.req.socket.destroy();
    watchFlow(transfer, TIMEOUTS).enter('clientIdle');
    expect(await server.recorded(1)).toMatchObject([{ outcome: 'client_aborted' }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends with its transfer', async () => {
    const { transfer, client } = await server.open();
    const watchdog = watchFlow(transfer, TIMEOUTS);
    watchdog.enter('idle');
    expect(jest.getTimerCount()).toBe(1);
    client.destroy();
    await server.recorded(1);
    expect(jest.getTimerCount()).toBe(0);
    watchdog.enter('connect');
    expect(jest.getTimerCount()).toBe(0);
  });
});
