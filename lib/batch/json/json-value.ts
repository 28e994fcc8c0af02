import { NumberList } from './number-list';
import { isRawNumber } from './raw-number';

/** A JSON object of unknown shape: a provider's row may be anything. */
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

/** Reads an own member of a JSON object, so that names such as `__proto__` find nothing. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Returns the value of a number, including one that was kept as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return isRawNumber(value) ? Number(value.rawJSON) : undefined;
}

/** Reads a count of tokens. 0 if there is none. */
export function countOf(value: unknown): number {
  const count = numberOf(value) ?? 0;
  return Number.isFinite(count) && count > 0 ? count : 0;
}

/** Reads the HTTP status of a failure, as a number or a string of digits. Undefined for any other code. */
export function statusOf(value: unknown): number | undefined {
  const status = numberOf(value) ?? Number(textOf(value));
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  if (value instanceof NumberList) return value.toArray();
  return Array.isArray(value) ? value : [];
}
