import type { IncomingMessage } from 'node:http';
import { HEADER_NAME, HEADER_VALUE } from '../../http/header-values';
import { isReservedRequestHeader } from '../../http/request-headers';
import { isThenable, memberOf } from '../../values/own-members';
import { type Clean, guarded, guardedObject, tellEach } from './adapters';
import type { StepEnd, StepObserver, TransferObserver, TransferStep } from './observer';

/**
 * Runs `work` inside each observer's `run`. It runs exactly once, even if an observer throws, does not call it, or
 * calls it twice.
 */
export function runWithin<T>(observers: readonly Pick<StepObserver, 'run'>[], clean: Clean, work: () => T): T {
  let result: { readonly value: T } | { readonly error: unknown } | undefined;
  const once = (): { readonly value: T } | { readonly error: unknown } => {
    try {
      result ??= { value: work() };
    } catch (error) {
      result = { error };
    }
    return result;
  };
  let next = (): void => void once();
  for (const observer of observers) {
    const inner = next;
    next = () => {
      guarded("an observer's run()", clean, () =>
        memberOf(observer, 'run') === undefined ? inner() : observer.run?.(inner),
      );
    };
  }
  next();
  const settled = once();
  if ('error' in settled) throw settled.error;
  return settled.value;
}

/** The current step of one transfer as its observers see it. Their failures affect nothing (L5). */
export class RunningStep {
  readonly #observers: StepObserver[] = [];
  readonly #clean: Clean;
  #head: Omit<StepEnd, 'error'> | undefined;
  #isOver = false;

  constructor(observers: readonly TransferObserver[], step: TransferStep, clean: Clean) {
    this.#clean = clean;
    for (const observer of observers) {
      const one = guardedObject("an observer's step()", clean, () =>
        memberOf(observer, 'step') === undefined ? undefined : observer.step?.(step),
      );
      if (one !== undefined) this.#observers.push(one);
    }
  }

  /** Runs `work` inside each observer's `run`. */
  run<T>(work: () => T): T {
    return runWithin(this.#observers, this.#clean, work);
  }

  /** Returns the headers that observers add to a request: none that frames it or that it has already. */
  headersFor(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const added: Record<string, string> = {};
    for (const observer of this.#observers) {
      guarded("an observer's headers()", this.#clean, () => {
        if (memberOf(observer, 'headers') === undefined) return undefined;
        const given = observer.headers?.() ?? {};
        if (isThenable(given)) return given;
        for (const [name, value] of Object.entries(given)) {
          const field = name.toLowerCase();
          if (isAddable(field, value) && !Object.hasOwn(headers, field)) added[field] = value;
        }
        return undefined;
      });
    }
    return added;
  }

  /** The provider has responded. Its connection may be closed when the step ends. */
  responded(status: number, { httpVersion, socket }: Pick<IncomingMessage, 'httpVersion' | 'socket'>): void {
    const { remoteAddress, remotePort } = socket;
    this.#head = {
      status,
      httpVersion,
      ...(remoteAddress !== undefined && { peerAddress: remoteAddress }),
      ...(remotePort !== undefined && { peerPort: remotePort }),
    };
  }

  /** The step is over. Further calls do nothing. */
  end(error?: StepEnd['error']): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const end: StepEnd = Object.freeze({
      ...this.#head,
      ...(error && { error: Object.freeze({ code: error.code, message: this.#clean(error.message) }) }),
    });
    tellEach(this.#observers, 'ended', this.#clean, (observer) => observer.ended?.(end));
  }
}

function isAddable(name: string, value: unknown): value is string {
  const isValid = HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value);
  return isValid && !isReservedRequestHeader(name);
}
