import { decoded, readingsOf } from './decoded-forms';

/** One encoded form of a secret. */
interface Needle {
  readonly text: string;
  /**
   * Matches only if no letter or digit is next to it, because short values and plain words also occur inside other
   * words.
   */
  readonly isWord: boolean;
  /** Whether its beginning, cut off at the end of a text, also matches. */
  readonly isCut: boolean;
}

/** `[start, end)` in the original text. */
export type Span = readonly [start: number, end: number];

/** A shorter beginning of a secret reveals nothing. */
const SHORTEST_BEGINNING = 6;

/** Lowers only ASCII letters, so that no position moves. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Returns the Base64 forms of a secret at each of the three possible offsets, without the characters that depend on the
 * neighbouring bytes.
 */
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
  // A short secret is found in Base64 only if it was encoded alone: otherwise too few characters depend only on it.
  const alone = Buffer.from(secret).toString('base64url');
  if (alone.length < 10) needles.push({ text: lowerCase(alone), isWord: true, isCut: false });
  return needles;
}

/** A cache of the forms of recent secrets: a gateway has few credentials, and each is used in many requests. */
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

/** Tells whether no letter or digit is on this side, in the decoded text or in the original. */
function isBoundary(decodedNeighbour: string, writtenNeighbour: string): boolean {
  return !LETTER_OR_DIGIT.test(decodedNeighbour) || !LETTER_OR_DIGIT.test(writtenNeighbour);
}

/**
 * Finds secrets in a text, however they are encoded: percent-encoded (also twice, also in part), escaped for JSON or
 * HTML, in Base64, in hexadecimal, in another letter case, with invisible characters inside, or cut off at the end of
 * the text. The time is proportional to the length of the text times the number of secrets.
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

/** Returns how many characters at the end of a text, before any ellipsis, are the beginning of a secret. */
function beginningAtEnd(text: string, needle: string): number {
  const end = text.replace(/[.…*]{1,8}$/, '');
  for (let length = Math.min(needle.length - 1, end.length); length >= SHORTEST_BEGINNING; length -= 1) {
    const beginning = needle.slice(0, length);
    // A scheme or a plain word does not count.
    if (end.endsWith(beginning)) return /^[a-z]+ ?$/.test(beginning) ? 0 : length;
  }
  return 0;
}
