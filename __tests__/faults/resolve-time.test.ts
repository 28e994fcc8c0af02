import type { UpstreamRequest } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { pending } from '../support/pending';
import { connectRaw, requestBytes } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';

const KEPT = ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'hrtime', 'Date'] as const;

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

async function pass(ms: number): Promise<void> {
  await turns();
  jest.advanceTimersByTime(ms);
  await turns();
}

describe('timeouts.resolve', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each(['stream', 'buffer'] as const)(
    'covers the resolver and the first locate() together (%s)',
    async (delivery) => {
      let answerResolver: () => void = () => undefined;
      let onResolver: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => {
        onResolver = resolve;
      });
      await using gateway = await startGateway({
        timeouts: { resolve: 1_000 },
        resolveProvider: async () => {
          onResolver();
          await new Promise<void>((resolve) => {
            answerResolver = resolve;
          });
          return {
            provider: { name: 'held', streaming: true, locate: () => pending<UpstreamRequest>() },
            delivery,
          };
        },
      });
      using client = await connectRaw(gateway.port);
      jest.useFakeTimers({ doNotFake: [...KEPT] });
      client.send(requestBytes());
      await asked;
      await pass(700);
      answerResolver();
      await pass(290);
      expect(client.bytes.length).toBe(0);
      await pass(20);
      jest.useRealTimers();
      const { response } = await client.result();
      expect(response.status).toBe(504);
    },
  );

  it('begins anew for each further attempt', async () => {
    let attempts = 0;
    let onSecond: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      onSecond = resolve;
    });
    await using provider = await startRawProvider(({ rst }) => rst());
    await using gateway = await startGateway({
      timeouts: { resolve: 1_000 },
      buffer: { retries: 1 },
      resolveProvider: () => ({
        provider: {
          name: 'held',
          streaming: true,
          locate: () => {
            attempts += 1;
            if (attempts === 1) return { url: `${provider.origin}/files/file-1` };
            jest.useFakeTimers({ doNotFake: [...KEPT] });
            onSecond();
            return pending<UpstreamRequest>();
          },
        },
        delivery: 'buffer',
      }),
    });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await second;
    await pass(990);
    expect(client.bytes.length).toBe(0);
    await pass(20);
    jest.useRealTimers();
    const { response } = await client.result();
    expect(response.status).toBe(504);
    await gateway.recorded(1);
  });
});
