import { types } from 'node:util';
import { callOf } from './own-functions';
import { memberOf } from './own-members';
import { printableJSON } from './printable';

const LONGEST_TEXT = 60;

/** Objects that are easily taken for options, although their contents are not their members. */
const CONTAINERS = new Set([
  'Blob',
  'Date',
  'File',
  'FormData',
  'Headers',
  'Map',
  'Promise',
  'ReadableStream',
  'RegExp',
  'Request',
  'Response',
  'Set',
  'URL',
  'URLSearchParams',
]);

/** Objects of Node and of this package that are easily given in place of another, by members that no other has. */
const KINDS: readonly (readonly [kind: string, functions: readonly string[], texts: readonly string[]])[] = [
  ['a provider', ['locate'], ['name']],
  ['a provider', ['fetchContent'], ['name']],
  ['an HTTP response', ['writeHead', 'setHeader'], []],
  ['an HTTP request', ['pipe'], ['method', 'url']],
  ['a stream', ['pipe'], []],
];

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
  if (tag === 'ArrayBuffer') return 'an ArrayBuffer';
  if (ArrayBuffer.isView(value) || CONTAINERS.has(tag)) return `a ${tag}`;
  if (typeof value === 'object') return types.isNativeError(value) ? 'an error' : kindByMembers(value);
  return typeof value === 'function' ? describeFunction(value) : `a ${typeof value}`;
}

function kindByMembers(value: object): string {
  const has = (type: 'function' | 'string') => (name: string) => typeof memberOrNone(value, name) === type;
  const found = KINDS.find(([, functions, texts]) => functions.every(has('function')) && texts.every(has('string')));
  return found?.[0] ?? 'an object';
}

/** An accessor that throws must not hide the mistake that is being described. */
function memberOrNone(value: object, name: string): unknown {
  try {
    return memberOf(value, name);
  } catch {
    return undefined;
  }
}

/** Names a function of this package, which was probably passed without being called. */
function describeFunction(value: object): string {
  const name = memberOrNone(value, 'name');
  const call = typeof name === 'string' ? callOf(name) : undefined;
  if (call !== undefined) return `the function ${name}, which was not called; write ${call}`;
  const isApplication = typeof memberOrNone(value, 'handle') === 'function';
  return isApplication ? 'an Express router or application' : 'a function';
}

/** Adds what to write to a description, unless it says that already. */
export function withAdvice(described: string, advice: string): string {
  return advice === '' || described.includes('; write ') ? described : `${described}; ${advice}`;
}

/** Like {@link describeKind}, with the names of an object's members. */
export function describeMembers(value: unknown): string {
  if (describeKind(value) !== 'an object') return describeKind(value);
  return `an object with ${Object.keys(Object(value)).slice(0, 20).join(', ') || 'no members'}`;
}
