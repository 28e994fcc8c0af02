import { validateHeaderName, validateHeaderValue } from 'node:http';
import { headersThat } from './http/headers';
import { describeValue } from './values/describe-value';
import { didYouMean, misspeltName } from './values/did-you-mean';
import { invalidOption, mistake, unknownOption } from './values/mistakes';
import { isError } from './values/native-error';
import type { Optional } from './values/optional';
import { ownMembers } from './values/own-members';

/** The `error` member of OpenAI's error body, as its SDKs read it. */
export interface OpenAIError {
  /** The text for the user. */
  message: string;
  /** The class of the error, such as `invalid_request_error`. */
  type: string;
  /** The request parameter that the error is about, or `null`. */
  param: string | null;
  /** The machine-readable code, or `null`. */
  code: string | null;
}

interface ErrorKind {
  readonly status: number;
  readonly type: string;
  /** Whether a retry cannot succeed. OpenAI's SDKs are told so, because they otherwise retry every 5xx. */
  readonly permanent: boolean;
}

function kind(status: number, type: string, permanent: boolean): ErrorKind {
  return { status, type, permanent };
}

/**
 * Every error that a client can get from this router, and what `open()` throws where its caller has left. The
 * documentation has a heading for each.
 */
const ERROR_KINDS = {
  invalid_file_id: kind(400, 'invalid_request_error', true),
  invalid_request: kind(400, 'invalid_request_error', true),
  body_not_allowed: kind(400, 'invalid_request_error', true),
  method_not_allowed: kind(405, 'invalid_request_error', true),
  file_not_found: kind(404, 'invalid_request_error', true),
  range_not_satisfiable: kind(416, 'invalid_request_error', true),
  rate_limited: kind(429, 'rate_limit_error', false),
  resolver_failed: kind(500, 'server_error', true),
  provider_unreachable: kind(502, 'upstream_error', false),
  provider_invalid_response: kind(502, 'upstream_error', true),
  provider_auth_failed: kind(502, 'upstream_error', true),
  provider_error: kind(502, 'upstream_error', false),
  too_large: kind(502, 'upstream_error', true),
  overloaded: kind(503, 'server_error', false),
  provider_timeout: kind(504, 'upstream_error', false),
  internal_error: kind(500, 'server_error', false),
  aborted: kind(499, 'invalid_request_error', false),
} as const satisfies Record<string, ErrorKind>;

/** The errors that are about the id. Other errors have no `param` unless one is given. */
const ABOUT_FILE_ID: ReadonlySet<string> = new Set(['invalid_file_id', 'file_not_found']);

/**
 * Names an error that this router can send, or `open()` can throw. Each code has a status, a type and a heading in
 * docs/errors.md.
 */
export type FileContentErrorCode = keyof typeof ERROR_KINDS;

/** Lists every {@link FileContentErrorCode}. */
export const FILE_CONTENT_ERROR_CODES = Object.keys(ERROR_KINDS) as readonly FileContentErrorCode[];

/** Options of a {@link FileContentError}. */
export interface FileContentErrorOptions {
  /** What led to the error. It is written to the record, redacted, and never sent to the client. Defaults to none. */
  cause?: unknown;
  /** The name of the provider that the error is about. Defaults to none. */
  provider?: string | undefined;
  /** Headers of the response, for example `{ 'retry-after': '5' }`. Defaults to `{}`. */
  headers?: Record<string, string> | undefined;
  /**
   * The HTTP status, 400 to 599. Defaults to the code's own status.
   *
   * @see RFC 9110, section 15
   */
  status?: number | undefined;
  /** Replaces OpenAI's `error.param`, `error.type` and `error.code`. Defaults to the values of the code. */
  body?: Optional<Omit<OpenAIError, 'message'>> | undefined;
}

const OPTIONS = ['cause', 'provider', 'headers', 'status', 'body'];

/** The router decides how the response is framed. */
const FRAMING_HEADERS = headersThat((is) => (is('hop-by-hop') && !is('credential')) || is('framing') || is('coding'));

/** @throws TypeError that names the header, never its value. */
function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      const problem = `"headers" has an invalid name or value at ${JSON.stringify(name)}`;
      throw mistake('FileContentError', problem, 'invalid-option');
    }
    if (FRAMING_HEADERS.has(name.toLowerCase())) {
      throw mistake('FileContentError', `"headers" must not set ${name}: the router decides it`, 'invalid-option');
    }
  }
  return Object.freeze(headers);
}

/** A descriptor that inherits none of the members that define an accessor. */
const TRUE: PropertyDescriptor = ownMembers({ value: true });

// A registered symbol is the same in every copy of this package that a process loads; a class is not.
const BRAND = Symbol.for('express-file-content.error');

/**
 * An error that decides the client's response. Throw it from a resolver or a provider.
 *
 * `message` is sent to the client as it is. Put details for the operator into `cause`.
 *
 * @example
 * throw new FileContentError('file_not_found', 'No such file: file-1.');
 */
export class FileContentError extends Error {
  /** Names the error. Compare it instead of the message. */
  readonly code: FileContentErrorCode;
  /**
   * The HTTP status of the response, 400 to 599.
   *
   * @see RFC 9110, section 15
   */
  readonly status: number;
  /** Equals `status`. Express's own error handler reads either. */
  readonly statusCode: number;
  /** Headers of the response. They include `x-should-retry: false` if a retry cannot succeed. */
  readonly headers: Readonly<Record<string, string>>;
  /** The name of the provider that the error is about. Absent if no provider is involved. */
  readonly provider?: string;
  /** The members of OpenAI's error body, except the message. */
  readonly body: Readonly<Omit<OpenAIError, 'message'>>;

  /**
   * Creates an error.
   *
   * @param message is sent to the client as it is
   * @throws TypeError for an unknown code, an unknown option, a status that is not an integer from 400 to 599, or an
   * invalid header
   */
  constructor(code: FileContentErrorCode, message: string, given: FileContentErrorOptions = {}) {
    const options = ownMembers(given);
    const misspelt = misspeltName(options, OPTIONS);
    if (misspelt !== undefined) throw unknownOption('FileContentError', misspelt, OPTIONS);
    if (!Object.hasOwn(ERROR_KINDS, code)) {
      const hint = didYouMean(String(code), FILE_CONTENT_ERROR_CODES);
      throw mistake('FileContentError', `unknown code ${describeValue(code)}${hint}`, 'invalid-option');
    }
    const { status: defaultStatus, type, permanent } = ERROR_KINDS[code];
    const status = options.status ?? defaultStatus;
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw invalidOption('FileContentError', 'status', 'an integer from 400 to 599', describeValue(status));
    }
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FileContentError';
    this.code = code;
    this.status = status;
    this.statusCode = status;
    const isPermanent = permanent && status !== 504;
    this.headers = checkHeaders({ ...(isPermanent ? { 'x-should-retry': 'false' } : undefined), ...options.headers });
    if (options.provider !== undefined) this.provider = options.provider;
    const {
      type: ownType = type,
      param = ABOUT_FILE_ID.has(code) ? 'file_id' : null,
      code: ownCode = code,
    } = ownMembers(options.body ?? {});
    this.body = Object.freeze({ type: ownType, param, code: ownCode });
    Object.defineProperty(this, BRAND, TRUE);
  }

  /** Returns the JSON body that the client gets. */
  toResponseBody(): {
    /** The error as OpenAI's SDKs read it. */
    error: OpenAIError;
  } {
    return { error: { message: this.message, ...this.body } };
  }
}

// Registered for the same reason as the brand: the resolver may come from another copy of this package.
const SHARED = Symbol.for('express-file-content.shared-not-found');

/**
 * Makes the error for a file that does not exist, belongs to another caller, or has an id that was never issued. The
 * router sends the same response for all of them and for a provider's 404, so that the client cannot tell them apart;
 * `cause` gives the reason in the record. A `FileContentError` with the code `file_not_found` keeps its own message
 * instead.
 *
 * @example
 * if (file.owner !== caller) throw fileNotFound({ cause: new Error('of another tenant') });
 *
 */
export function fileNotFound(options?: Pick<FileContentErrorOptions, 'cause' | 'provider'>): FileContentError {
  const error = new FileContentError('file_not_found', 'No such file.', options);
  Object.defineProperty(error, SHARED, TRUE);
  return error;
}

/** Tells whether the error was made by {@link fileNotFound}, so that the router writes its message. */
export function isSharedNotFound(error: FileContentError): boolean {
  return Reflect.get(error, SHARED) === true;
}

/** Makes the error for a failure of the gateway itself. Its cause is not sent. */
export function failedToServe(cause: unknown): FileContentError {
  return new FileContentError('internal_error', 'The gateway failed to serve this file.', { cause });
}

/**
 * Tests whether a value is a {@link FileContentError} of any copy of this package. Use it instead of `instanceof`.
 * Never throws.
 */
export function isFileContentError(error: unknown): error is FileContentError {
  try {
    return isError(error) && Reflect.get(error, BRAND) === true;
  } catch {
    // A proxy or an accessor that throws when it is read.
    return false;
  }
}
