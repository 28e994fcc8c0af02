/**
 * The end of a transfer's work, told once: by an AbortSignal to callbacks and libraries, by plain calls to this
 * package's own code, to which an event listener on every step of every request would cost more than the step.
 */
export class Cancellation {
  readonly #abort = new AbortController();
  readonly #listeners = new Set<() => void>();

  /** Aborted with the reason of the cancellation. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Cancels. Only the first call has an effect. */
  cancel(reason: unknown): void {
    this.#abort.abort(reason);
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls back once the signal is aborted. @returns a function that ends the watch */
  onCancelled(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
