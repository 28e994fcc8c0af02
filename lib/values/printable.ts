/**
 * Characters that a terminal or log viewer interprets instead of showing: DEL and the C1 controls (U+009B begins an
 * escape sequence), direction marks and other format characters, and the line separators.
 */
const ACTIVE = /[\u007f-\u009f\p{Cf}\u2028\u2029]/gu;

function escapeUnits(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}

/**
 * Escapes JSON so that it is safe to print and still parses to the same value. `JSON.stringify` alone escapes only the
 * control characters below U+0020.
 */
export function printableJSON(json: string): string {
  return json.replace(ACTIVE, escapeUnits);
}

/** The same and halves of pairs; tabs and line breaks stay. */
const UNSEEN = /[\p{Cf}\p{Cs}\u2028\u2029]|(?![\t\n\r])\p{Cc}/gu;

/**
 * Escapes the characters of a text that a page does not show. Some of them change the order of what stands beside the
 * text, whatever element the text is in.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, escapeUnits);
}
