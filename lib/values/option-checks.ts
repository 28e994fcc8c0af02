import { describeValue } from './describe-value';
import { likelyName } from './did-you-mean';

export function fail(option: string, expected: string, given: unknown): never {
  throw new TypeError(`createFileContentRouter: "${option}" must be ${expected}, got ${describeValue(given)}`);
}

export type Plain = Readonly<Record<string, unknown>>;

function hint(name: string, known: readonly string[]): string {
  const likely = likelyName(name, known);
  return likely === undefined ? '' : `. Did you mean \`${likely}\`?`;
}

export function checkObject(option: string, value: unknown, known: readonly string[]): Plain {
  // Without a prototype: what somebody put on Object.prototype is no option.
  if (value === undefined) return Object.create(null);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(option, 'an object', value);
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) {
      const prefix = option === 'options' ? '' : `${option}.`;
      throw new TypeError(
        `createFileContentRouter: unknown option "${prefix}${name}"; write one of ${known.join(', ')}${hint(name, known)}`,
      );
    }
  }
  return Object.assign(Object.create(null), value);
}

/** A group of non-negative numbers: the defaults name what is known, undefined means omitted. */
export function numbers<T extends Record<string, number>>(
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
        `${group}.${name}`,
        accepts === 'limit' ? 'a non-negative integer or Infinity' : 'a non-negative integer',
        value,
      );
  }
  return result as T;
}

/** @throws TypeError for an entry that is not a string, and for one that `problem` objects to */
export function parseHeaderList(
  option: string,
  value: unknown,
  problem: (name: string) => string | undefined,
): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return fail(option, 'an array of header names', value);
  for (const name of value) {
    if (typeof name !== 'string') fail(option, 'an array of header names', name);
    const reason = problem(name);
    if (reason !== undefined)
      throw new TypeError(`createFileContentRouter: "${option}" may not list ${JSON.stringify(name)}: it ${reason}`);
  }
  return value;
}
