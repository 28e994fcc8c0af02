import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { prometheusMetrics } from '../../lib/integrations/prometheus';

const docs = join(__dirname, '../../docs');

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

/** Metric names of the adapter with their labels. */
function metrics(): Map<string, readonly string[]> {
  const register = new Registry();
  prometheusMetrics({ register });
  return new Map(
    register.getMetricsAsArray().map((metric) => [metric.name, Reflect.get(metric, 'labelNames') as readonly string[]]),
  );
}

/** The names that an expression uses, without what a histogram adds to them. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/\bfile_content_\w+/g)].map(([name]) => name.replace(/_(?:bucket|count|sum)$/, ''));
}

test('the table of metrics lists every metric of the adapter with its labels', () => {
  const page = readFileSync(join(docs, 'guides/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(file_content_\w+)` \| \w+ \| ([^|]+) \|/gm)];
  const listed = new Map(
    rows.map(([, name, labels = '']) => [name, [...labels.matchAll(/\w+/g)].map(([label]) => label)]),
  );
  expect(listed).toEqual(metrics());
});

test('the picture of the dashboard has its panels', () => {
  const { panels }: Dashboard = JSON.parse(readFileSync(join(docs, 'examples/deploy/grafana-dashboard.json'), 'utf8'));
  const picture = readFileSync(join(docs, 'images/dashboard.svg'), 'utf8');
  const titles = [...picture.matchAll(/font-weight="600"[^>]*>([^<]+)</g)].map(([, title]) => title);
  expect(titles).toEqual(panels.map(({ title }) => title));
  expect(picture.length).toBeLessThan(200_000);
});

test('the alerts and the dashboard use metrics that exist', () => {
  const page = readFileSync(join(docs, 'guides/metrics.md'), 'utf8');
  const { panels }: Dashboard = JSON.parse(readFileSync(join(docs, 'examples/deploy/grafana-dashboard.json'), 'utf8'));
  const rules = readFileSync(join(docs, 'examples/deploy/alerts.yml'), 'utf8');
  const used = [
    ...namesIn(page),
    ...namesIn(rules),
    ...panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr))),
  ];
  expect(panels.length).toBeGreaterThan(5);
  expect(used.filter((name) => !metrics().has(name) && name !== 'file_content_')).toEqual([]);
  expect(new Set(used.filter((name) => name !== 'file_content_'))).toEqual(new Set(metrics().keys()));
});
