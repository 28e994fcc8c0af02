import { readFileSync, writeFileSync } from 'node:fs';
import {
  BUFFER,
  EXPRESS_PIPE,
  HAPROXY_LARGE,
  HAPROXY_SPLICE,
  IMMUTABLE,
  MIDDLEWARE,
  NGINX_LARGE,
  PIPE,
  PIPELINE,
  SESSION,
  SMALL_HEAP,
  STREAM,
} from './candidates.mts';
import { cell, type Results, summary } from './results.mts';
import type { Metric } from './scenarios.mts';

const GUIDE = new URL('../docs/guides/performance.md', import.meta.url);

/** A table of the guide: a row for each candidate that was measured. */
interface Table {
  readonly columns: readonly (readonly [heading: string, scenario: string, metric: Metric])[];
  readonly rows: readonly string[];
}

const LARGE = [
  STREAM,
  PIPELINE,
  'HAProxy',
  HAPROXY_LARGE,
  HAPROXY_SPLICE,
  'nginx',
  NGINX_LARGE,
  PIPE,
  MIDDLEWARE,
  'LiteLLM',
];

const TABLES: Readonly<Record<string, Table>> = {
  large: {
    columns: [
      ['CPU s/GB', 'plain-100', 'cpuPerGB'],
      ['peak MB', 'plain-100', 'peakMB'],
      ['CPU s/GB, TLS provider', 'tls-100', 'cpuPerGB'],
      ['peak MB, TLS provider', 'tls-100', 'peakMB'],
    ],
    rows: LARGE,
  },
  session: {
    columns: [
      ['CPU s/GB', 'session-100', 'cpuPerGB'],
      ['peak MB', 'session-100', 'peakMB'],
    ],
    rows: [STREAM, SESSION, MIDDLEWARE],
  },
  thousand: {
    columns: [
      ['CPU s/GB', 'plain-1000', 'cpuPerGB'],
      ['peak MB', 'plain-1000', 'peakMB'],
    ],
    rows: [...[STREAM, PIPE, MIDDLEWARE].flatMap((name) => [name, `${name}${SMALL_HEAP}`]), 'HAProxy', 'nginx'],
  },
  health: {
    columns: [
      ['100 downloads, p50', 'health-100', 'firstByteP50'],
      ['p99', 'health-100', 'firstByteP99'],
      ['50 over TLS, p50', 'health-50-tls', 'firstByteP50'],
      ['p99', 'health-50-tls', 'firstByteP99'],
    ],
    rows: [STREAM, SESSION, PIPELINE, MIDDLEWARE],
  },
  small: {
    columns: [
      ['requests/s', 'small', 'requestsPerSecond'],
      ['CPU µs/request', 'small', 'cpuPerRequest'],
    ],
    rows: [PIPE, EXPRESS_PIPE, MIDDLEWARE, STREAM, 'HAProxy', 'nginx', 'LiteLLM'],
  },
  'first-byte': {
    columns: [
      ['p50', 'first-byte', 'firstByteP50'],
      ['p99', 'first-byte', 'firstByteP99'],
    ],
    rows: ['direct', PIPE, EXPRESS_PIPE, MIDDLEWARE, STREAM, 'HAProxy', 'nginx', 'LiteLLM'],
  },
  resume: {
    columns: [
      ['ms, whole', 'resume-0', 'downloadP50'],
      ['cut once', 'resume-1', 'downloadP50'],
      ['three times', 'resume-3', 'downloadP50'],
      ['CPU s/GB, whole', 'resume-0', 'cpuPerGB'],
      ['cut once', 'resume-1', 'cpuPerGB'],
      ['three times', 'resume-3', 'cpuPerGB'],
      ['peak MB, whole', 'resume-0', 'peakMB'],
      ['three times', 'resume-3', 'peakMB'],
    ],
    rows: [STREAM, IMMUTABLE],
  },
  sizes: {
    columns: [
      ['1 MB', 'size-1MB', 'peakMB'],
      ['65 MB', 'size-65MB', 'peakMB'],
      ['1 GB', 'size-1GB', 'peakMB'],
      ['10 GB', 'size-10GB', 'peakMB'],
    ],
    rows: [STREAM, MIDDLEWARE],
  },
  slow: {
    columns: [
      ['CPU s/GB', 'slow-1000', 'cpuPerGB'],
      ['peak MB', 'slow-1000', 'peakMB'],
    ],
    rows: [STREAM, PIPE, MIDDLEWARE, 'HAProxy', 'nginx'],
  },
  buffered: {
    columns: [
      ['CPU s/GB', 'buffer-100', 'cpuPerGB'],
      ['peak MB', 'buffer-100', 'peakMB'],
    ],
    rows: [BUFFER],
  },
};

/** A candidate's name in a table; after this package with its defaults, its other settings are "the same". */
function label(candidate: string, rows: readonly string[]): string {
  if (candidate === 'direct') return 'no proxy';
  const name = candidate.replace(SMALL_HEAP, ', `--max-semi-space-size=8`');
  return rows.includes(STREAM) ? name.replace(`${STREAM}, `, 'the same, ') : name;
}

function tableOf({ columns, rows }: Table, results: Results): string {
  const lines = rows
    .filter((candidate) => columns.some(([, scenario, metric]) => summary(results, scenario, candidate, metric)))
    .map((candidate) => [
      label(candidate, rows),
      ...columns.map(([, scenario, metric]) => cell(results, scenario, candidate, metric)),
    ]);
  const head = [['', ...columns.map(([heading]) => heading)], ['', ...columns.map(() => '')].map(() => '---')];
  return [...head, ...lines].map((cells) => `| ${cells.join(' | ')} |`.replace('|  |', '| |')).join('\n');
}

function conditions(results: Results): string {
  const measured = [...guideScenarios].flatMap((name) => results.scenarios[name] ?? []);
  const dates = [...new Set(measured.map(({ date }) => date))].sort();
  const programs = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return `Measured on ${dates.join(' and ')}: ${results.machine}; ${programs.join(', ')}.`;
}

const BLOCKS: Readonly<Record<string, (results: Results) => string>> = {
  conditions,
  ...Object.fromEntries(
    Object.entries(TABLES).map(([name, table]) => [name, (results: Results) => tableOf(table, results)]),
  ),
};

/** The scenarios whose figures the guide shows. */
export const guideScenarios: ReadonlySet<string> = new Set(
  Object.values(TABLES).flatMap(({ columns }) => columns.map(([, scenario]) => scenario)),
);

/**
 * The guide with the figures of the results, between `<!-- figures: name -->` and `<!-- end -->`.
 *
 * @throws Error where a block is unknown or missing
 */
export function withFigures(guide: string, results: Results): string {
  const missing = new Set(Object.keys(BLOCKS));
  const written = guide.replaceAll(
    /(<!-- figures: ([\w-]+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_all, begin, name, end) => {
      const block = BLOCKS[name];
      if (block === undefined) throw new Error(`The guide has a block "${name}" that no table is for.`);
      missing.delete(name);
      return `${begin}\n${block(results)}\n${end}`;
    },
  );
  if (missing.size > 0) throw new Error(`The guide has no block for: ${[...missing].join(', ')}.`);
  return written;
}

export function writeGuide(results: Results): void {
  writeFileSync(GUIDE, withFigures(readFileSync(GUIDE, 'utf8'), results));
}
