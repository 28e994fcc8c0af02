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
import type { FileName } from './workspace.mts';

export type Metric =
  | 'cpuPerGB'
  | 'peakMB'
  | 'firstByteP50'
  | 'firstByteP99'
  | 'requestsPerSecond'
  | 'cpuPerRequest'
  | 'downloadP50';

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly file: FileName;
  /** What is requested instead of a file: a route of the application's own. */
  readonly path?: string;
  readonly tls?: boolean;
  readonly connections: number;
  /** Length of one run; undefined: every connection makes `repeat` downloads. */
  readonly seconds?: number;
  readonly repeat?: number;
  /** Bytes a second that each client takes. */
  readonly rate?: number;
  /** So many other clients download files of 65 MB meanwhile, as fast as they can. */
  readonly beside?: number;
  /** How often the provider cuts each download off. undefined: an ordinary provider. */
  readonly cuts?: number;
  /** The most rounds, where a run is long and its figure steady. */
  readonly mostRounds?: number;
  readonly metrics: readonly Metric[];
  /** Names of candidates. */
  readonly only: readonly string[];
}

const PER_GB = ['cpuPerGB', 'peakMB'] as const;
const TUNED = [HAPROXY_LARGE, HAPROXY_SPLICE, NGINX_LARGE];
const STREAMING = [STREAM, PIPELINE, 'HAProxy', 'nginx', PIPE, MIDDLEWARE, 'Portkey'];
const SMALL = [STREAM, 'HAProxy', 'nginx', PIPE, EXPRESS_PIPE, MIDDLEWARE, 'Portkey', 'LiteLLM'];
/** Where a thousand begin at once, what a process holds is mostly what its heap grew to. */
const THOUSAND = [
  STREAM,
  'HAProxy',
  'nginx',
  PIPE,
  MIDDLEWARE,
  ...[STREAM, PIPE, MIDDLEWARE].map((n) => n + SMALL_HEAP),
];

function downloads(connections: number, tls: boolean): Scenario {
  return {
    name: `${tls ? 'tls' : 'plain'}-${connections}`,
    title: `${connections.toLocaleString('en')} at once${tls ? ', TLS provider' : ''}`,
    file: '65MB',
    tls,
    connections,
    metrics: PER_GB,
    only: connections < 1000 ? [...(tls ? STREAMING : [...STREAMING, 'LiteLLM']), ...TUNED] : THOUSAND,
  };
}

/** The application's own health check, asked by four clients, while files of 65 MB are downloaded. */
function health(beside: number, tls: boolean): Scenario {
  return {
    name: `health-${beside}${tls ? '-tls' : ''}`,
    title: `health check beside ${beside} downloads${tls ? ', TLS provider' : ''}`,
    file: '1kB',
    path: '/health',
    tls,
    connections: 4,
    beside,
    metrics: ['firstByteP50', 'firstByteP99'],
    only: [STREAM, PIPELINE, SESSION, MIDDLEWARE],
  };
}

/** One download after the other from a provider that cuts each off; without a cut, from the same provider. */
function resume(cuts: number, times: string): Scenario {
  return {
    name: `resume-${cuts}`,
    title: `a download of 65 MB, ${times}`,
    file: '65MB',
    connections: 1,
    seconds: 0,
    repeat: 15,
    cuts,
    metrics: ['cpuPerGB', 'downloadP50', 'peakMB'],
    only: [STREAM, IMMUTABLE],
  };
}

export const scenarios: readonly Scenario[] = [
  ...[1, 20, 100, 1000].map((connections) => downloads(connections, false)),
  ...[1, 20, 100, 1000].map((connections) => downloads(connections, true)),
  {
    name: 'slow-1000',
    title: '1,000 clients at 200 kB/s',
    file: '65MB',
    connections: 1000,
    rate: 200_000,
    mostRounds: 1,
    metrics: PER_GB,
    only: [STREAM, 'HAProxy', 'nginx', PIPE, MIDDLEWARE],
  },
  {
    name: 'first-byte',
    title: 'first byte, one client',
    file: '1MB',
    connections: 1,
    seconds: 0,
    repeat: 400,
    metrics: ['firstByteP50', 'firstByteP99'],
    only: ['direct', ...SMALL],
  },
  {
    name: 'small',
    title: '1 kB files, 32 clients',
    file: '1kB',
    connections: 32,
    // Counted, not timed: what the compiler has not seen often costs several times as much.
    seconds: 0,
    repeat: 500,
    metrics: ['requestsPerSecond', 'cpuPerRequest'],
    only: SMALL,
  },
  {
    name: 'beside-100',
    title: '1 kB files, 4 clients, beside 100 downloads',
    file: '1kB',
    connections: 4,
    beside: 100,
    metrics: ['firstByteP50', 'firstByteP99'],
    only: STREAMING,
  },
  {
    name: 'session-100',
    title: '100 at once, behind express-session',
    file: '65MB',
    connections: 100,
    metrics: PER_GB,
    only: [STREAM, SESSION, MIDDLEWARE],
  },
  health(100, false),
  health(50, true),
  resume(0, 'whole'),
  resume(1, 'cut once'),
  resume(3, 'cut three times'),
  ...(['1MB', '65MB', '1GB', '10GB'] as const).map(
    (file): Scenario => ({
      name: `size-${file}`,
      title: `one file of ${file}`,
      file,
      connections: 1,
      seconds: 0,
      repeat: { '1MB': 400, '65MB': 30, '1GB': 3, '10GB': 1 }[file],
      mostRounds: 1,
      metrics: ['peakMB', 'cpuPerGB'],
      only: file === '10GB' ? [STREAM] : [STREAM, MIDDLEWARE],
    }),
  ),
  ...[100, 1000].map(
    (connections): Scenario => ({
      name: `buffer-${connections}`,
      title: `${connections} at once, buffered`,
      file: '65MB',
      connections,
      seconds: 0,
      repeat: 1,
      mostRounds: 1,
      metrics: PER_GB,
      only: [BUFFER],
    }),
  ),
];
