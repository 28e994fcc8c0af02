import type { TransferArrival, TransferRecord } from '../../../lib/index';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { pollute } from '../../support/pollution';
import { spans, traceTests } from '../../support/tracing';

traceTests();

/** What may be absent in an arrival, a step, its end, a failure or a record. */
const ABSENT = {
  route: '/polluted',
  host: 'polluted',
  port: 1,
  userAgent: 'polluted',
  clientAddress: 'polluted',
  peerAddress: 'polluted',
  peerPort: 1,
  httpVersion: 'polluted',
  status: 500,
  error: { code: 'polluted', message: 'polluted' },
  attempt: 7,
  origin: 'http://polluted',
  provider: 'polluted',
  via: 'polluted',
  delivery: 'polluted',
  bytesExpected: 1,
  firstByteMs: 1,
  upstreamStatus: 500,
  upstreamRequestId: 'polluted',
  requestId: 'polluted',
  limitsUnchecked: true,
  tenant: 'polluted',
};

const ARRIVAL: TransferArrival = {
  transferId: '1',
  resource: 'files',
  method: 'GET',
  hasClient: true,
  startedAt: new Date(),
  request: { scheme: 'http', httpVersion: '1.1' },
};

const RECORD: TransferRecord = {
  transferId: '1',
  resource: 'files',
  method: 'GET',
  fileId: 'file-1',
  outcome: 'completed',
  status: 200,
  bytesSent: 1,
  complete: 'yes',
  startedAt: new Date(),
  durationMs: 1,
  attempts: 1,
  resumes: 0,
};

function written(): unknown {
  const adapter = openTelemetry({ attributes: ['tenant'] });
  const observer = adapter.observe?.(ARRIVAL);
  observer?.step?.({ kind: 'resolve' })?.ended?.({});
  observer?.step?.({ kind: 'request', method: 'GET' })?.ended?.({});
  observer?.ended?.(RECORD);
  return spans().map(({ name, attributes, status }) => ({ name, attributes: { ...attributes }, status }));
}

it('names on Object.prototype are in no span', () => {
  const clean = written();
  expect(clean).toHaveLength(3);
  expect(JSON.stringify(clean)).not.toContain('polluted');
});

it.each(Object.entries(ABSENT))('%s on Object.prototype is in no span', async (name, value) => {
  const before = JSON.stringify(written());
  const count = spans().length;
  const polluted = pollute({ [name]: value });
  // The list of names is read once in a turn of the event loop.
  await new Promise(setImmediate);
  written();
  polluted[Symbol.dispose]();
  const after = spans().slice(count);
  expect(JSON.stringify(after.map(({ name, attributes, status }) => ({ name, attributes, status })))).toBe(before);
});
