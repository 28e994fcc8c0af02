/** JSON with source text access, which TypeScript's library does not declare yet. */
const sourceText = JSON as typeof JSON & {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/**
 * A number kept as text because JavaScript would write it differently: an integer beyond 2^53, `1.10`, `1e400`.
 * `JSON.stringify` writes the text unchanged.
 *
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export interface RawNumber {
  /** The number's text. */
  readonly rawJSON: string;
}

/** Tells whether a value is a number that was kept as text. */
export function isRawNumber(value: unknown): value is RawNumber {
  return sourceText.isRawJSON(value);
}

/**
 * Reads a JSON number, and keeps it as text if JavaScript would write it differently.
 *
 * @throws SyntaxError if it is not a JSON number
 */
export function toNumber(text: string): number | RawNumber {
  const value = Number(text);
  return String(value) === text ? value : sourceText.rawJSON(text);
}
