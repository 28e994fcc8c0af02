import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FileContentError, failedToServe } from '../errors';
import type { ContentResource } from '../http/routes';
import type { Journal } from './adapters';
import { onConnectionClosed } from './connection';
import { describeFailure, isGatewayFailure } from './gateway-failure';
import { notices } from './notices';
import { outcomeOf } from './outcome';
import type { Outcome, ResolvedTransfer, TransferRecord, TransferStart } from './record';
import { redact } from './redaction';
import { ownRequestId } from './request-id';
import { asFileContentError } from './thrown-error';
import { Work } from './work';

interface Failure {
  readonly outcome: Outcome;
  readonly error?: FileContentError;
}

/** Status of a record whose client left before it got headers (nginx's 499). */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * One client request for one content, from its arrival to its one outcome.
 *
 * It is decided once, when the response closes: a failure that was recorded before is the outcome; else a response that
 * was finished with the whole content is `completed`; else the client left. It alone calls the logging adapters.
 */
export class Transfer {
  readonly id = randomUUID();
  readonly startedAt = new Date();
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly resource: ContentResource;
  /** The gateway's own id of the request, which a middleware has set on the response before the router. */
  readonly requestId: string | undefined;
  /** What keeps the transfer's place in `limits`. */
  readonly work = new Work();
  /** As the client wrote it until the id has been checked. */
  fileId: string;

  /** The route's parameters and those of the mount path, once they have been checked. */
  params: Readonly<Record<string, string>> = {};
  resolved: ResolvedTransfer | undefined;
  upstreamOrigin: string | undefined;
  upstreamStatus: number | undefined;
  upstreamRequestId: string | undefined;
  /** The provider's own code for its refusal: one word, without secrets. */
  upstreamCode: string | undefined;
  /** Calls of the provider's `locate`. */
  locates = 0;
  /** Requests to the provider: redirects and requests made again are counted. */
  attempts = 0;
  /** Milliseconds of `timeouts.resolve` that the resolver has used; the first `locate()` has what is left. */
  resolveSpentMs = 0;
  resumes = 0;
  bytesExpected: number | undefined;

  readonly #arrival = performance.now();
  readonly #journal: Journal;
  readonly #abort = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  readonly #abortListeners = new Set<() => void>();
  #bytesWritten = 0;
  #firstByteMs: number | undefined;
  #failure: Failure | undefined;
  #delivered: 'yes' | 'unknown' | undefined;
  #isSettled = false;
  readonly #secretSources: (() => readonly string[])[] = [];
  #secrets: readonly string[] = [];

  constructor(req: IncomingMessage, res: ServerResponse, resource: ContentResource, fileId: string, journal: Journal) {
    this.req = req;
    this.res = res;
    this.resource = resource;
    this.fileId = fileId;
    this.#journal = journal;
    this.requestId = ownRequestId(res);
    const onClose = (): void => this.#settle();
    res.once('close', onClose);
    this.onSettled(() => res.off('close', onClose));
    this.onSettled(onConnectionClosed(req.socket, onClose));
    // A middleware has answered, and the response is over: its 'close' will not come again.
    if (res.destroyed) {
      const over = setImmediate(onClose);
      this.onSettled(() => clearImmediate(over));
    }
  }

  /** Node declares it optional, because its type is also that of responses. */
  get method(): string {
    return this.req.method ?? '';
  }

  /** Aborted when the client leaves and when the transfer fails; its reason is the failure. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Content bytes given to the response so far. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get isStalled(): boolean {
    return this.#failure?.outcome === 'client_stalled';
  }

  /** Can the client tell an incomplete body from its end? Not with HTTP/1.0 and without a length. */
  get isDelimited(): boolean {
    return this.req.httpVersion !== '1.0' || this.bytesExpected !== undefined;
  }

  /** Resolves when the transfer is settled; rejects with the reason when it fails or its client leaves before. */
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

  /**
   * Calls back once the signal is aborted: for this package's own code, to which an event listener on every step of every
   * request would cost more than the step.
   *
   * @returns a function that ends the watch
   */
  onAborted(listener: () => void): () => void {
    this.#abortListeners.add(listener);
    return () => this.#abortListeners.delete(listener);
  }

  #abortWith(reason: unknown): void {
    this.#abort.abort(reason);
    for (const listener of this.#abortListeners) listener();
    this.#abortListeners.clear();
  }

  /** Runs when the transfer has its outcome, or at once if it has one. */
  onSettled(cleanup: () => void): void {
    if (this.#isSettled) cleanup();
    else this.#cleanups.push(cleanup);
  }

  /** Remembers where to find what must appear in no record and no error message; looked up only where there is such a text. */
  addSecrets(secrets: () => readonly string[]): void {
    this.#secretSources.push(secrets);
  }

  /** A text of a provider's or of an error's without the secrets of this transfer, in whatever spelling. */
  redact(text: string): string {
    const added = this.#secretSources.splice(0).flatMap((secrets) => secrets());
    if (added.length > 0) this.#secrets = [...new Set([...this.#secrets, ...added])];
    return redact(text, this.#secrets);
  }

  started(): void {
    if (this.resolved === undefined || this.#isSettled || !this.#journal.isRead) return;
    const { provider, delivery } = this.resolved;
    const start: TransferStart = { ...this.#identity(), provider: provider.name, delivery };
    this.#journal.started(start, this.#redacted);
  }

  /** The provider is asked anew: what it said so far is not the record's any more. */
  forgetResponse(): void {
    this.upstreamStatus = undefined;
    this.upstreamRequestId = undefined;
    this.upstreamCode = undefined;
  }

  /** Content bytes were handed to the response. */
  wrote(bytes: number): void {
    if (this.#bytesWritten === 0 && bytes > 0) this.#firstByteMs = performance.now() - this.#arrival;
    this.#bytesWritten += bytes;
  }

  /** The whole content was given to the response, which is about to finish; `unknown` where nothing proves that it was whole. */
  delivered(certainty: 'yes' | 'unknown' = 'yes'): void {
    this.#delivered = certainty;
  }

  /**
   * Records why the transfer fails; the first failure stays. The caller sends the client the error, or destroys the
   * connection.
   */
  fail(thrown: FileContentError, outcome?: Outcome): void {
    if (this.#failure !== undefined || this.#isSettled) return;
    const error = asFileContentError(thrown) ?? failedToServe(thrown);
    // Of an error that cannot be sent, nothing is known, whatever outcome came with it.
    const isOwn = error.code === 'internal_error';
    this.#failure = { outcome: isOwn || outcome === undefined ? outcomeOf(error.code) : outcome, error };
    this.#abortWith(error);
  }

  /** The client takes nothing of what waits for it: no fault of the gateway's, so there is no error to report. */
  stalled(): void {
    if (this.#failure !== undefined || this.#isSettled) return;
    this.#failure = { outcome: 'client_stalled' };
    this.#abortWith(new Error('The client stopped reading.'));
  }

  /** The resolver said that the request is not for this router: no transfer, no record. */
  decline(): void {
    if (!this.#isSettled) this.#release();
  }

  #release(): void {
    this.#isSettled = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.work.transferOver();
  }

  #settle(): void {
    if (this.#isSettled) return;
    const outcome = this.#outcome();
    // Before the cleanups, after which the response knows less.
    const record = this.#journal.isRead ? this.#record(outcome) : undefined;
    this.#release();
    if (outcome === 'client_aborted') this.#abortWith(new Error('The client closed the connection.'));
    if (record !== undefined) this.#journal.finished(record, this.#redacted);
    else if (this.#failure?.error) this.#tellStandardError(this.#failure.error);
  }

  /** Without a logging adapter, a failure of the gateway's own code would leave no trace anywhere. */
  #tellStandardError(error: FileContentError): void {
    if (!isGatewayFailure(error)) return;
    const { message, cause } = describeFailure(error, this.#redacted);
    const frame = cause?.stack?.split('\n')[1]?.trim() ?? '';
    const what = cause === undefined ? message : `${cause.name}: ${cause.message} ${frame}`;
    notices.write(
      'failure',
      `${error.code} (transfer ${this.id}): ${what}; configure a "logger" to get the whole record`,
    );
  }

  readonly #redacted = (text: string): string => this.redact(text);

  #outcome(): Outcome {
    if (this.#failure !== undefined) return this.#failure.outcome;
    return this.#delivered !== undefined && this.res.writableFinished ? 'completed' : 'client_aborted';
  }

  #identity(): Omit<TransferStart, 'provider' | 'delivery'> {
    const { resolved } = this;
    const upstreamFileId = resolved && resolved.fileId !== this.fileId ? resolved.fileId : undefined;
    return {
      transferId: this.id,
      resource: this.resource,
      method: this.method,
      fileId: this.fileId,
      ...(upstreamFileId !== undefined && { upstreamFileId }),
      ...(this.upstreamOrigin !== undefined && { upstreamOrigin: this.upstreamOrigin }),
      startedAt: this.startedAt,
      ...(resolved?.tenant !== undefined && { tenant: resolved.tenant }),
      ...(resolved?.context !== undefined && { context: resolved.context }),
    };
  }

  #record(outcome: Outcome): TransferRecord {
    const isComplete = outcome === 'completed';
    const bytesSent = isComplete ? this.#bytesWritten : Math.max(0, this.#bytesWritten - this.#unsentBytes());
    return {
      ...this.#identity(),
      ...(this.resolved && { provider: this.resolved.provider.name, delivery: this.resolved.delivery }),
      outcome,
      status: this.res.headersSent ? this.res.statusCode : CLIENT_CLOSED_REQUEST,
      ...(this.upstreamStatus !== undefined && { upstreamStatus: this.upstreamStatus }),
      ...(this.upstreamRequestId !== undefined && { upstreamRequestId: this.redact(this.upstreamRequestId) }),
      ...(this.upstreamCode !== undefined && { upstreamCode: this.upstreamCode }),
      ...(this.requestId !== undefined && { requestId: this.requestId }),
      bytesSent,
      ...(this.bytesExpected !== undefined && { bytesExpected: this.bytesExpected }),
      complete: isComplete ? (this.#delivered ?? 'no') : 'no',
      ...(this.#firstByteMs !== undefined && { firstByteMs: this.#firstByteMs }),
      durationMs: performance.now() - this.#arrival,
      attempts: this.attempts,
      resumes: this.resumes,
      ...(this.#failure?.error && { error: describeFailure(this.#failure.error, this.#redacted) }),
    };
  }

  /** What still lay in this process when the connection closed, as far as the response knows. */
  #unsentBytes(): number {
    return this.res.writableLength;
  }
}
