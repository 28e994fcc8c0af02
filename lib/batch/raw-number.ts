/** JSON with source text access, which TypeScript's library does not declare yet. */
const sourceText = JSON as typeof JSON & {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/**
 * A number that JavaScript would write otherwise, kept as text: an integer beyond 2^53, `1.10`, `1e400`.
 * `JSON.stringify` writes it as it was.
 *
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export interface RawNumber {
  /** The number's text. */
  readonly rawJSON: string;
}

/** Is this a number that was kept as text? */
export function isRawNumber(value: unknown): value is RawNumber {
  return sourceText.isRawJSON(value);
}

/**
 * Reads a number of a JSON text, and keeps it as text where its value would be written otherwise.
 *
 * @throws SyntaxError where it is no number of JSON
 */
export function toNumber(text: string): number | RawNumber {
  const value = Number(text);
  return String(value) === text ? value : sourceText.rawJSON(text);
}
