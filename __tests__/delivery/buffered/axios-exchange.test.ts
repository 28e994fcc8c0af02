import { getEventListeners } from 'node:events';
import { type FetchOptions, fetchHead } from '../../../lib/delivery/buffered/axios-exchange';
import { FileContentError } from '../../../lib/errors';
import { createAgents } from '../../../lib/upstream/agents/agents';
import { answer, type RawProvider, startRawProvider } from '../../support/raw-provider';
import { startTransfers, type TransferServer } from '../../support/transfers';
import { WatchdogNotes } from '../../support/watchdog-notes';

const GONE = new FileContentError('provider_timeout', 'Too late.');

let server: TransferServer;
let provider: RawProvider;

beforeAll(async () => {
  server = await startTransfers();
  provider = await startRawProvider(({ send }) => send(answer('hello')));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider.close();
});

async function newOptions(): Promise<FetchOptions> {
  const { transfer } = await server.open();
  const watchdog = new WatchdogNotes();
  return { transfer, provider: 'test', watchdog, method: 'GET', headers: {}, agents: createAgents({}) };
}

test('a transfer that is over makes no attempt', async () => {
  const options = await newOptions();
  options.transfer.fail(GONE);
  expect(() => fetchHead(new URL(provider.origin), options)).toThrow(GONE);
  expect(options.transfer.attempts).toBe(0);
});

test('one that ends before its connection is there sends no request', async () => {
  const options = await newOptions();
  const before = provider.requests.length;
  const fetching = fetchHead(new URL(provider.origin), options);
  options.transfer.fail(GONE);
  await expect(fetching).rejects.toBe(GONE);
  const next = await newOptions();
  const { exchange } = await fetchHead(new URL(provider.origin), next);
  exchange.close();
  expect(provider.requests).toHaveLength(before + 1);
});

test('once the head is there nothing listens to the abort any more', async () => {
  const options = await newOptions();
  const before = getEventListeners(options.transfer.signal, 'abort').length;
  const { exchange, response, lateError } = await fetchHead(new URL(provider.origin), options);
  expect(getEventListeners(options.transfer.signal, 'abort')).toHaveLength(before);
  expect([response.statusCode, lateError(), options.transfer.attempts]).toEqual([200, undefined, 1]);
  exchange.close();
});
