import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type FileContentError, failedToServe } from '../errors';
import type { ResourceName } from '../http/routes';
import { currentContext, type InContext } from '../values/async-context';
import { Cancellation } from './cancellation';
import { onConnectionClosed } from './connection';
import { arrivalOf, failureOf, recordOf, startOf } from './describe';
import { TransferFacts } from './facts';
import { noticeFailure } from './gateway-failure';
import { recordCopier, type TransferListeners } from './observers/adapters';
import { Steps } from './observers/steps';
import { type Failure, HopRefusal, outcomeOf } from './outcome';
import type { Recipient, RecipientRequest } from './recipient';
import type { Outcome, TransferRecord } from './record';
import { ownRequestId } from './request-id';
import { asFileContentError } from './thrown-error';
import { Work } from './work';

/**
 * One request for one file, of a client or of a reader in this process, from its arrival to its one outcome.
 *
 * The outcome is decided once, when the response closes: a failure that was recorded before, otherwise `completed` if
 * the response was finished with the whole body, otherwise `client_aborted`. Only the transfer calls the logging
 * adapters.
 */
export class Transfer extends TransferFacts {
  readonly id = randomUUID();
  readonly startedAt = new Date();
  readonly req: RecipientRequest;
  readonly res: Recipient;
  readonly resource: ResourceName;
  /** The gateway's own id of the request, which a middleware has set on the response. */
  readonly requestId: string | undefined;
  /** The work that keeps the transfer's place in `limits`. */
  readonly work = new Work();

  /** The steps, if an adapter watches them. */
  readonly steps: Steps | undefined;

  readonly #listeners: TransferListeners;
  /** Calls a function in the asynchronous context in which the request arrived, with what observers add to it. */
  readonly #inContext: InContext | undefined;
  /** Calls a function in that context without what observers add. Undefined without observers. */
  readonly #outside: InContext | undefined;
  readonly #cancellation = new Cancellation();
  readonly #cleanups: (() => void)[] = [];
  #failure: Failure | undefined;
  #isStarted = false;
  #isSettled = false;
  #onStall: ((error: FileContentError) => void) | undefined;
  #onRecord: ((record: TransferRecord) => void) | undefined;

  /** @param fileId as the client wrote it */
  constructor(
    req: RecipientRequest,
    res: Recipient,
    resource: ResourceName,
    fileId: string,
    listeners: TransferListeners,
  ) {
    super(fileId);
    this.req = req;
    this.res = res;
    this.resource = resource;
    this.#listeners = listeners;
    this.requestId = ownRequestId(res);
    if (listeners.hasAny) {
      const observers = listeners.observe(() => arrivalOf(this));
      const arrived = currentContext();
      if (observers !== undefined) {
        this.steps = new Steps(observers, this.#redacted);
        this.#outside = arrived;
      }
      this.#inContext = this.steps?.context() ?? arrived;
    }
    const onClose = (): void => this.#settle();
    res.once('close', onClose);
    this.onSettled(() => res.off('close', onClose));
    const { connection } = this;
    if (connection !== undefined) this.onSettled(onConnectionClosed(connection, onClose));
    // A middleware has already responded, and the response has closed: it emits no further 'close'.
    if (res.destroyed) {
      const over = setImmediate(onClose);
      this.onSettled(() => clearImmediate(over));
    }
  }

  /** The client's connection. Undefined if a reader in this process takes the body. */
  get connection(): Socket | undefined {
    // Node takes it away from a request whose reader stops in the middle of the body, so that a response can be sent.
    return this.req.socket ?? this.res.socket ?? undefined;
  }

  /** The semantics of the client's request: an application may serve a file as the response to any method. */
  get method(): 'GET' | 'HEAD' {
    return this.req.method === 'HEAD' ? 'HEAD' : 'GET';
  }

  /** Aborted when the client leaves or the transfer fails. Its reason is the failure. */
  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  /** Whether the transfer has its outcome. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The first failure, which decides the outcome. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Whether the client can detect an incomplete body. With HTTP/1.0 and without a length it cannot. */
  get isDelimited(): boolean {
    return this.req.httpVersion !== '1.0' || this.bytesExpected !== undefined;
  }

  /** Resolves when the transfer is settled. Rejects with the reason if it fails or its client leaves before. */
  ended(): Promise<void> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      this.onAborted(() => reject(signal.reason));
      this.onSettled(resolve);
    });
  }

  /** Runs the work of the transfer in the context that observers add, as inside a span. */
  run<T>(work: () => T): T {
    return this.steps === undefined || this.#inContext === undefined ? work() : this.#inContext(work);
  }

  /** Runs what follows a declined request, which is no work of this transfer. */
  runOutside(work: () => void): void {
    if (this.#outside === undefined) work();
    else this.#outside(work);
  }

  /** Calls back once the signal is aborted: for this package's own code. @returns a function that ends the watch */
  onAborted(listener: () => void): () => void {
    return this.#cancellation.onCancelled(listener);
  }

  /** @returns a promise that is fulfilled with the record, after the adapters got theirs; never where it is declined */
  recorded(): Promise<TransferRecord> {
    return new Promise((resolve) => {
      this.#onRecord = resolve;
    });
  }

  /** Calls `cleanup` when the transfer is settled, or at once if it already is. */
  onSettled(cleanup: () => void): void {
    if (this.#isSettled) cleanup();
    else this.#cleanups.push(cleanup);
  }

  /** Calls `started` of the adapters, once. The provider is known and has not been requested yet. */
  started(): void {
    if (this.#isStarted || this.#isSettled || !this.#listeners.hasAny) return;
    const start = startOf(this);
    if (start === undefined) return;
    this.#isStarted = true;
    this.#inContext?.(() => this.#listeners.started(start, this.#redacted));
  }

  /**
   * Records why the transfer fails; the first failure stays. The caller sends the client the error, or destroys the
   * connection.
   */
  fail(thrown: FileContentError, outcome?: Outcome): void {
    if (this.#failure !== undefined || this.#isSettled) return;
    const error = asFileContentError(thrown) ?? failedToServe(thrown);
    // For an error that cannot be sent, the given outcome does not apply.
    const isOwn = error.code === 'internal_error';
    this.#failure = { outcome: isOwn || outcome === undefined ? outcomeOf(error) : outcome, error };
    if (error.cause instanceof HopRefusal) this.responded(error.cause.status);
    this.#failing(this.#failure);
    this.#cancellation.cancel(error);
  }

  /**
   * The provider sends nothing more of the content for too long: a failure, unless the content can be resumed.
   *
   * @param error what the failure would be
   */
  providerStalled(error: FileContentError): void {
    if (this.#onStall === undefined) this.fail(error);
    else this.#onStall(error);
  }

  /** Calls back instead of failing when the provider stalls. @returns a function that ends this */
  onProviderStalled(listener: (error: FileContentError) => void): () => void {
    this.#onStall = listener;
    return () => {
      if (this.#onStall === listener) this.#onStall = undefined;
    };
  }

  /** The client does not take the bytes that wait for it. This is not the gateway's failure, so there is no error. */
  stalled(): void {
    if (this.#failure !== undefined || this.#isSettled) return;
    this.#failure = { outcome: 'client_stalled' };
    this.#failing(this.#failure);
    this.#cancellation.cancel(new Error('The client stopped reading.'));
  }

  /** The resolver declined the request: there is no record. */
  decline(): void {
    if (this.#isSettled) return;
    this.#release();
    this.#inContext?.(() => this.steps?.over(undefined));
  }

  override interrupted(cause: FileContentError): void {
    super.interrupted(cause);
    this.steps?.requestOver(cause);
  }

  #failing(failure: Failure): void {
    const { steps } = this;
    if (steps !== undefined) this.run(() => steps.failed(failureOf(this, failure)));
  }

  #release(): void {
    this.#isSettled = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.work.transferOver();
  }

  #settle(): void {
    if (this.#isSettled) return;
    const outcome = this.#outcome();
    // Made before the cleanups, which change the response.
    const taps = this.resolved?.taps;
    const isRead = this.#listeners.hasAny || taps !== undefined || this.#onRecord !== undefined;
    const record = isRead ? recordOf(this, outcome) : undefined;
    this.#release();
    if (outcome === 'client_aborted') this.#cancellation.cancel(new Error('The client closed the connection.'));
    if (record !== undefined) taps?.end(record, this.#redacted);
    if (this.#listeners.hasAny && record !== undefined) this.#tell(record);
    if (!this.#listeners.hasAdapters && this.#failure?.error)
      noticeFailure(this.#failure.error, this.id, this.#redacted);
    if (record !== undefined) this.#onRecord?.(recordCopier(record)());
  }

  #tell(record: TransferRecord): void {
    const tell = (): void => {
      this.steps?.over(record);
      this.#listeners.finished(record, this.#redacted);
    };
    if (this.#inContext === undefined) tell();
    else this.#inContext(tell);
  }

  /** Tells whether the whole response has left this process. */
  #isTaken(): boolean {
    // For Node 22, a response is finished even if its last write failed with its connection.
    return this.res.writableFinished && !this.connection?.errored;
  }

  readonly #redacted = (text: string): string => this.redact(text);

  #outcome(): Outcome {
    if (this.#failure !== undefined) return this.#failure.outcome;
    if (!this.#isTaken()) return 'client_aborted';
    // A resolver or a middleware has sent a response of its own.
    if (this.certainty === undefined) return 'rejected';
    return this.isHandedOver ? 'handed_over' : 'completed';
  }
}
