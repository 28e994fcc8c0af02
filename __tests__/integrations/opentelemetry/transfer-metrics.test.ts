import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { openTelemetry } from '../../../lib/integrations/opentelemetry';
import { fakeProvider } from '../../../lib/testing/index';
import { startGateway } from '../../support/gateway';

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: unknown;
}

function measuring() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: provider.getMeter('test'),
    async points(): Promise<Map<string, Point[]>> {
      await provider.forceFlush();
      const metrics =
        exporter
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return new Map(
        metrics.map(({ descriptor, dataPoints }) => [`${descriptor.name} ${descriptor.unit}`, dataPoints]),
      );
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}

it('the metrics agree with the records', async () => {
  const content = Buffer.alloc(200_000, 'x');
  const fault = { kind: 'cut', afterBytes: 50_000, by: 'rst' } as const;
  await using fake = await fakeProvider({ files: { 'file-1': content, 'file-cut': { content, fault } } });
  await using measured = measuring();
  const { meter, points } = measured;
  await using gateway = await startGateway({ upstream: fake.origin, logger: openTelemetry({ meter }) });
  for (const id of ['file-1', 'file-1', 'file-cut', 'file-missing', 'a%00b']) {
    await fetch(`${gateway.origin}/v1/files/${id}/content`)
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
  }
  const records = await gateway.recorded(5);
  const metrics = await points();
  const sum = (name: string): number =>
    (metrics.get(name) ?? []).reduce((total, { value }) => total + Number(value), 0);
  expect(sum('file_content.transfers {transfer}')).toBe(5);
  expect(sum('file_content.bytes_sent By')).toBe(records.reduce((total, { bytesSent }) => total + bytesSent, 0));
  expect(sum('file_content.upstream_requests {request}')).toBe(
    records.reduce((total, { attempts }) => total + attempts, 0),
  );
  expect(sum('file_content.transfers_in_flight {transfer}')).toBe(0);
  const ends = metrics
    .get('file_content.transfers {transfer}')
    ?.map(
      ({
        attributes: { 'file_content.outcome': outcome, 'file_content.status': status, 'error.type': error },
        value,
      }) => [outcome, status, value, error].filter((part) => part !== undefined).join(' '),
    );
  expect(ends?.sort()).toEqual([
    'completed 200 2',
    expect.stringMatching(/^rejected 4\d\d 1$/),
    'upstream_error 404 1',
    expect.stringMatching(/^upstream_truncated incomplete 1 provider_\w+$/),
  ]);
  const durations = metrics.get('file_content.transfer_duration s') ?? [];
  const counts = durations.map(({ value }) => (value as { count: number }).count);
  expect(counts.reduce((total, count) => total + count, 0)).toBe(5);
  expect(durations.filter(({ attributes }) => 'error.type' in attributes)).toHaveLength(1);
});

it('ids and tenants are attributes only if they are asked for', async () => {
  await using fake = await fakeProvider({ files: { 'file-1': 'content' } });
  await using measured = measuring();
  const { meter, points } = measured;
  const logger = openTelemetry({ meter, attributes: ['fileId', 'tenant'] });
  await using gateway = await startGateway({ upstream: fake.origin, logger });
  await fetch(`${gateway.origin}/v1/files/file-1/content`).then((response) => response.arrayBuffer());
  await gateway.recorded(1);
  const [point] = (await points()).get('file_content.transfers {transfer}') ?? [];
  expect(point?.attributes).toMatchObject({ 'file_content.file_id': 'file-1', 'file_content.tenant': '' });
});
