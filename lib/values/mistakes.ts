import { didYouMean } from './did-you-mean';

/**
 * The page that explains the errors, as a path inside `node_modules`. Every message ends with it. Replace it with a URL
 * once the documentation is published.
 */
export const ERRORS_PAGE = 'express-file-content/docs/errors.md';

/** The headings of that page about mistakes in the gateway's code. */
export const MISTAKES = [
  'unknown-option',
  'invalid-option',
  'conflicting-options',
  'wrong-logger',
  'invalid-result',
] as const;

const LONGEST_NAME = 100;

/** A heading of {@link MISTAKES}. */
export type Mistake = (typeof MISTAKES)[number];

function explained(text: string, heading: Mistake): TypeError {
  const end = /[.?]$/.test(text) ? '' : '.';
  return new TypeError(`${text}${end} See ${ERRORS_PAGE}#${heading}`);
}

/**
 * Makes an error in the form that all messages have: who reports it, what is wrong, where it is explained.
 *
 * @param where the factory or the callback, such as `openai` or `resolveProvider`
 */
export function mistake(where: string, problem: string, heading: Mistake): TypeError {
  return explained(`${where}: ${problem}`, heading);
}

/**
 * Makes the error for an option with a wrong value.
 *
 * @param expected what to write
 * @param got what was given, described without secrets
 */
export function invalidOption(where: string, option: string, expected: string, got: string): TypeError {
  return mistake(where, `"${option}" must be ${expected}, got ${got}`, 'invalid-option');
}

/** Makes the error for an unknown option. */
export function unknownOption(where: string, option: string, known: readonly string[], group = ''): TypeError {
  const name = JSON.stringify(`${group}${option}`);
  return mistake(where, `unknown option ${name}${didYouMean(option, known, group)}`, 'unknown-option');
}

/** Returns the path of a member for a message, such as `models.gpt-4o`, with special characters escaped. */
export function memberPath(group: string, name: string): string {
  return `${group}.${JSON.stringify(name.slice(0, LONGEST_NAME)).slice(1, -1)}`;
}

/** Makes the error for two options that exclude each other. */
export function notBoth(where: string, one: string, other: string): TypeError {
  return mistake(where, `"${one}" and "${other}" must not both be given; leave one out`, 'conflicting-options');
}

/**
 * Makes the error for a callback that returned a value of the wrong kind.
 *
 * @param callback its name, after the factory or the provider that it belongs to: `provider azure: locate()`
 */
export function invalidResult(callback: string, expected: string, got: string): TypeError {
  return explained(`${callback} must return ${expected}, got ${got}`, 'invalid-result');
}

/** Makes the error for a callback's wrong result from a whole message. */
export function resultMistake(text: string): TypeError {
  return explained(text, 'invalid-result');
}

/** Makes the error for a callback that returned an object with an unknown member. */
export function unknownMember(callback: string, member: string, known: readonly string[]): TypeError {
  const problem = `returned the unknown member ${JSON.stringify(member)}${didYouMean(member, known)}`;
  return explained(`${callback} ${problem}`, 'invalid-result');
}
