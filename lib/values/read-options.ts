import { describeKind, describeValue, withAdvice } from './describe-value';
import { likelyName, suggestedName } from './did-you-mean';
import { invalidOption, mistake, notBoth, unknownOption } from './mistakes';
import { callOf } from './own-functions';
import { isRecord } from './own-members';

/** The names of a factory's options. */
export type Known<T> = Readonly<Record<keyof T, true>>;

/**
 * Copies an options object. Only own members are read, so that a name on `Object.prototype` is not taken for an option.
 * Unknown members are refused, so that a misspelt option fails at construction and not at the first request.
 * `undefined` means omitted. `null` is refused: read as omitted, a missing `baseURL` would send a key to the default
 * host.
 *
 * @param where the factory, which begins the message
 * @throws TypeError for anything but an object, for an unknown option and for `null`
 */
export function readOptions<T extends object>(where: string, options: T, known: Known<T>): Readonly<T> {
  const names = Object.keys(known);
  const kind = describeKind(options);
  if (!isRecord(options) || MISPLACED.has(kind)) {
    throw invalidOption(where, 'options', 'an object', withAdvice(kind, writeInstead(where, names)));
  }
  return copyKnown(where, options, names, '');
}

/** Arguments of callbacks. A function that gets one in place of its options was passed without being called. */
const MISPLACED = new Set(['an HTTP request', 'an HTTP response', 'an error', 'a stream']);

function writeInstead(where: string, names: readonly string[]): string {
  const call = callOf(where);
  if (call === `${where}()`) return `write ${where}({ ${names[0]} })`;
  return call?.startsWith(`${where}({`) ? `write ${call}` : '';
}

/** Like {@link readOptions}, for a group of options such as `timeouts`. An omitted group is empty. */
export function readGroup(
  where: string,
  group: string,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (value === undefined) return Object.create(null);
  if (!isRecord(value)) throw invalidOption(where, group, 'an object', describeKind(value));
  return copyKnown(where, value, known, `${group}.`);
}

function copyKnown<T extends object>(where: string, options: T, known: readonly string[], group: string): Readonly<T> {
  const own: T = Object.assign(Object.create(null), options);
  const strange = group === '' ? onlyUnknown(Object.keys(own), known) : undefined;
  if (strange !== undefined) {
    const problem = withAdvice(`unknown options ${strange}`, writeInstead(where, known));
    throw mistake(where, `${problem}; was ${where} passed without being called?`, 'unknown-option');
  }
  for (const [option, value] of Object.entries(own)) {
    if (!known.includes(option)) throw unknownOption(where, option, known, group);
    if (value === null) throw invalidOption(where, `${group}${option}`, 'left out or have a value', 'null');
  }
  return Object.freeze(own);
}

/** Returns the names if none is even similar to an option: then this is the argument of a callback, and no options. */
function onlyUnknown(names: readonly string[], known: readonly string[]): string | undefined {
  if (names.length < 2 || names.some((name) => known.includes(name) || suggestedName(name, known) !== undefined))
    return;
  return names.slice(0, 5).join(', ');
}

/** @throws TypeError for anything but a non-empty string; the message does not show the value */
export function requireText(where: string, option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidOption(where, option, 'a non-empty string', describeKind(value));
}

/** @throws TypeError for anything but a non-empty string or `undefined` */
export function optionalText(where: string, option: string, value: unknown): string | undefined {
  return value === undefined ? undefined : requireText(where, option, value);
}

/** @throws TypeError for anything but a boolean or `undefined` */
export function optionalFlag(where: string, option: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalidOption(where, option, 'true or false', describeValue(value));
}

/** @throws TypeError for anything but a function or `undefined` */
export function optionalFunction<T>(where: string, option: string, value: T): T {
  if (value === undefined || typeof value === 'function') return value;
  throw invalidOption(where, option, 'a function', describeKind(value));
}

/** @throws TypeError for anything but an array or `undefined`, which gives an empty one */
export function optionalList<T>(where: string, option: string, value: readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidOption(where, option, 'an array', describeKind(value));
  return [...value];
}

/** @throws TypeError for anything but an object whose members are strings, or `undefined` */
export function optionalStrings(where: string, option: string, value: unknown): void {
  if (value === undefined) return;
  if (!isRecord(value)) throw invalidOption(where, option, 'an object of strings', describeKind(value));
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalidOption(where, `${option}.${name}`, 'a string', describeKind(text));
  }
}

/** The longest delay of a timer, in milliseconds: `setTimeout` treats a longer one as 1 ms. */
export const LONGEST_TIMER = 2_147_483_647;

/** @throws TypeError for anything but an integer from `least` to `most` */
export function requireInteger(where: string, option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw invalidOption(where, option, `an integer from ${least} to ${most}`, describeValue(value));
}

/** @throws TypeError for anything but one of the words; the likely one is named */
export function requireOneOf<T extends string>(where: string, option: string, value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const choice = words.map((word) => `'${word}'`).join(words.length === 2 ? ' or ' : ', ');
  const expected = words.length === 2 ? choice : `one of ${choice}`;
  const likely = typeof value === 'string' ? likelyName(value, words) : undefined;
  const hint = likely === undefined ? '' : `. Did you mean '${likely}'?`;
  throw mistake(where, `"${option}" must be ${expected}, got ${describeKind(value)}${hint}`, 'invalid-option');
}

/** @throws TypeError if more than one of the options is given */
export function requireAtMostOne(where: string, options: Readonly<Record<string, unknown>>): void {
  const [one, other] = Object.keys(options).filter((name) => options[name] !== undefined);
  if (one !== undefined && other !== undefined) throw notBoth(where, one, other);
}

/** @throws TypeError unless exactly one of the options is given */
export function requireExactlyOne(where: string, options: Readonly<Record<string, unknown>>): void {
  requireAtMostOne(where, options);
  const names = Object.keys(options);
  if (names.some((name) => options[name] !== undefined)) return;
  const list = names.map((name) => `"${name}"`).join(names.length === 2 ? ' and ' : ', ');
  throw mistake(where, `one of ${list} must be given`, 'conflicting-options');
}
