/** A decoded form of a text. For each of its characters, the range in the original text is known. */
interface Reading {
  readonly text: string;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

const ESCAPE =
  /%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\x[0-9a-f]{2}|\\[0-3][0-7]{2}|\\[^ux]|&(?:#\d{1,6}|#x[0-9a-f]{1,6}|[a-z]{2,6});/gi;

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
  ['&nbsp;', ' '],
  ['&sol;', '/'],
  ['&equals;', '='],
  ['&plus;', '+'],
  ['&comma;', ','],
  ['&semi;', ';'],
  ['&colon;', ':'],
  ['&period;', '.'],
  ['&lowbar;', '_'],
  ['&dash;', '-'],
  ['&hyphen;', '-'],
]);

/** Invisible characters that may stand inside a text: controls, soft hyphens, zero-width and direction marks. */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** Enough for double percent-encoding inside JSON inside HTML. */
const MOST_ROUNDS = 4;

function decodeEscape(sequence: string): string {
  if (sequence.startsWith('%')) return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
  if (/^\\[ux]./i.test(sequence)) {
    const unit = Number.parseInt(sequence.replace(/^..\{?/, ''), 16);
    return unit <= 0xffff ? String.fromCharCode(unit) : sequence;
  }
  if (/^\\\d{3}/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence.slice(1), 8));
  if (sequence.startsWith('\\')) return 'bfnrtv'.includes(sequence.charAt(1)) ? '\n' : sequence.slice(1);
  if (!sequence.startsWith('&#')) return ENTITIES.get(sequence.toLowerCase()) ?? sequence;
  const code = /^&#x/i.test(sequence) ? Number.parseInt(sequence.slice(3), 16) : Number.parseInt(sequence.slice(2), 10);
  return code <= 0xffff ? String.fromCharCode(code) : sequence;
}

function asWritten(text: string): Reading {
  const positions = new Uint32Array(text.length + 1);
  for (let index = 0; index < positions.length; index += 1) positions[index] = index;
  return { text, starts: positions, ends: positions.subarray(1) };
}

/** Replaces the matches of `pattern` and keeps the positions in the original. */
function rewrite({ text, starts, ends }: Reading, pattern: RegExp, replace: (match: string) => string): Reading {
  const newStarts = new Uint32Array(text.length);
  const newEnds = new Uint32Array(text.length);
  let result = '';
  let from = 0;
  const keep = (to: number): void => {
    newStarts.set(starts.subarray(from, to), result.length);
    newEnds.set(ends.subarray(from, to), result.length);
    result += text.slice(from, to);
  };
  for (const { 0: match, index } of text.matchAll(pattern)) {
    keep(index);
    const replacement = replace(match);
    newStarts.fill(starts[index] ?? 0, result.length, result.length + replacement.length);
    newEnds.fill(ends[index + match.length - 1] ?? 0, result.length, result.length + replacement.length);
    result += replacement;
    from = index + match.length;
  }
  keep(text.length);
  return { text: result, starts: newStarts, ends: newEnds };
}

/** Returns the text itself, then with one more layer of encoding removed each time. */
function layersOf(outermost: Reading): Reading[] {
  const layers = [outermost];
  for (let reading = outermost; layers.length <= MOST_ROUNDS; ) {
    const inner = rewrite(reading, ESCAPE, decodeEscape);
    if (inner.text === reading.text) break;
    layers.push(inner);
    reading = inner;
  }
  return layers;
}

function withoutInvisible(reading: Reading): Reading {
  return rewrite(reading, INVISIBLE, () => '');
}

/** Returns every form of a text: as it is and decoded, each also without invisible characters. */
export function readingsOf(text: string): Reading[] {
  const layers = layersOf(asWritten(text));
  const isHidden = layers.some((layer) => layer.text.search(INVISIBLE) !== -1);
  return isHidden ? [...layers, ...layers.map(withoutInvisible)] : layers;
}

/** Removes one layer of escapes from a text. */
export function decoded(text: string): string {
  return text.replace(ESCAPE, decodeEscape);
}
