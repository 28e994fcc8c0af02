/** Is the value an object, and not an array? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Is the value a promise, of whatever library? */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}

/**
 * A member of a caller's object, or of its class. What some package has put on `Object.prototype` is on every object
 * and no member of any.
 */
export function memberOf(object: object, name: string): unknown {
  const value: unknown = Reflect.get(object, name);
  const isForeign = Object.hasOwn(Object.prototype, name) && !Object.hasOwn(object, name);
  return isForeign && value === Reflect.get(Object.prototype, name) ? undefined : value;
}

/**
 * Its objects inherit nothing, and V8 gives them a layout like any others; one without a prototype would be a hash
 * table.
 */
class Bare {}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, 'constructor');
Object.freeze(Bare.prototype);

/** An object's own member, where a copy of all would be too much. */
export function ownMember<T extends object, K extends keyof T>(object: T, name: K): T[K] | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** A copy of an object's own members that inherits none. */
export function ownMembers<T extends object>(object: T): T {
  return Object.assign(new Bare(), object);
}
