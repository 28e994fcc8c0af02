import { didYouMean } from './did-you-mean';

/**
 * The page that explains the errors, as a path inside `node_modules`. Once the documentation has a public address,
 * write that here: every message ends with it.
 */
export const ERRORS_PAGE = 'express-file-content/docs/errors.md';

/** The headings of that page for mistakes in the gateway's own code. */
export const MISTAKES = [
  'unknown-option',
  'invalid-option',
  'conflicting-options',
  'wrong-logger',
  'invalid-result',
] as const;

const LONGEST_NAME = 100;

/** One of the headings. */
export type Mistake = (typeof MISTAKES)[number];

function explained(text: string, heading: Mistake): TypeError {
  const end = /[.?]$/.test(text) ? '' : '.';
  return new TypeError(`${text}${end} See ${ERRORS_PAGE}#${heading}`);
}

/**
 * An error in the one form that all messages have: who complains, what is wrong, where it is explained.
 *
 * @param where the factory or the callback, such as `openai` or `resolveProvider`
 */
export function mistake(where: string, problem: string, heading: Mistake): TypeError {
  return explained(`${where}: ${problem}`, heading);
}

/**
 * An option has a wrong value.
 *
 * @param expected what to write
 * @param got what was given, described without secrets
 */
export function invalidOption(where: string, option: string, expected: string, got: string): TypeError {
  return mistake(where, `"${option}" must be ${expected}, got ${got}`, 'invalid-option');
}

/** An option has a name that is not known. */
export function unknownOption(where: string, option: string, known: readonly string[], group = ''): TypeError {
  const name = JSON.stringify(`${group}${option}`);
  return mistake(where, `unknown option ${name}${didYouMean(option, known, group)}`, 'unknown-option');
}

/** The name of a member in a message: `models.gpt-4o`, whatever characters a name has. */
export function memberPath(group: string, name: string): string {
  return `${group}.${JSON.stringify(name.slice(0, LONGEST_NAME)).slice(1, -1)}`;
}

/** Two options exclude each other. */
export function notBoth(where: string, one: string, other: string): TypeError {
  return mistake(where, `"${one}" and "${other}" must not both be given; leave one out`, 'conflicting-options');
}

/**
 * A callback returned something that cannot be used.
 *
 * @param callback its name, after the factory or the provider that it belongs to: `provider azure: locate()`
 */
export function invalidResult(callback: string, expected: string, got: string): TypeError {
  return explained(`${callback} must return ${expected}, got ${got}`, 'invalid-result');
}

/** A callback returned something that cannot be used, in words of its own. */
export function resultMistake(text: string): TypeError {
  return explained(text, 'invalid-result');
}

/** A callback returned an object with a member that is not known. */
export function unknownMember(callback: string, member: string, known: readonly string[]): TypeError {
  const problem = `returned the unknown member ${JSON.stringify(member)}${didYouMean(member, known)}`;
  return explained(`${callback} ${problem}`, 'invalid-result');
}
