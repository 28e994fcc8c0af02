/** The value that stands for all that are not kept. */
const OTHERS = 'other';

/** Longer values are not names that an operator chose. */
const LONGEST_VALUE = 128;

/**
 * The values of one label of the metrics. Each value makes new time series, which a registry keeps as long as the
 * process runs. The first `most` values are kept, and the rest is counted as `other`, so that names that come from a
 * file, or are made up for each request, cannot fill the memory of the process and of its Prometheus.
 *
 * @see https://prometheus.io/docs/practices/naming/#labels
 */
export class LabelValues {
  readonly #most: number;
  readonly #kept = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Returns the value itself, or `other`: always the same for the same value. */
  of(value: string): string {
    if (this.#kept.has(value)) return value;
    if (this.#kept.size >= this.#most || value.length > LONGEST_VALUE) return OTHERS;
    this.#kept.add(value);
    return value;
  }
}
