import type { IncomingMessage } from 'node:http';
import { HEADER_NAME, HEADER_VALUE } from '../../http/header-values';
import { isReservedRequestHeader } from '../../http/request-headers';
import { isError } from '../../values/native-error';
import { isThenable, memberOf } from '../../values/own-members';
import { isSuccess } from '../outcome';
import type { TransferRecord } from '../record';
import { describeCause } from '../redaction/redaction';
import { causeOf } from '../thrown-error';
import { type Clean, guarded, guardedObject, recordCopier } from './adapters';
import type { StepEnd, StepObserver, TransferObserver, TransferStep } from './observer';

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

  /**
   * Runs `work` inside each observer's `run`. It runs exactly once, even if an observer throws, does not call it, or
   * calls it twice.
   */
  run<T>(work: () => T): T {
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
    for (const observer of this.#observers) {
      const inner = next;
      next = () => {
        guarded("an observer's run()", this.#clean, () =>
          memberOf(observer, 'run') === undefined ? inner() : observer.run?.(inner),
        );
      };
    }
    next();
    const settled = once();
    if ('error' in settled) throw settled.error;
    return settled.value;
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
    for (const observer of this.#observers) {
      guarded("an observer's ended()", this.#clean, () =>
        memberOf(observer, 'ended') === undefined ? undefined : observer.ended?.(end),
      );
    }
  }
}

function isAddable(name: string, value: unknown): value is string {
  const isValid = HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value);
  return isValid && !isReservedRequestHeader(name);
}

/** Tells the observers of one transfer of its steps. */
export class Steps {
  readonly #observers: readonly TransferObserver[];
  readonly #clean: Clean;
  /** The calls of the gateway's functions that have not settled. */
  readonly #calls = new Set<RunningStep>();
  #request: RunningStep | undefined;

  constructor(observers: readonly TransferObserver[], clean: Clean) {
    this.#observers = observers;
    this.#clean = clean;
  }

  /** Runs a function of the gateway as a step, which ends when its result has settled, or with the transfer. */
  run<T>(step: TransferStep, work: () => T): T | Promise<Awaited<T>> {
    const running = new RunningStep(this.#observers, Object.freeze(step), this.#clean);
    this.#calls.add(running);
    const end = (error?: StepEnd['error']): void => {
      this.#calls.delete(running);
      running.end(error);
    };
    let returned: T;
    try {
      returned = running.run(work);
    } catch (error) {
      end(failureOf(error, this.#clean));
      throw error;
    }
    if (!isThenable(returned)) {
      end();
      return returned;
    }
    // Each call of `then` of a query builder sends the query again, so its promise is the only one to call it.
    const settled = Promise.resolve(returned);
    settled.then(
      () => end(),
      (error: unknown) => end(failureOf(error, this.#clean)),
    );
    return settled;
  }

  /** A request to the provider begins. The one before is over. */
  request(step: Omit<TransferStep, 'kind'>): RunningStep {
    this.requestOver();
    const described = Object.freeze({ ...step, kind: 'request' as const });
    this.#request = new RunningStep(this.#observers, described, this.#clean);
    return this.#request;
  }

  /** The current request to the provider is over. */
  requestOver(error?: StepEnd['error']): void {
    this.#request?.end(error);
    this.#request = undefined;
  }

  /** The transfer is over, and with it every step. @param record undefined if the resolver declined the request */
  over(record: TransferRecord | undefined): void {
    const error = record && unfinished(record);
    this.requestOver(error);
    for (const call of this.#calls) call.end(error);
    this.#calls.clear();
    const copy = record && recordCopier(record);
    for (const observer of this.#observers) {
      guarded("an observer's ended()", this.#clean, () =>
        memberOf(observer, 'ended') === undefined ? undefined : observer.ended?.(copy?.()),
      );
    }
  }
}

/** Says why a step was still open when its transfer ended, if that is a failure. */
function unfinished({ outcome, error }: TransferRecord): StepEnd['error'] {
  if (isSuccess(outcome)) return undefined;
  const isCancelled = outcome === 'client_aborted' || outcome === 'client_stalled';
  if (error !== undefined && !isCancelled) return error;
  return { code: outcome, message: error?.message ?? 'The client left or stopped reading.' };
}

/** Runs a function of the gateway as a step, if the transfer's steps are watched. */
export function asStep<T>(steps: Steps | undefined, step: TransferStep, work: () => T): T | Promise<Awaited<T>> {
  return steps === undefined ? work() : steps.run(step, work);
}

/** Describes what a callback threw, which need not be an error. */
function failureOf(thrown: unknown, clean: Clean): NonNullable<StepEnd['error']> {
  const cause = causeOf(thrown);
  const { name = 'error', message = '', code } = describeCause(cause, clean) ?? {};
  return { code: code ?? (isError(cause) ? name : 'error'), message };
}
