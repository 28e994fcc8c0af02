import type { FileContentError } from '../errors';
import { wholeMicroseconds } from '../values/duration';
import type { DeliveryPath, ViaReason } from './record';
import type { ResolvedTransfer } from './resolved-transfer';
import { UpstreamFacts } from './upstream-facts';

/**
 * The state of a transfer so far. Each field is written by one method, named for the event, so that the source of each
 * field of the record is easy to find.
 */
export class TransferFacts extends UpstreamFacts {
  readonly #arrival = performance.now();
  #fileId: string;
  #params: Readonly<Record<string, string>> = {};
  #query: URLSearchParams | undefined;
  #resolved: ResolvedTransfer | undefined;
  #via: DeliveryPath | undefined;
  #viaReason: ViaReason | undefined;
  #bytesExpected: number | undefined;
  #bytesWritten = 0;
  #firstByteMs: number | undefined;
  #certainty: 'yes' | 'unknown' | undefined;
  #isHandedOver = false;
  #areLimitsUnchecked = false;
  #resumes = 0;
  #interruption: FileContentError | undefined;
  readonly #interruptions: FileContentError[] = [];
  #onWrote: ((bytes: Uint8Array) => void) | undefined;

  /** @param fileId as the client wrote it */
  constructor(fileId: string) {
    super();
    this.#fileId = fileId;
  }

  /** The id as the client wrote it, until it has been checked. */
  get fileId(): string {
    return this.#fileId;
  }

  /** The route's parameters and those of the mount path, once they have been checked. */
  get params(): Readonly<Record<string, string>> {
    return this.#params;
  }

  /** The query from which a provider may be sent parameters. If undefined, the query of the request's URL is used. */
  get query(): URLSearchParams | undefined {
    return this.#query;
  }

  /** The ids in the request have been checked. */
  identified(fileId: string, params: Readonly<Record<string, string>>, query?: URLSearchParams): void {
    this.#fileId = fileId;
    this.#params = params;
    this.#query = query;
  }

  /** The checked result of the resolver. */
  get resolved(): ResolvedTransfer | undefined {
    return this.#resolved;
  }

  /**
   * The resolver has named the provider.
   *
   * @param spentMs milliseconds of `timeouts.resolve` that the resolver has used
   */
  resolvedTo(resolved: ResolvedTransfer, spentMs: number): void {
    this.#resolved = resolved;
    this.resolverTook(spentMs);
  }

  /** Whether the store of the limits could not be asked, and the transfer was allowed. */
  get areLimitsUnchecked(): boolean {
    return this.#areLimitsUnchecked;
  }

  /** The transfer is allowed although the store of the limits is unavailable. */
  limitsUnchecked(): void {
    this.#areLimitsUnchecked = true;
  }

  /** The path of the body to the client. */
  get via(): DeliveryPath | undefined {
    return this.#via;
  }

  /** Why the body took the pipeline and not the relay. */
  get viaReason(): ViaReason | undefined {
    return this.#viaReason;
  }

  /** The path of the body was chosen. @param reason why it is the pipeline */
  deliveredBy(via: DeliveryPath, reason?: ViaReason): void {
    this.#via = via;
    this.#viaReason = reason;
  }

  /** The declared length of the response body, in bytes. */
  get bytesExpected(): number | undefined {
    return this.#bytesExpected;
  }

  /** The length of the response body is declared to the client. */
  expects(bytes: number | undefined): void {
    this.#bytesExpected = bytes;
  }

  /** The number of body bytes written to the response so far. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Milliseconds from the request's arrival to the first byte of the body. */
  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** Body bytes are written to the response. Taps get them. */
  wrote(bytes: Uint8Array): void {
    if (this.#bytesWritten === 0 && bytes.length > 0) this.#firstByteMs = this.ageMs;
    this.#bytesWritten += bytes.length;
    this.#interruption = undefined;
    this.#onWrote?.(bytes);
    this.#resolved?.taps?.chunk(bytes, (text) => this.redact(text));
  }

  /** How often the rest of the body was requested after it was cut off. */
  get resumes(): number {
    return this.#resumes;
  }

  /** Why the body was cut off. Set until more of it arrives. */
  get interruption(): FileContentError | undefined {
    return this.#interruption;
  }

  /** Why the body was cut off, for each time that it was to be resumed. */
  get interruptions(): readonly FileContentError[] {
    return this.#interruptions;
  }

  /** Calls back with the content's bytes as they are handed to the response: what could be needed to resume it. */
  onWrote(listener: (bytes: Uint8Array) => void): void {
    this.#onWrote = listener;
  }

  /** The body was cut off, and is to be resumed. */
  interrupted(cause: FileContentError): void {
    this.#interruptions.push(cause);
    this.#interruption = cause;
  }

  /** The rest of the body is about to be requested. */
  resumed(): void {
    this.#resumes += 1;
  }

  /** Was the whole content given to the response, as far as that can be known? Undefined until then. */
  get certainty(): 'yes' | 'unknown' | undefined {
    return this.#certainty;
  }

  /** Was the client sent to the provider? */
  get isHandedOver(): boolean {
    return this.#isHandedOver;
  }

  /**
   * The whole content was given to the response, which is about to finish; `unknown` where nothing proves that it was
   * whole.
   */
  delivered(certainty: 'yes' | 'unknown' = 'yes'): void {
    this.#certainty = certainty;
  }

  /** The client was told to get the content from the provider itself. What becomes of that is not known here. */
  handedOver(): void {
    this.#certainty = 'unknown';
    this.#isHandedOver = true;
  }

  /** Milliseconds since the request arrived, to the microsecond. Every time in a record is read here. */
  get ageMs(): number {
    return wholeMicroseconds(performance.now() - this.#arrival);
  }
}
