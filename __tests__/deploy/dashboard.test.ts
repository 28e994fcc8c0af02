import { readPanels } from '../../scripts/dashboard/panels.mts';
import { startPrometheus } from '../../scripts/dashboard/prometheus.mts';
import { type FileName, startWorkload, type Workload } from '../../scripts/dashboard/workload.mts';
import { until } from '../support/deployment';
import { describeWith } from '../support/programs';

/** What is downloaded, so often, in each of two rounds. */
const ROUND: Readonly<Partial<Record<FileName, number>>> = {
  small: 3,
  large: 1,
  batch: 1,
  missing: 1,
  cut: 1,
  resumed: 1,
  buffered: 1,
  refused: 2,
};

async function downloadRound(workload: Workload): Promise<void> {
  const names = Object.entries(ROUND) as [FileName, number][];
  for (const [name, times] of names) for (let left = times; left > 0; left -= 1) await workload.download(name);
}

describeWith(['prometheus'], 'the dashboard on a real Prometheus', () => {
  it('gets series with values from every query, and the numbers are those of the transfers', async () => {
    let isHeld = false;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await using workload = await startWorkload({ pause: async () => (isHeld ? released : undefined) });
    await using prometheus = await startPrometheus(workload.target, '250ms');
    // After a scrape that took too long, nothing is known until the next.
    const ask = async (query: string): ReturnType<typeof prometheus.query> => {
      let found: Awaited<ReturnType<typeof prometheus.query>> = [];
      await until(async () => {
        found = await prometheus.query(query);
        return found.length > 0;
      });
      return found;
    };
    const total = async (query: string): Promise<number> => {
      const values = (await ask(query)).map((it) => Number(it.values[0]?.[1]));
      return values.filter(Number.isFinite).reduce((sum, value) => sum + value, 0);
    };
    // A rate needs one sample before the second round and one after it.
    const inRound = Object.values(ROUND).reduce((sum, times) => sum + times, 0);
    for (const round of [1, 2]) {
      await downloadRound(workload);
      await until(async () => (await total('file_content_transfers_total')) === round * inRound);
    }
    isHeld = true;
    const held = workload.download('slow');
    await until(async () => (await total('file_content_transfers_in_flight')) === 1);

    for (const { title, targets } of readPanels('5m')) {
      for (const { expr } of targets) expect([title, (await total(expr)) > 0]).toEqual([title, true]);
    }

    const counts = async (query: string, label: string): Promise<Record<string, number>> =>
      Object.fromEntries((await ask(query)).map((it) => [it.metric[label], Number(it.values[0]?.[1])]));
    expect(await counts('sum by (outcome) (file_content_transfers_total)', 'outcome')).toEqual({
      completed: 14,
      upstream_error: 2,
      upstream_truncated: 2,
      rejected: 4,
    });
    expect(
      await counts('sum by (status) (file_content_transfers_total{outcome="upstream_truncated"})', 'status'),
    ).toEqual({
      incomplete: 2,
    });
    expect(await counts('sum by (provider) (file_content_resumes_total) > 0', 'provider')).toEqual({ openai: 2 });
    expect(await counts('sum by (provider) (file_content_retries_total) > 0', 'provider')).toEqual({ openai: 2 });
    expect(await counts('sum by (result) (file_content_batch_rows_total)', 'result')).toEqual({
      succeeded: 18,
      failed: 2,
    });
    expect(await counts('sum by (provider) (file_content_transfers_in_flight) > 0', 'provider')).toEqual({ openai: 1 });
    release();
    await held;
  });
});
