/**
 * A member of a caller's object, or of its class. What some package has put on `Object.prototype` is on every object and
 * no member of any.
 */
export function memberOf(object: object, name: string): unknown {
  const value: unknown = Reflect.get(object, name);
  const isForeign = Object.hasOwn(Object.prototype, name) && !Object.hasOwn(object, name);
  return isForeign && value === Reflect.get(Object.prototype, name) ? undefined : value;
}

/** A copy of an object's own members that inherits none. */
export function ownMembers<T extends object>(object: T): T {
  return Object.assign(Object.create(null), object);
}
