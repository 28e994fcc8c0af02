import { KnownSecrets } from './redaction/redaction';

/** The facts of a transfer about its provider: requests and responses. */
export class UpstreamFacts {
  readonly #secrets = new KnownSecrets();
  #locates = 0;
  #upstreamOrigin: string | undefined;
  #filename: string | undefined;
  #attempts = 0;
  #upstreamStatus: number | undefined;
  #upstreamRequestId: string | undefined;
  #upstreamCode: string | undefined;
  #resolveSpentMs = 0;

  /** The resolver has run. @param ms milliseconds of `timeouts.resolve` that it has used */
  resolverTook(ms: number): void {
    this.#resolveSpentMs = ms;
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
