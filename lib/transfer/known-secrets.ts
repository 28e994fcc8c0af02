import { redact } from './redaction';

/**
 * The credentials that one transfer has used. Most transfers have no text to redact, so where the credentials are found
 * is remembered, and they are looked up when the first such text comes.
 */
export class KnownSecrets {
  readonly #sources: (() => readonly string[])[] = [];
  #secrets: readonly string[] = [];

  add(source: () => readonly string[]): void {
    this.#sources.push(source);
  }

  /** @returns `text` without the credentials, in whatever spelling */
  redact(text: string): string {
    const added = this.#sources.splice(0).flatMap((source) => source());
    if (added.length > 0) this.#secrets = [...new Set([...this.#secrets, ...added])];
    return redact(text, this.#secrets);
  }
}
