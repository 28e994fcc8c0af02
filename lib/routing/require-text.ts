// UTF-8 cannot write one, so that it would come back as another character.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws TypeError for anything but a non-empty string that UTF-8 can write */
export function requireText(what: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || value === '' || LONE_SURROGATE.test(value)) {
    throw new TypeError(`${what} must be a non-empty string of well-formed Unicode, got ${JSON.stringify(value)}`);
  }
}
