import { currentContext, type InContext } from '../../values/async-context';
import { isError } from '../../values/native-error';
import { isThenable } from '../../values/own-members';
import { isSuccess } from '../outcome';
import type { TransferRecord } from '../record';
import { describeCause } from '../redaction/redaction';
import { causeOf } from '../thrown-error';
import { type Clean, recordCopier, tellEach } from './adapters';
import type { StepEnd, TransferFailure, TransferObserver, TransferStep } from './observer';
import { RunningStep, runWithin } from './running-step';

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

  /** Returns what calls a function in the context that the observers set for the transfer. */
  context(): InContext {
    return runWithin(this.#observers, this.#clean, currentContext);
  }

  /** The transfer fails. */
  failed(failure: TransferFailure): void {
    tellEach(this.#observers, 'failed', this.#clean, (observer) => observer.failed?.(failure));
  }

  /** The transfer is over, and with it every step. @param record undefined if the resolver declined the request */
  over(record: TransferRecord | undefined): void {
    const error = record && unfinished(record);
    this.requestOver(error);
    for (const call of this.#calls) call.end(error);
    this.#calls.clear();
    const copy = record && recordCopier(record);
    tellEach(this.#observers, 'ended', this.#clean, (observer) => observer.ended?.(copy?.()));
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
