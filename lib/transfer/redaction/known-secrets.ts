import { redact } from './redaction';

/**
 * The credentials of one transfer. Most transfers have no text to redact, so only the sources of the credentials are
 * kept, and the credentials are collected for the first such text.
 */
export class KnownSecrets {
  readonly #sources: (() => readonly string[])[] = [];
  #secrets: readonly string[] = [];

  add(source: () => readonly string[]): void {
    this.#sources.push(source);
  }

  /** @returns `text` without the credentials, however they are encoded in it */
  redact(text: string): string {
    const added = this.#sources.splice(0).flatMap((source) => source());
    if (added.length > 0) this.#secrets = [...new Set([...this.#secrets, ...added])];
    return redact(text, this.#secrets);
  }
}
