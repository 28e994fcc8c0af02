/** O1: for one transfer, the client, the record, the metrics, the console and the span say the same. */
import type { Express } from 'express';
import { Registry } from 'prom-client';
import { contentLinks, openaiCompatible, type TransferRecord } from '../../lib/index';
import { transferConsole } from '../../lib/integrations/console';
import { openTelemetry } from '../../lib/integrations/opentelemetry';
import { prometheusMetrics } from '../../lib/integrations/prometheus';
import { OUTCOME_WORDS } from '../../lib/integrations/transfer-console/outcome-words';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { openEvents } from '../support/event-stream';
import { type Gateway, startGateway } from '../support/gateway';
import { memoryStore } from '../support/limit-stores';
import { LINK_KEY } from '../support/link-gateway';
import { OUTCOME_FILES, OUTCOME_ROWS, resolveRow, type Seen } from '../support/outcome-rows';
import { spans, traceTests } from '../support/tracing';

/** The samples of Prometheus' text format, by name and labels. */
async function samplesOf(register: Registry): Promise<Map<string, number>> {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => line.split(/ (?=[^ ]+$)/)).map(([name = '', value]) => [name, Number(value)]));
}

/** What a metric has more than before, over all of its labels. */
function grown(name: string, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return [...after]
    .filter(([series]) => series.startsWith(`file_content_${name}{`))
    .reduce((total, [series, value]) => total + value - (before.get(series) ?? 0), 0);
}

describe('O1: the record, the metrics, the console and the span of a transfer agree', () => {
  traceTests();
  const register = new Registry();
  const store = memoryStore({
    acquire: ({ key }) => (key === 'tenant:unchecked' ? Promise.reject(new Error('away')) : key !== 'tenant:full'),
  });
  let fake: FakeProvider;
  let gateway: Gateway;
  let app: Express;
  let link: string;
  let printed: jest.SpyInstance;
  const records: TransferRecord[] = [];

  beforeAll(async () => {
    printed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    fake = await fakeProvider({ files: OUTCOME_FILES });
    const held = openaiCompatible({ name: 'held', baseURL: fake.baseURL });
    const links = contentLinks({ keys: [LINK_KEY], resolve: () => held });
    const token = links.sign({ provider: 'held', fileId: 'file-1', expiresInSeconds: 600 });
    gateway = await startGateway({
      resolveProvider: (_req, { fileId }) => resolveRow(fileId, held),
      logger: [prometheusMetrics({ register }), openTelemetry()],
      limits: { maxConcurrentPerTenant: 5, maxBytes: 128 * 2 ** 20, store },
      timeouts: { headers: 500, idle: 500, clientIdle: 500 },
      buffer: { retries: 0 },
      after: (mounted) => {
        app = mounted;
      },
    });
    app.use('/d', links.handler(gateway.files));
    app.use('/transfers', transferConsole(gateway.files, { maxFailures: 200, intervalMs: 250 }));
    link = `${gateway.origin}/d/${token}`;
  });
  afterAll(async () => {
    await gateway.close();
    await fake.close();
    printed.mockRestore();
  });

  for (const [name, expected, run, more = {}] of OUTCOME_ROWS) {
    it(`${name}: ${expected}`, async () => {
      const before = await samplesOf(register);
      const next = gateway.nextRecord();
      const seen: Seen = await run({ url: (id) => `${gateway.origin}/v1/files/${id}/content`, gateway, fake, link });
      const record = await next;
      expect(`${record.outcome} ${record.status}`).toBe(expected);
      expect(record).toMatchObject(more);
      records.push(record);

      const after = await samplesOf(register);
      const { provider = 'none', via = 'none', outcome } = record;
      const isCut = record.status < 400 && !['completed', 'handed_over'].includes(outcome);
      const status = isCut ? 'incomplete' : record.status;
      const labels = `provider="${provider}",resource="files",via="${via}",outcome="${outcome}",status="${status}"`;
      const series = `file_content_transfers_total{${labels}}`;
      expect([series, (after.get(series) ?? 0) - (before.get(series) ?? 0)]).toEqual([series, 1]);
      expect(grown('transfers_total', before, after)).toBe(1);
      expect(grown('bytes_sent_total', before, after)).toBe(record.bytesSent);
      expect(grown('upstream_requests_total', before, after)).toBe(record.attempts);
      expect(grown('resumes_total', before, after)).toBe(record.resumes);
      expect(grown('limits_unchecked_total', before, after)).toBe(record.limitsUnchecked ? 1 : 0);
      expect(grown('transfer_duration_seconds_count', before, after)).toBe(1);
      expect(grown('first_byte_seconds_count', before, after)).toBe(record.firstByteMs === undefined ? 0 : 1);
      expect(grown('transfers_in_flight', new Map(), after)).toBe(0);

      const span = spans().find(({ attributes }) => attributes['file_content.transfer.id'] === record.transferId);
      // A client that left got no status.
      const sent = outcome === 'client_aborted' && record.status === 499 ? undefined : record.status;
      expect(span?.attributes['http.response.status_code']).toBe(sent);
      expect(span?.attributes).toMatchObject({
        'file_content.outcome': outcome,
        'file_content.complete': record.complete,
        'file_content.bytes_sent': record.bytesSent,
        'file_content.attempts': record.attempts,
        'file_content.resumes': record.resumes,
      });
      expect(span?.attributes['file_content.via']).toBe(record.via);
      expect(span?.attributes['file_content.provider']).toBe(record.provider);
      // What a client got wrong is no error of a server.
      const isRefused = sent !== undefined && sent >= 400 && sent < 500;
      const isFine = ['completed', 'handed_over'].includes(outcome) || isRefused;
      expect(span?.attributes['error.type'] === undefined).toBe(isFine);
      expect(span?.attributes['file_content.error.code']).toBe(record.error?.code);

      // The body of an error is the gateway's own.
      if (seen.status === undefined) return;
      expect(record.status).toBe(seen.status);
      if (record.error === undefined || record.status < 400) expect(record.bytesSent).toBe(seen.bytes);
      expect(record.complete === 'yes').toBe(outcome === 'completed');
    });
  }

  it('and so do the totals and the rows of the console', async () => {
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    const { state } = await events.update();
    expect(state.inFlight).toBe(0);
    for (const { name, completed, failed, bytesSent, outcomes } of state.providers) {
      const own = records.filter(({ provider = '(no provider)' }) => provider === name);
      const good = own.filter(({ outcome }) => ['completed', 'handed_over'].includes(outcome));
      expect([name, completed, failed]).toEqual([name, good.length, own.length - good.length]);
      expect(bytesSent).toBe(own.reduce((total, record) => total + record.bytesSent, 0));
      for (const { words, count } of outcomes) {
        expect(own.filter(({ outcome }) => OUTCOME_WORDS[outcome] === words)).toHaveLength(count);
      }
    }
    expect(state.providers.reduce((total, { completed, failed }) => total + completed + failed, 0)).toBe(
      OUTCOME_ROWS.length,
    );
    for (const row of [...state.failures, ...state.finished]) {
      const record = records.find(({ transferId }) => transferId === row.id);
      expect(row).toMatchObject({
        words: OUTCOME_WORDS[record?.outcome ?? 'completed'],
        bytesSent: record?.bytesSent,
        resumes: record?.resumes,
      });
      expect(row.code).toBe(record?.error?.code);
      expect(row.details).toContainEqual(['Status for the client', `${record?.status}`]);
    }
    const failed = records.filter(({ outcome }) => !['completed', 'handed_over'].includes(outcome));
    expect(state.failures).toHaveLength(failed.length);
  });
});
