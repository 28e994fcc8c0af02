import type { FileContentError } from '../errors';
import { KnownSecrets } from './known-secrets';
import type { DeliveryPath, ResolvedTransfer, ViaReason } from './record';

/**
 * What is known of a transfer so far. Each fact is written by one method, which is named for what has happened, so that
 * a reader of the record finds the place where it comes from.
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

  /** The query of which a provider may be sent parameters; where it is undefined, that of the request's URL is. */
  get query(): URLSearchParams | undefined {
    return this.#query;
  }

  /** What is asked for was checked. */
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
   * The provider is about to be asked where the content is.
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
   * The provider has said where the content is.
   *
   * @param secrets finds the credentials in the located URL and headers; see {@link addSecrets}
   */
  located(origin: string, secrets: () => readonly string[]): void {
    this.#upstreamOrigin = origin;
    this.addSecrets(secrets);
  }

  /** What the provider calls the file, where it had to be asked for it. */
  get filename(): string | undefined {
    return this.#filename;
  }

  /** The provider was asked what the file is called. */
  named(filename: string): void {
    this.#filename = filename;
  }

  /** Requests to the provider. Redirects and requests made again are counted. */
  get attempts(): number {
    return this.#attempts;
  }

  /** A request is about to be sent to the provider. */
  asked(): void {
    this.#attempts += 1;
  }

  /** The connection was closed before the provider saw anything of the request: it was none. */
  notSent(): void {
    this.#attempts -= 1;
  }

  /** The status of the provider's last response. */
  get upstreamStatus(): number | undefined {
    return this.#upstreamStatus;
  }

  /** The provider's own id of the last request. It may repeat a credential: redact it. */
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

  /** The provider is asked anew: what it said so far is not the record's any more. */
  forgetResponse(): void {
    this.#upstreamStatus = undefined;
    this.#upstreamRequestId = undefined;
    this.#upstreamCode = undefined;
  }

  /** The way of the content to the client. */
  get via(): DeliveryPath | undefined {
    return this.#via;
  }

  /** Why the content took the pipeline and not the relay. */
  get viaReason(): ViaReason | undefined {
    return this.#viaReason;
  }

  /** The way of the content was chosen. @param reason why it is the pipeline */
  deliveredBy(via: DeliveryPath, reason?: ViaReason): void {
    this.#via = via;
    this.#viaReason = reason;
  }

  /** The declared length of this response's content, in bytes. */
  get bytesExpected(): number | undefined {
    return this.#bytesExpected;
  }

  /** The length of this response's content is declared to the client. */
  expects(bytes: number | undefined): void {
    this.#bytesExpected = bytes;
  }

  /** Content bytes given to the response so far. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Milliseconds from the request's arrival to the first content byte. */
  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** Content bytes are handed to the response; taps see them. */
  wrote(bytes: Uint8Array): void {
    if (this.#bytesWritten === 0 && bytes.length > 0) this.#firstByteMs = this.ageMs;
    this.#bytesWritten += bytes.length;
    this.#interruption = undefined;
    this.#resolved?.taps?.chunk(bytes, (text) => this.redact(text));
  }

  /** How often the content was resumed after it broke off. */
  get resumes(): number {
    return this.#resumes;
  }

  /** Why the content broke off, from the time that it is resumed until more of it arrives. */
  get interruption(): FileContentError | undefined {
    return this.#interruption;
  }

  /** The content broke off, and the rest of it is about to be requested. */
  resumed(cause: FileContentError): void {
    this.#resumes += 1;
    this.#interruption = cause;
  }

  /** Milliseconds since the request arrived. */
  get ageMs(): number {
    return performance.now() - this.#arrival;
  }

  /**
   * Remembers where to find what must appear in no record and no error message; looked up only where there is such a
   * text.
   */
  addSecrets(secrets: () => readonly string[]): void {
    this.#secrets.add(secrets);
  }

  /** A text of a provider's or of an error's without the secrets of this transfer, in whatever spelling. */
  redact(text: string): string {
    return this.#secrets.redact(text);
  }
}
