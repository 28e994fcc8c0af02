import type { LoggingAdapter, TransferFailure } from '../../../lib/index';
import { type FakeFile, fakeProvider } from '../../../lib/testing/index';
import { type GatewayOptions, startGateway } from '../../support/gateway';

/** Requests a file. @returns what observers were told in turn */
async function toldOf(file: FakeFile, options: GatewayOptions = {}) {
  const told: (TransferFailure | string)[] = [];
  const adapter: LoggingAdapter = {
    finished: () => {},
    observe: () => ({ failed: (failure) => told.push(failure), ended: (record) => told.push(`${record?.outcome}`) }),
  };
  await using fake = await fakeProvider({ files: { 'file-1': file } });
  await using gateway = await startGateway({
    upstream: fake.origin,
    logger: adapter,
    before: [(_req, res, next) => next(void res.once('close', () => told.push('response closed')))],
    ...options,
  });
  await fetch(`${gateway.origin}/v1/files/file-1/content`)
    .then((response) => response.text())
    .catch(() => 'cut off');
  await gateway.recorded(1);
  return told;
}

const content = Buffer.alloc(300_000, 'x');

it('an observer is told of a cut download before the response closes, with the status that was sent', async () => {
  const told = await toldOf({ content, fault: { kind: 'cut', afterBytes: 100_000, by: 'rst' } });
  expect(told).toEqual([
    {
      outcome: 'upstream_truncated',
      error: { code: expect.stringMatching(/^provider_/), message: expect.any(String) },
      status: 200,
    },
    'response closed',
    'upstream_truncated',
  ]);
});

it('an observer is told of a refusal before an error is sent', async () => {
  const [failure] = await toldOf({ content, fault: { kind: 'status', status: 500 } });
  expect(failure).toEqual({
    outcome: 'upstream_error',
    error: { code: 'provider_error', message: expect.any(String) },
  });
});

it('an observer is told of no failure of a whole download', async () => {
  expect(await toldOf({ content })).toEqual(['response closed', 'completed']);
});
