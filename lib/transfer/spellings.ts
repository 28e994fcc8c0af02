/**
 * A text as somebody who decodes it would read it; each character knows the part of the original that it stands for.
 */
interface Reading {
  readonly text: string;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** One form in which a secret may be written. */
interface Needle {
  readonly text: string;
  /** Found only where no letter or digit is next to it: short values and plain words also stand inside other words. */
  readonly isWord: boolean;
  /** A beginning of it at the end of a text is hidden as well. */
  readonly isCut: boolean;
}

/** `[start, end)` in the original text. */
export type Span = readonly [start: number, end: number];

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

/**
 * Written between the characters of a text without being seen: controls, soft hyphens, zero-width and direction marks.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\u2028\u2029]+/gu;

/** A percent-encoding of a percent-encoding, inside JSON, inside HTML; nobody encodes more often. */
const MOST_ROUNDS = 4;

/** A part of a secret that is shorter than this tells nothing. */
const SHORTEST_BEGINNING = 6;

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

/** Replaces what `pattern` finds and keeps the positions in the original. */
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

/** The reading, then with one layer of encoding after the other taken off. */
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

/** Every way to read a text: as it stands and decoded, each also without what is invisible. */
function readingsOf(text: string): Reading[] {
  const layers = layersOf(asWritten(text));
  const isHidden = layers.some((layer) => layer.text.search(INVISIBLE) !== -1);
  return isHidden ? [...layers, ...layers.map(withoutInvisible)] : layers;
}

/** ASCII alone, so that no position moves. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function decoded(text: string): string {
  return text.replace(ESCAPE, decodeEscape);
}

/** What Base64 makes of a text wherever the secret begins in it: the characters that no neighbour has a part in. */
function base64Of(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const whole = text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
    return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function needlesOf(secret: string): Needle[] {
  const spellings = new Set<string>();
  for (const form of [secret, decoded(secret)]) {
    spellings.add(form);
    spellings.add(form.replaceAll(' ', '+'));
    spellings.add(Buffer.from(form).toString('latin1'));
  }
  const isWord = secret.length < 8 || (secret.length < 16 && /^[a-z]+$/i.test(secret));
  const needles: Needle[] = [];
  for (const text of spellings) needles.push({ text: lowerCase(text), isWord, isCut: true });
  for (const text of new Set([...base64Of(secret), Buffer.from(secret).toString('hex')])) {
    if (text.length >= 7) needles.push({ text: lowerCase(text), isWord: false, isCut: false });
  }
  // Of a short secret, only what stands alone: the characters that it shares with no neighbour would be too few.
  const alone = Buffer.from(secret).toString('base64url');
  if (alone.length < 10) needles.push({ text: lowerCase(alone), isWord: true, isCut: false });
  return needles;
}

/**
 * The needles of the secrets that were last looked for: a gateway has few credentials, and each stands in many
 * requests.
 */
const known = new Map<string, readonly Needle[]>();
const MOST_KNOWN = 256;

function cachedNeedlesOf(secret: string): readonly Needle[] {
  let needles = known.get(secret);
  if (needles === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    needles = needlesOf(secret);
    known.set(secret, needles);
  }
  return needles;
}

const LETTER_OR_DIGIT = /[a-z0-9]/i;

/** Is there no letter or digit at this side, as the text is decoded or as it is written? */
function isBoundary(decodedNeighbour: string, writtenNeighbour: string): boolean {
  return !LETTER_OR_DIGIT.test(decodedNeighbour) || !LETTER_OR_DIGIT.test(writtenNeighbour);
}

/**
 * Where the secrets stand in a text, whatever their spelling: percent-encoded (also twice, also in part), escaped for
 * JSON or HTML, Base64, hexadecimal, in other letter case, with invisible characters inside, cut off at the end of the
 * text. Takes time in proportion to the text's length times the number of secrets.
 */
export function findSecrets(text: string, secrets: Iterable<string>): Span[] {
  const spans: Span[] = [];
  const readings = readingsOf(text).map((reading) => ({ ...reading, folded: lowerCase(reading.text) }));
  for (const secret of secrets) {
    for (const { text: needle, isWord, isCut } of cachedNeedlesOf(secret)) {
      for (const { folded, starts, ends } of readings) {
        for (let at = folded.indexOf(needle); at !== -1; at = folded.indexOf(needle, at + needle.length)) {
          const [start, end] = [starts[at] ?? 0, ends[at + needle.length - 1] ?? 0];
          const stands =
            !isWord ||
            (isBoundary(folded.charAt(at - 1), text.charAt(start - 1)) &&
              isBoundary(folded.charAt(at + needle.length), text.charAt(end)));
          if (stands) spans.push([start, end]);
        }
        const cut = isCut ? beginningAtEnd(folded, needle) : 0;
        if (cut > 0) {
          const last = folded.replace(/[.…*]{1,8}$/, '').length;
          spans.push([starts[last - cut] ?? 0, ends[last - 1] ?? 0]);
        }
      }
    }
  }
  return spans;
}

/** How many characters at the end of a text, dots of an ellipsis left out, are the beginning of a secret. */
function beginningAtEnd(text: string, needle: string): number {
  const end = text.replace(/[.…*]{1,8}$/, '');
  for (let length = Math.min(needle.length - 1, end.length); length >= SHORTEST_BEGINNING; length -= 1) {
    const beginning = needle.slice(0, length);
    // A scheme or a word alone is no part of a secret.
    if (end.endsWith(beginning)) return /^[a-z]+ ?$/.test(beginning) ? 0 : length;
  }
  return 0;
}
