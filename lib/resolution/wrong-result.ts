import { describeKind, describeMembers, describeValue } from '../values/describe-value';
import { isObject } from '../values/own-members';

const LONGEST_NAME = 60;

/** What to do about a result that is neither a provider nor a resolution, by its kind. */
const ADVICE: Readonly<Record<string, string>> = {
  'a Blob': 'content comes from a provider; write bufferedProvider({ name, fetchContent })',
  'a File': 'content comes from a provider; write bufferedProvider({ name, fetchContent })',
  'a ReadableStream': 'content comes from a provider; write streamProvider({ name, openContent })',
  'a Response': 'content comes from a provider; write streamProvider({ name, openContent })',
  'a URL': 'an address belongs to a provider; write httpProvider({ ... }), or a provider with your own locate()',
  'a function': 'return what it returns',
  'a stream': 'content comes from a provider; write streamProvider({ name, openContent })',
  'an HTTP request': 'return a provider for it',
  'an HTTP response': 'the router responds itself; to refuse, throw fileNotFound() or another FileContentError',
  'an array': 'return one provider',
  'an error': 'throw it',
  'boolean false': 'to refuse, throw fileNotFound(); return undefined to let other routes have the request',
  bytes: 'content comes from a provider; write bufferedProvider({ name, fetchContent })',
};

/** Kinds of objects that may be a resolution or a provider, also as instances of classes. */
const OBJECTS: ReadonlySet<string> = new Set(['a provider', 'an object']);

/** Tells whether a value may be a resolution or a provider: a promise or a list is an object as well. */
export function isCandidate(value: unknown): value is Record<string, unknown> {
  // Nearly every result is a literal. Whatever it holds, its members tell more than a name for its kind.
  return isObject(value) && (isLiteral(value) || OBJECTS.has(describeKind(value)));
}

function isLiteral(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Describes what a resolver returned, and says what to return in its place where that is known. */
export function describeResult(value: unknown): string {
  const kind = describeValue(value);
  const advice = Object.hasOwn(ADVICE, kind) ? ADVICE[kind] : adviceOnText(value);
  return advice === undefined ? kind : `${kind}; ${advice}`;
}

function adviceOnText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? 'return the provider itself' : undefined;
}

/** Members of other objects of a provider, with the function that returns them or takes them. */
const ELSEWHERE: readonly (readonly [members: readonly string[], advice: string])[] = [
  [['body'], 'that is the result of fetchContent; write bufferedProvider({ name, fetchContent })'],
  [['url'], 'that is the result of locate; return a provider with a "locate" function'],
  [['apiKey', 'baseURL', 'bucket'], 'these are options; return a provider, such as openai({ apiKey })'],
];

/** Describes an object with neither the members of a resolution nor those of a provider. */
export function describeOther(value: object): string {
  const found = ELSEWHERE.find(([members]) => members.some((member) => Object.hasOwn(value, member)));
  const name = classOf(value) ?? describeMembers(value);
  return found === undefined ? name : `${name}; ${found[1]}`;
}

/** An SDK's client has dozens of members. The name of its class says more. */
function classOf(value: object): string | undefined {
  const maker: unknown = Reflect.get(value, 'constructor');
  return typeof maker === 'function' && maker.name !== 'Object' && maker.name !== ''
    ? `an instance of ${maker.name.slice(0, LONGEST_NAME)}`
    : undefined;
}
