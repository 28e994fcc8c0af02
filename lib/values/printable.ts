/**
 * What a terminal or a viewer of logs obeys instead of showing it: DEL and the C1 controls (of which U+009B begins an
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
 * JSON that is harmless to print, and is read as the same value: `JSON.stringify` escapes only what is below U+0020.
 */
export function printableJSON(json: string): string {
  return json.replace(ACTIVE, escapeUnits);
}
