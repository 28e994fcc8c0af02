// A Prometheus that scrapes one target, with its data in a temporary directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value as text. */
  readonly values: readonly (readonly [number, string])[];
}

export interface Prometheus extends AsyncDisposable {
  /** The series of a query at this moment, with one value each. */
  query(expression: string): Promise<readonly Series[]>;
  /** The series of a query between two times, in seconds since 1970. */
  queryRange(expression: string, start: number, end: number, step: number): Promise<readonly Series[]>;
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts Prometheus with its data in a temporary directory. @throws where it is not installed or does not start */
export async function startPrometheus(target: string, scrapeInterval: string): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const configuration = join(directory, 'prometheus.yml');
  writeFileSync(
    configuration,
    `global: { scrape_interval: ${scrapeInterval}, scrape_timeout: ${scrapeInterval} }
scrape_configs: [{ job_name: gateway, static_configs: [{ targets: ["${target}"] }] }]\n`,
  );
  const port = await freePort();
  const args = [`--config.file=${configuration}`, `--storage.tsdb.path=${directory}/data`];
  const child = spawn('prometheus', [...args, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let hasEnded = false;
  const ended = once(child, 'close').finally(() => {
    hasEnded = true;
  });
  ended.catch(() => undefined);
  const origin = `http://127.0.0.1:${port}`;
  const isReady = (): Promise<boolean> =>
    fetch(`${origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) if (hasEnded) throw new Error('prometheus did not start');

  async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Series[]> {
    const response = await fetch(`${origin}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, error, data } = (await response.json()) as Answer;
    if (status !== 'success') throw new Error(`${error}: ${parameters['query']}`);
    return (data?.result ?? []).map(({ metric, value, values }) => ({
      metric,
      values: values ?? (value ? [value] : []),
    }));
  }

  return {
    query: (query) => ask('query', { query }),
    queryRange: (query, start, end, step) =>
      ask('query_range', { query, start: `${start}`, end: `${end}`, step: `${step}` }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (!hasEnded) await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
