import type { FileContentError } from '../errors';
import { KnownSecrets } from './known-secrets';
import type { DeliveryPath, ResolvedTransfer, ViaReason } from './record';

/**
 * The state of a transfer so far. Each field is written by one method, named for the event, so that the source of each
 * field of the record is easy to find.
 */
export class TransferFacts {
  readonly #arrival = performance.now();
  readonly #secrets = new KnownSecrets();
  #fileId: string;
  #params: Readonly<Record<string, string>> = {};
  #query: URLSearchParams | undefined;
  #resolved: ResolvedTransfer | undefined;
  #resolveSpentMs = 0;
  #locates = 0;
  #upstreamOrigin: string | undefined;
  #filename: string | undefined;
  #attempts = 0;
  #upstreamStatus: number | undefined;
  #upstreamRequestId: string | undefined;
  #upstreamCode: string | undefined;
  #via: DeliveryPath | undefined;
  #viaReason: ViaReason | undefined;
  #bytesExpected: number | undefined;
  #bytesWritten = 0;
  #firstByteMs: number | undefined;
  #resumes = 0;
  #interruption: FileContentError | undefined;
  readonly #interruptions: FileContentError[] = [];
  #onWrote: ((bytes: Uint8Array) => void) | undefined;

  /** @param fileId as the client wrote it */
  constructor(fileId: string) {
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
    this.#resolveSpentMs = spentMs;
  }

  /** Calls of the provider's `locate`. */
  get locates(): number {
    return this.#locates;
  }

  /**
   * The provider's `locate()` is about to be called.
   *
   * @returns the milliseconds of `timeouts.resolve` that the resolver has used; 0 from the second call on
   */
  locating(): number {
    const spentMs = this.#resolveSpentMs;
    this.#locates += 1;
    this.#resolveSpentMs = 0;
    return spentMs;
  }

  /** Scheme, host and port of the URL that the content was last requested from. */
  get upstreamOrigin(): string | undefined {
    return this.#upstreamOrigin;
  }

  /**
   * The provider has returned the URL of the file.
   *
   * @param secrets finds the credentials in the located URL and headers; see {@link addSecrets}
   */
  located(origin: string, secrets: () => readonly string[]): void {
    this.#upstreamOrigin = origin;
    this.addSecrets(secrets);
  }

  /** The file name from the provider's `describeFile()`, if that was called. */
  get filename(): string | undefined {
    return this.#filename;
  }

  /** The provider's `describeFile()` has returned the file name. */
  named(filename: string): void {
    this.#filename = filename;
  }

  /** The number of requests to the provider, including redirects and retries. */
  get attempts(): number {
    return this.#attempts;
  }

  /** A request is about to be sent to the provider. */
  asked(): void {
    this.#attempts += 1;
  }

  /** The connection was closed before any of the request was sent, so that the request does not count. */
  notSent(): void {
    this.#attempts -= 1;
  }

  /** The status of the provider's last response. */
  get upstreamStatus(): number | undefined {
    return this.#upstreamStatus;
  }

  /** The provider's own id of the last request. It may contain a credential: redact it. */
  get upstreamRequestId(): string | undefined {
    return this.#upstreamRequestId;
  }

  /** The head of the provider's response has arrived. */
  responded(status: number | undefined, requestId?: string): void {
    this.#upstreamStatus = status;
    this.#upstreamRequestId = requestId;
  }

  /** The provider's own code for its refusal: one word, without secrets. */
  get upstreamCode(): string | undefined {
    return this.#upstreamCode;
  }

  /** The response was a refusal. */
  refusedWith(upstreamCode: string | undefined): void {
    this.#upstreamCode = upstreamCode;
  }

  /** The provider is requested again: its previous response is removed from the record. */
  forgetResponse(): void {
    this.#upstreamStatus = undefined;
    this.#upstreamRequestId = undefined;
    this.#upstreamCode = undefined;
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

  /** How often the body was resumed after it was cut off. */
  get resumes(): number {
    return this.#resumes;
  }

  /** Why the body was cut off. Set from the resumption until more of it arrives. */
  get interruption(): FileContentError | undefined {
    return this.#interruption;
  }

  /** Why the content broke off, once for each time that it was resumed. */
  get interruptions(): readonly FileContentError[] {
    return this.#interruptions;
  }

  /** Calls back with the content's bytes as they are handed to the response: what could be needed to resume it. */
  onWrote(listener: (bytes: Uint8Array) => void): void {
    this.#onWrote = listener;
  }

  /** The body was cut off, and the rest of it is about to be requested. */
  resumed(cause: FileContentError): void {
    this.#resumes += 1;
    this.#interruptions.push(cause);
    this.#interruption = cause;
  }

  /** Milliseconds since the request arrived. */
  get ageMs(): number {
    return performance.now() - this.#arrival;
  }

  /**
   * Adds a source of secrets that must not appear in a record or an error message. It is called only when there is a
   * text to redact.
   */
  addSecrets(secrets: () => readonly string[]): void {
    this.#secrets.add(secrets);
  }

  /** Returns a text without the secrets of this transfer, however they are encoded in it. */
  redact(text: string): string {
    return this.#secrets.redact(text);
  }
}
