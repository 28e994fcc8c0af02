/** What every `Object.prototype` has. */
const BUILT_IN = new Set([
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
]);

const atLoad = Object.getOwnPropertyNames(Object.prototype).filter((name) => BUILT_IN.has(name));
const COUNT = atLoad.length;
const LAST = atLoad.at(-1);

/**
 * Has somebody put a name on `Object.prototype`? Every object then seems to have a member of that name. Asked for each
 * request, because a request may be what put it there; it costs a quarter of a microsecond.
 */
export function isPrototypePolluted(): boolean {
  const names = Object.getOwnPropertyNames(Object.prototype);
  // A name that was added is the last one.
  if (names.length === COUNT && names[COUNT - 1] === LAST) return false;
  return names.some((name) => !BUILT_IN.has(name));
}
