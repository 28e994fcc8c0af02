/** A wrong value as an error message may show it: strings quoted and cut, objects by their kind alone, since they may hold secrets. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, 60));
    case 'object':
      return 'an object';
    case 'function':
      return 'a function';
    default:
      return `${typeof value} ${String(value)}`.replace(/^undefined undefined$/, 'undefined');
  }
}
