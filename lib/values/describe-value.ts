import { types } from 'node:util';
import { printableJSON } from './printable';

const LONGEST_TEXT = 60;

/** Objects that are easily taken for options, although their contents are not their members. */
const CONTAINERS = new Set(['Date', 'FormData', 'Headers', 'Map', 'Promise', 'Set', 'URL', 'URLSearchParams']);

/**
 * Describes a wrong value for an error message: strings are quoted and cut, objects are named by their kind. Use it
 * only for values that are never secret; use {@link describeKind} for the others.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return printableJSON(JSON.stringify(value.slice(0, LONGEST_TEXT)));
    case 'number':
    case 'boolean':
    case 'bigint':
      return `${typeof value} ${String(value)}`;
    default:
      return describeKind(value);
  }
}

/** Describes only the kind of a wrong value, because the value itself may be a secret. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'an array';
  if (types.isUint8Array(value)) return 'bytes';
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (ArrayBuffer.isView(value) || CONTAINERS.has(tag)) return `a ${tag}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Like {@link describeKind}, with the names of an object's members. */
export function describeMembers(value: unknown): string {
  if (describeKind(value) !== 'an object') return describeKind(value);
  return `an object with ${Object.keys(Object(value)).slice(0, 20).join(', ') || 'no members'}`;
}
