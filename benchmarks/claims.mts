import { EXPRESS_PIPE, HAPROXY_SPLICE, MIDDLEWARE, PIPE, SMALL_HEAP, STREAM } from './candidates.mts';
import { type Results, summary } from './results.mts';
import type { Metric } from './scenarios.mts';

/** A sentence of the guides that a new run could make false. */
export interface Claim {
  /** The page below docs/guides. */
  readonly page: string;
  readonly sentence: string;
  holds(results: Results): boolean;
}

function median(results: Results, scenario: string, candidate: string, metric: Metric): number {
  return summary(results, scenario, candidate, metric)?.median ?? Number.NaN;
}

export const claims: readonly Claim[] = [
  {
    page: 'performance.md',
    sentence: 'Over TLS it does not help.',
    holds: (results) =>
      median(results, 'tls-100', HAPROXY_SPLICE, 'cpuPerGB') > 0.8 * median(results, 'tls-100', 'HAProxy', 'cpuPerGB'),
  },
  {
    page: 'performance.md',
    sentence: 'In this package it does not grow with the file',
    holds: (results) =>
      median(results, 'size-10GB', STREAM, 'peakMB') < 1.3 * median(results, 'size-65MB', STREAM, 'peakMB'),
  },
  {
    page: 'performance.md',
    sentence: '`Node pipe`, which keeps nothing of its own, needs more.',
    holds: (results) => median(results, 'plain-1000', PIPE, 'peakMB') > median(results, 'plain-1000', STREAM, 'peakMB'),
  },
  {
    page: 'performance.md',
    sentence: 'This package takes more CPU per request than http-proxy-middleware',
    holds: (results) =>
      median(results, 'small', STREAM, 'cpuPerRequest') > median(results, 'small', MIDDLEWARE, 'cpuPerRequest'),
  },
  {
    page: 'performance.md',
    sentence: 'A fifth less than http-proxy-middleware is about what Express with nothing but that pipe takes',
    holds: (results) =>
      median(results, 'small', EXPRESS_PIPE, 'cpuPerRequest') >
      0.75 * median(results, 'small', MIDDLEWARE, 'cpuPerRequest'),
  },
  {
    page: 'performance.md',
    sentence: 'That pause is most of the time added.',
    // Three pauses are 525 ms on average.
    holds: (results) =>
      median(results, 'resume-3', STREAM, 'downloadP50') - median(results, 'resume-0', STREAM, 'downloadP50') < 1050,
  },
  {
    page: 'deployment.md',
    sentence: 'a process of this package needs about 200 MB for 1,000 streamed downloads',
    holds: (results) => median(results, 'plain-1000', `${STREAM}${SMALL_HEAP}`, 'peakMB') < 230,
  },
];
