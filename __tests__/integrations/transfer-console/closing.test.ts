import { once } from 'node:events';
import { heldFile, startConsoleGateway } from '../../support/console-gateway';
import { openEvents } from '../../support/event-stream';

const LENGTH = 400_000;

describe('viewers of the console while the gateway closes', () => {
  it('do not keep the server from closing', async () => {
    await using gateway = await startConsoleGateway();
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    await events.update();
    gateway.server.close();
    await once(gateway.server, 'close');
    await events.ended();
  });

  it('see the transfers in flight to their end', async () => {
    const held = heldFile(LENGTH);
    await using gateway = await startConsoleGateway({ files: { 'file-1': held.file } });
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    const downloaded = gateway.download('file-1');
    await events.update(({ inFlight }) => inFlight === 1);
    const serverClosed = once(gateway.server, 'close');
    gateway.server.close();
    const closed = gateway.files.close();
    await events.update(({ isClosing, inFlight }) => isClosing && inFlight === 1);
    held.release();
    expect(await downloaded).toBe(LENGTH);
    await closed;
    await events.ended();
    await serverClosed;
  });

  it('are sent away after files.close(), also by a server that still listens', async () => {
    await using gateway = await startConsoleGateway();
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    await events.update();
    await gateway.files.close();
    await events.ended();
    using late = await openEvents(`${gateway.origin}/transfers/events`);
    expect(await late.ended()).toContain('"isClosing":true');
  });
});
