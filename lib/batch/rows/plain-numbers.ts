import { NumberList } from '../json/number-list';
import { isRawNumber, type RawNumber } from '../json/raw-number';

/**
 * Converts numbers kept as text to JavaScript's numbers, in place, as `JSON.parse` would have read them. Only integers
 * that JavaScript cannot represent, and numbers that are too large, stay text; `JSON.stringify` writes them unchanged.
 */
export function withPlainNumbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawNumber(value)) return plain(value);
  if (value instanceof NumberList) return plainList(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      if (typeof item === 'object') value[index] = withPlainNumbers(item);
    }
    return value;
  }
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'object' || member === null) continue;
    const actual = withPlainNumbers(member);
    // An assignment to `__proto__` would set the prototype.
    if (actual !== member) Reflect.defineProperty(value, name, { value: actual });
  }
  return value;
}

function plain(number: RawNumber): number | RawNumber {
  const value = Number(number.rawJSON);
  if (!Number.isFinite(value)) return number;
  if (Number.isSafeInteger(value) || !/^-?\d{1,400}$/.test(number.rawJSON)) return value;
  return BigInt(number.rawJSON) === BigInt(value) ? value : number;
}

function plainList(list: NumberList): readonly unknown[] {
  const values = JSON.parse(list.text) as readonly number[];
  const isPlain = values.every((value) => Number.isSafeInteger(value) || !Number.isInteger(value));
  return isPlain && !values.includes(Infinity) && !values.includes(-Infinity)
    ? values
    : list.toArray().map(withPlainNumbers);
}
