import { ownMembers } from './own-members';

/** The members that every `Object.prototype` has. */
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

/** Whether no name was found in this turn of the event loop that cannot be enumerated. */
let isKnownClean = false;

function forget(): void {
  isKnownClean = false;
}

/**
 * Tells whether some code has added a name to `Object.prototype`, which makes every object seem to have that member.
 * Call it for each request, because a request may have caused it. A name that can be enumerated, as an assignment adds
 * it, is found at once and at no cost. For any other the list of all names is needed, which takes almost a microsecond,
 * so it is made once in a turn of the event loop.
 */
export function isPrototypePolluted(): boolean {
  for (const _name in Object.prototype) return true;
  if (isKnownClean) return false;
  const names = Object.getOwnPropertyNames(Object.prototype);
  // An added name comes last.
  isKnownClean = names.length === COUNT && names[COUNT - 1] === LAST;
  if (isKnownClean) setImmediate(forget);
  return !isKnownClean && names.some((name) => !BUILT_IN.has(name));
}

/** Returns an object of which absent members are absent, whatever some package has put on `Object.prototype`. */
export function unpolluted<T extends object>(object: T): T {
  return isPrototypePolluted() ? ownMembers(object) : object;
}
