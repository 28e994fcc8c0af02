import { describeValue } from './describe-value';
import { invalidOption, mistake } from './mistakes';
import { readGroup, readOptions } from './read-options';

export function fail(where: string, option: string, expected: string, given: unknown): never {
  throw invalidOption(where, option, expected, describeValue(given));
}

export type Plain = Readonly<Record<string, unknown>>;

export function checkObject(where: string, option: string, value: unknown, known: readonly string[]): Plain {
  if (option !== 'options') return readGroup(where, option, value, known);
  const names: Record<string, true> = Object.fromEntries(known.map((name) => [name, true]));
  return readOptions<Record<string, unknown>>(where, value as Record<string, unknown>, names);
}

/** Reads a group of non-negative numbers. The defaults name the known members; undefined means omitted. */
export function numbers<T extends Record<string, number>>(
  where: string,
  group: string,
  given: Plain,
  defaults: T,
  accepts: 'integer' | 'limit',
): T {
  const result: Record<string, number> = { ...defaults };
  for (const name of Object.keys(defaults)) {
    const value = given[name];
    if (value === undefined) continue;
    const isInteger = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
    if (isInteger || (accepts === 'limit' && value === Infinity)) result[name] = value as number;
    else
      fail(
        where,
        `${group}.${name}`,
        accepts === 'limit' ? 'a non-negative integer or Infinity' : 'a non-negative integer',
        value,
      );
  }
  return result as T;
}

/** @throws TypeError for an entry that is not a string or for which `problem` returns a reason */
export function parseHeaderList(
  where: string,
  option: string,
  value: unknown,
  problem: (name: string) => string | undefined,
): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return fail(where, option, 'an array of header names', value);
  for (const name of value) {
    if (typeof name !== 'string') fail(where, option, 'an array of header names', name);
    const reason = problem(name);
    if (reason !== undefined) {
      throw mistake(where, `"${option}" must not list ${JSON.stringify(name)}: it ${reason}`, 'invalid-option');
    }
  }
  return value;
}
