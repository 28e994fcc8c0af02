import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { FileContentError, isFileContentError } from '../../errors';
import { RANGE_AND_CONDITIONS } from '../../http/request-headers';
import type { Settings } from '../../options/options';
import type { UpstreamResponse } from '../../provider-contract/provider';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { ResumeSettings } from '../../transfer/resume-options';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { errorCode, isError } from '../../values/native-error';
import { ownMembers } from '../../values/own-members';
import { type AskOptions, ask } from '../ask';
import type { Exchange } from '../exchange';
import { RequestFailure } from '../upstream-error';
import { ContentTail } from './content-tail';
import { readExactly } from './read-exactly';
import { continuationProblem, type ResumableContent, resumableContent } from './resumable-content';

/** Enough to detect a provider that sends bytes of another position. A whole overlap would be copied for every file. */
const MOST_SAFE_OVERLAP = 4096;
const FIRST_PAUSE_MS = 100;
/** Each attempt follows one that brought bytes, so a longer pause would only keep the client waiting. */
const LONGEST_PAUSE_MS = 2_000;

/**
 * Returns the milliseconds to wait before an attempt, counted from 1. Half of it is jitter, so that transfers which
 * were cut off together do not retry together.
 */
export function resumePauseMs(attempt: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
}

/** A body that was cut off cannot be resumed. The message says why. */
export class NotResumed extends Error {}

/** Adds to the cause of a cut why the body was not resumed. */
export function withReason(cause: unknown, reason: string): Error {
  const why = isError(cause) ? cause.message : 'the body was cut off';
  const code = errorCode(cause);
  return Object.assign(new Error(`${why}; not resumed: ${reason}`), code !== '' && { code });
}

/** Adds to the failure of a provider that stalled why the body was not resumed. */
export function stallWithReason({ code, message, provider }: FileContentError, reason: string): FileContentError {
  const cause = new Error(`not resumed: ${reason}`);
  return new FileContentError(code, message, { cause, ...(provider !== undefined && { provider }) });
}

/** The presumed rest of a body, before it is proven to be that: an exchange, or an opened file. */
export interface Rest {
  readonly head: UpstreamResponse;
  readonly response: Readable;
  /** Closes it. */
  close(): void;
}

/** The context in which a body is resumed. */
export interface ResumptionOptions<R extends Rest> {
  readonly transfer: Transfer;
  readonly watchdog: Pick<Watchdog<Phase>, 'pause' | 'enter' | 'activity'>;
  /** Requests the bytes from `first` to `last`, positions in the file, of the version with this strong ETag. */
  ask(first: number, last: number, etag: string | undefined): Promise<R>;
}

/**
 * Resumes a body that was cut off: it requests the rest with fresh credentials, and accepts it only if it is proven to
 * be the rest of the same version. There is one for each response to a client.
 */
export class Resumption<R extends Rest = Exchange> {
  readonly #options: ResumptionOptions<R>;
  readonly #content: ResumableContent;
  readonly #attemptsAllowed: number;
  readonly #tail: ContentTail;
  #attempts = 0;
  #givenBefore = -1;

  constructor(options: ResumptionOptions<R>, content: ResumableContent, settings: ResumeSettings) {
    const { mode, attempts, overlapBytes } = settings;
    this.#options = options;
    this.#content = content;
    this.#attemptsAllowed = attempts;
    this.#tail = new ContentTail(mode === 'immutable' ? overlapBytes : Math.min(overlapBytes, MOST_SAFE_OVERLAP));
  }

  /** The length of the body in bytes. */
  get length(): number {
    return this.#content.last - this.#content.first + 1;
  }

  /** Records bytes of the body that have passed. The caller may reuse the buffer. */
  passed(bytes: Uint8Array): void {
    this.#tail.keep(bytes);
  }

  /**
   * Requests the rest.
   *
   * @param cut why the body was cut off
   * @param given the number of its bytes that have passed
   * @returns the rest, whose response begins with the next byte
   * @throws NotResumed, or the reason of the transfer's abort
   */
  async continueAfter(cut: FileContentError, given: number): Promise<R> {
    const { transfer, watchdog } = this.#options;
    const attempts = this.#attemptsAllowed;
    if (this.#attempts >= attempts) throw new NotResumed(`it broke off after ${attempts} attempts to resume it`);
    if (this.#givenBefore === given) throw new NotResumed('the last attempt to resume it brought nothing');
    this.#attempts += 1;
    this.#givenBefore = given;
    transfer.interrupted(cut);
    watchdog.pause();
    await this.#pause(resumePauseMs(this.#attempts));
    const overlap = this.#tail.read();
    const next = this.#content.first + given;
    // No Range names zero bytes: if only the end of the message is missing, the last byte is requested again.
    const first = Math.min(next - overlap.length, this.#content.last);
    transfer.resumed();
    const rest = await this.#askFrom(first);
    try {
      const problem = continuationProblem(rest.head, this.#content, first);
      if (problem !== undefined) throw new NotResumed(problem);
      await this.#skip(next - first, overlap, rest);
      return rest;
    } catch (error) {
      rest.close();
      transfer.signal.throwIfAborted();
      throw error instanceof NotResumed ? error : new NotResumed('the rest broke off before its first byte');
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options.transfer;
    try {
      await delay(ms, undefined, { signal });
    } catch {
      signal.throwIfAborted();
    }
  }

  async #askFrom(first: number): Promise<R> {
    const { last, etag } = this.#content;
    try {
      return await this.#options.ask(first, last, etag);
    } catch (error) {
      this.#options.transfer.signal.throwIfAborted();
      if (error instanceof NotResumed) throw error;
      throw new NotResumed(`the provider did not send the rest: ${reasonOf(error)}`);
    }
  }

  /** Reads the bytes of the rest that have already passed, and compares them where they were kept. */
  async #skip(length: number, overlap: Buffer, { response }: Rest): Promise<void> {
    if (length === 0) return;
    const { transfer, watchdog } = this.#options;
    watchdog.enter('idle');
    const repeated = await readExactly(
      response,
      length,
      (listener) => transfer.onAborted(() => listener(transfer.signal.reason)),
      () => watchdog.activity(),
    );
    if (overlap.length > 0 && !repeated.equals(overlap))
      throw new NotResumed('the bytes of the rest do not continue those that were sent');
  }
}

function reasonOf(thrown: unknown): string {
  const error = thrown instanceof RequestFailure ? thrown.error : thrown;
  if (!isFileContentError(error)) return isError(error) ? error.message : 'unknown';
  return isError(error.cause) ? error.cause.message : error.message;
}

/** Returns the settings for a transfer. */
export function resumeSettings(settings: Pick<Settings, 'resume'>, resolved: ResolvedTransfer): ResumeSettings {
  return { ...settings.resume, ...resolved.resume };
}

/** Makes the resumption for the body of a response, or says why it cannot be resumed. */
export function resumptionOf(exchange: Exchange, options: AskOptions): Resumption | string {
  const { transfer, resolved, watchdog, settings } = options;
  const { method, url } = exchange.request;
  const wanted = resumeSettings(settings, resolved);
  const content = method === 'GET' ? resumableContent(exchange.head, wanted.mode, url.origin) : 'it is not a GET';
  if (typeof content === 'string') return content;
  if (wanted.attempts === 0) return '"resume.attempts" is 0';
  return new Resumption({ transfer, watchdog, ask: askFrom }, content, wanted);

  function askFrom(first: number, last: number, etag: string | undefined): Promise<Exchange> {
    const headers = ownMembers({ ...options.headers });
    for (const name of RANGE_AND_CONDITIONS.names) delete headers[name];
    // The client's Connection header does not apply to this request.
    delete headers.connection;
    headers.range = `bytes=${first}-${last}`;
    if (etag !== undefined) headers['if-range'] = etag;
    return ask({ ...options, method: 'GET', headers, isWhole: false, isContinuation: true });
  }
}
