import { openaiCompatible } from '../../lib/index';
import { createAgents } from '../../lib/upstream/agents/agents';
import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { eventually, watchProcess } from '../support/leaks';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, startRawProvider } from '../support/raw-provider';

const IDLE_MS = 40;
/** Long enough for the agent to take the connection for an idle one. */
const PAUSE_MS = 3 * IDLE_MS;

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

describe.each(DELIVERIES)('an idle connection to a provider (%s)', (delivery) => {
  it('is closed when its time is up', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({
      upstream: provider.origin,
      delivery,
      agents: createAgents({}, { timeout: IDLE_MS }),
    });
    expect((await rawRequest(gateway.port)).response.status).toBe(200);
    await provider.connections[0]?.closed;
    expect(provider.connections[0]?.endedBy).toBe('fin');
  });

  it('is closed before the provider closes it, where that says when', async () => {
    // One second less than the second that is left after Node's own allowance: it is not kept at all.
    await using provider = await startRawProvider(({ send }) => send(answer('content', ['Keep-Alive: timeout=1'])));
    await using gateway = await startGateway({ upstream: provider.origin, delivery, agents: createAgents({}) });
    expect((await rawRequest(gateway.port)).response.status).toBe(200);
    await provider.connections[0]?.closed;
  });

  it('is closed where more are idle than there may be, whatever their origins', async () => {
    const providers: RawProvider[] = [];
    for (let index = 0; index < 5; index += 1) {
      providers.push(await startRawProvider(({ send }) => send(answer('content'))));
    }
    let next = 0;
    const held = providers.map(({ origin }) => openaiCompatible({ name: 'held', baseURL: origin }));
    await using gateway = await startGateway({
      resolveProvider: () => ({ provider: held[next]!, delivery }),
      agents: createAgents({}, { maxIdle: 2 }),
    });
    for (; next < 5; next += 1) {
      expect((await rawRequest(gateway.port)).response.status).toBe(200);
      await gateway.recorded(next + 1);
    }
    const open = (): number[] => providers.map((provider) => provider.openConnections);
    await eventually('the oldest closed', () => open().join() === '0,0,0,1,1');
    // One that is used again is not the oldest any more.
    next = 3;
    await rawRequest(gateway.port);
    next = 0;
    await rawRequest(gateway.port);
    await eventually('the oldest closed', () => open().join() === '1,0,0,1,0');
    for (const provider of providers) await provider.close();
  });

  it.each([
    ['small', 100],
    ['large', 6_000_000],
  ])('is not counted while a %s transfer waits for more', async (_name, size) => {
    using watch = watchProcess();
    const body = Buffer.alloc(size, 'x');
    await using provider = await startRawProvider(async ({ send }) => {
      await pause();
      await send(answer(body).subarray(0, -50));
      await pause();
      await send(body.subarray(-50));
    });
    await using gateway = await startGateway({
      upstream: provider.origin,
      delivery,
      agents: createAgents({}, { timeout: IDLE_MS }),
    });
    const { response } = await rawRequest(gateway.port);
    expect([response.status, response.body.equals(body)]).toEqual([200, true]);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', attempts: 1 }]);
    watch.expectQuiet();
  });

  it('does not expire while the client takes nothing', async () => {
    const body = Buffer.alloc(20_000_000, 'x');
    await using provider = await startRawProvider(({ send }) => send(answer(body)));
    await using gateway = await startGateway({
      upstream: provider.origin,
      delivery,
      agents: createAgents({}, { timeout: IDLE_MS }),
    });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.until((bytes) => bytes.length > 0);
    client.pause();
    await pause();
    client.resume();
    const { response } = await client.result(1);
    expect([response.status, response.body.equals(body)]).toEqual([200, true]);
  });
});
