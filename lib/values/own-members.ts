import { types } from 'node:util';

/** Tells whether a value is an object and not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Tells whether a value is an object whose contents are its members. Those of a `Map`, a `Headers` or a `Date` are not:
 * read member by member, such an object would be empty.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !isCollection(value) && !types.isDate(value) && !types.isPromise(value);
}

function isCollection(value: object): boolean {
  const iterator: unknown = Reflect.get(value, Symbol.iterator);
  return iterator !== undefined && iterator !== Reflect.get(Object.prototype, Symbol.iterator);
}

/** Tells whether a value is a promise of any library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}

/**
 * Reads a member of a caller's object or of its class. A name that some package added to `Object.prototype` is ignored.
 */
export function memberOf(object: object, name: string): unknown {
  const value: unknown = Reflect.get(object, name);
  // Most members of a provider are absent.
  if (value === undefined) return undefined;
  const isForeign = Object.hasOwn(Object.prototype, name) && !Object.hasOwn(object, name);
  return isForeign && value === Reflect.get(Object.prototype, name) ? undefined : value;
}

/**
 * Instances inherit nothing. V8 stores them like other objects, but would store `Object.create(null)` as a slower hash
 * table.
 */
class Bare {}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, 'constructor');
Object.freeze(Bare.prototype);

/** Reads one own member of an object, without the cost of {@link ownMembers}. */
export function ownMember<T extends object, K extends keyof T>(object: T, name: K): T[K] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Copies an object's own members to an object that inherits nothing. */
export function ownMembers<T extends object>(object: T): T {
  return Object.assign(new Bare(), object);
}

/**
 * Takes from a new object all that it inherits. It keeps its layout: member after member, as {@link ownMembers} adds
 * them, V8 makes a hash table of some twenty, which takes fifteen times as long to copy.
 */
export function withoutInherited<T extends object>(object: T): T {
  return Object.setPrototypeOf(object, Bare.prototype);
}
