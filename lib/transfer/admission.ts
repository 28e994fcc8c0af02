import { FileContentError } from '../errors';

/**
 * Counts the transfers in flight in this process, in total and per tenant. Calling the returned function releases the
 * place; calling it again does nothing.
 */
export class Admission {
  readonly #maxConcurrent: number;
  readonly #maxPerTenant: number;
  #inFlight = 0;
  readonly #tenants = new Map<string, number>();

  constructor(limits: { readonly maxConcurrent: number; readonly maxConcurrentPerTenant: number }) {
    this.#maxConcurrent = limits.maxConcurrent;
    this.#maxPerTenant = limits.maxConcurrentPerTenant;
  }

  /** @throws FileContentError `overloaded` (503) */
  enter(): () => void {
    if (this.#inFlight >= this.#maxConcurrent) throw overLimit();
    this.#inFlight += 1;
    return once(() => {
      this.#inFlight -= 1;
    });
  }

  /** @throws FileContentError `rate_limited` (429) */
  enterTenant(tenant: string): () => void {
    const count = this.#tenants.get(tenant) ?? 0;
    if (count >= this.#maxPerTenant) throw overTenantLimit();
    this.#tenants.set(tenant, count + 1);
    return once(() => {
      const left = (this.#tenants.get(tenant) ?? 1) - 1;
      if (left === 0) this.#tenants.delete(tenant);
      else this.#tenants.set(tenant, left);
    });
  }
}

/** Makes the error for `limits.maxConcurrent`. */
export function overLimit(): FileContentError {
  return retryShortly('overloaded', 'The gateway is serving as many files as it can. Retry shortly.');
}

/** Makes the error for `limits.maxConcurrentPerTenant`. */
export function overTenantLimit(): FileContentError {
  return retryShortly('rate_limited', 'Too many file downloads at once. Retry when one has ended.');
}

/** Makes an error whose `Retry-After` is 1 second. */
export function retryShortly(code: 'overloaded' | 'rate_limited', message: string, cause?: unknown): FileContentError {
  return new FileContentError(code, message, { cause, headers: { 'retry-after': '1' } });
}

function once(release: () => void): () => void {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    release();
  };
}
