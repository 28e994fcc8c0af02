import { types } from 'node:util';
import {
  FILE_CONTENT_ERROR_CODES,
  FileContentError,
  type FileContentErrorCode,
  failedToServe,
  fileNotFound,
  isFileContentError,
  isSharedNotFound,
  type OpenAIError,
} from '../errors';

/**
 * Names and values of an error's headers together; Node's HTTP clients refuse a response whose headers exceed 16 KiB.
 */
const MAX_HEADER_BYTES = 8 * 1024;

const MEMBERS = ['code', 'message', 'status', 'headers', 'body', 'provider', 'cause'];

/**
 * Checks every value that the gateway's code throws before it is recorded or sent. An error of this class with valid
 * members is returned as it is. An error of another copy of the package, a subclass with accessors, or a proxy is read
 * once and copied. An error that cannot be sent (its message is not a string, its code is unknown, a getter throws)
 * becomes `internal_error`, whose cause names the member.
 *
 * @returns undefined if `thrown` is not a `FileContentError`
 */
export function asFileContentError(thrown: unknown): FileContentError | undefined {
  if (!isFileContentError(thrown)) return undefined;
  try {
    const copy = copyOf(thrown);
    return isPlain(thrown) ? thrown : copy;
  } catch (problem) {
    return failedToServe(new TypeError(`a FileContentError that cannot be sent was thrown: ${textOf(problem)}`));
  }
}

/**
 * Returns a thrown value as the cause of an error. `throw undefined` gets an error of its own, so that the record shows
 * it.
 */
export function causeOf(thrown: unknown): unknown {
  return thrown ?? new TypeError(`${thrown} was thrown`);
}

/**
 * Tells whether every member is data (no accessor, no proxy) in the form that this class gives it, so that reading it
 * twice gives the same value.
 */
function isPlain(error: FileContentError): boolean {
  let holder: object | null = error;
  for (; holder !== FileContentError.prototype; holder = Object.getPrototypeOf(holder)) {
    if (holder === null || types.isProxy(holder) || Object.hasOwn(holder, 'toResponseBody')) return false;
    for (const name of MEMBERS) {
      const descriptor = Object.getOwnPropertyDescriptor(holder, name);
      if (descriptor !== undefined && !('value' in descriptor)) return false;
    }
  }
  return isFrozenText(error.headers) && isFrozenText(error.body);
}

function isFrozenText(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || types.isProxy(value) || !Object.isFrozen(value)) return false;
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    (descriptor) => descriptor.value === null || typeof descriptor.value === 'string',
  );
}

function isStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599;
}

/** @throws TypeError for an invalid member, or the value that an accessor throws */
function copyOf(error: FileContentError): FileContentError {
  const member = (name: string): unknown => Reflect.get(error, name);
  const code = member('code');
  if (!isCode(code)) throw new TypeError('"code" is not an error code');
  const status = member('status');
  if (!isStatus(status)) throw new TypeError('"status" is not an integer from 400 to 599');
  const { message, body } = wordsOf(error);
  const provider = member('provider');
  const cause = member('cause');
  if (isSharedNotFound(error)) return fileNotFound({ cause });
  return new FileContentError(code, message, {
    ...(cause !== undefined && { cause }),
    headers: checkedHeaders(member('headers')),
    status,
    body,
    ...(typeof provider === 'string' && { provider }),
  });
}

function isCode(value: unknown): value is FileContentErrorCode {
  return FILE_CONTENT_ERROR_CODES.some((code) => code === value);
}

/** Returns the message and body from the error's own `toResponseBody`, which a subclass may override. */
function wordsOf(error: FileContentError): { message: string; body: Partial<Omit<OpenAIError, 'message'>> } {
  const own: unknown = Reflect.get(error, 'toResponseBody');
  const isOwn = typeof own === 'function' && own !== FileContentError.prototype.toResponseBody;
  const words: unknown = isOwn
    ? Reflect.get(Object(atOnce(Reflect.apply(own, error, []))), 'error')
    : { message: Reflect.get(error, 'message'), ...Object(Reflect.get(error, 'body')) };
  const { message, type, param, code } = Object(words) as Record<string, unknown>;
  if (typeof message !== 'string') throw new TypeError('"message" is not a string');
  const body: Partial<Omit<OpenAIError, 'message'>> = {};
  if (typeof type === 'string') body.type = type;
  else if (type !== undefined) throw new TypeError('"body.type" is not a string');
  for (const [name, value] of [
    ['param', param],
    ['code', code],
  ] as const) {
    if (value === null || typeof value === 'string') body[name] = value;
    else if (value !== undefined) throw new TypeError(`"body.${name}" is neither a string nor null`);
  }
  return { message, body };
}

/** @throws TypeError for a promise, whose rejection would otherwise end the process */
function atOnce(words: unknown): unknown {
  if (!types.isPromise(words)) return words;
  words.catch(() => undefined);
  throw new TypeError('"toResponseBody" returns a promise');
}

function checkedHeaders(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) throw new TypeError('"headers" is not an object');
  const checked: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new TypeError(`"headers" has a value at ${JSON.stringify(name.slice(0, 60))} that is not a string`);
    }
    checked[name] = String(value);
    size += name.length + checked[name].length;
    if (size > MAX_HEADER_BYTES) throw new TypeError(`"headers" are larger than ${MAX_HEADER_BYTES} bytes`);
  }
  return checked;
}

/** The value that an accessor threw may throw again when it is read. */
function textOf(problem: unknown): string {
  try {
    return problem instanceof TypeError ? problem.message.slice(0, 200) : 'a member cannot be read';
  } catch {
    return 'a member cannot be read';
  }
}
