import { NumberList } from './number-list';
import { isRawNumber } from './raw-number';

/** Narrowing for JSON of which nothing is known: a provider's row may have any shape. */
export type JSONObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JSONObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !isRawNumber(value) &&
    !(value instanceof NumberList)
  );
}

/** The own member of a JSON object, so that `__proto__` and its like find nothing. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value of a number, also of one that was kept as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/** A count of tokens; 0 where there is none. */
export function countOf(value: unknown): number {
  const count = numberOf(value) ?? 0;
  return Number.isFinite(count) && count > 0 ? count : 0;
}

/** An HTTP status of a failure, as a number or in digits; undefined for any other code. */
export function statusOf(value: unknown): number | undefined {
  const status = numberOf(value) ?? Number(textOf(value));
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  if (value instanceof NumberList) return value.toArray();
  return Array.isArray(value) ? value : [];
}
