import { errorCode, isError } from '../../values/native-error';
import { memberOf } from '../../values/own-members';
import { findSecrets, type Span } from './spellings';

export { secretsOf } from './secrets';

const REDACTED = '[redacted]';

/** The rest of a longer text is dropped: no message needs more. */
const LONGEST_TEXT = 16 * 1024;

/**
 * The shapes of common providers' credentials, for texts that contain a credential which is not known here. Each
 * expression takes linear time.
 */
const CREDENTIAL_SHAPES: readonly RegExp[] = [
  // Does not match "Bearer authentication": a plain word is not a token.
  /\b(?:Bearer|Basic)[ \t]{1,8}(?![A-Za-z]{1,19}\.?(?![\w.~+/=*-]))[\w.~+/=*-]{6,}/gi,
  /\b(?:sk|pk|gsk|xai|rk)-[\w*-]{6,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bya29\.[\w.-]{10,}/g,
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
];

/** Query parameters that sign or authorise a URL (AWS, Google, Azure, common practice). */
const SECRET_PARAMETER =
  /([?&](?:x-amz-[\w-]{1,64}|x-goog-[\w-]{1,64}|sig|signature|token|access_token|(?:api|subscription)?[-_]?key|password|policy|credential)=)[^&\s"'<>]+/gi;

/**
 * Removes the given secrets from a text, however they are encoded, and everything that has the shape of a credential.
 * At most the first 16 Ki characters are kept.
 */
export function redact(text: string, secrets: Iterable<string> = []): string {
  const bounded = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
  let result = withoutSpans(bounded, findSecrets(bounded, secrets));
  result = result.replace(SECRET_PARAMETER, `$1${REDACTED}`);
  for (const shape of CREDENTIAL_SHAPES) result = result.replace(shape, REDACTED);
  return result;
}

function withoutSpans(text: string, spans: readonly Span[]): string {
  let result = '';
  let kept = 0;
  for (const [start, end] of spans.toSorted((a, b) => a[0] - b[0])) {
    if (end <= kept) continue;
    if (start >= kept)
      result += text.slice(kept, start) + (start === kept && result.endsWith(REDACTED) ? '' : REDACTED);
    kept = end;
  }
  return result + text.slice(kept);
}

interface Cause {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

const LONGEST_MESSAGE = 500;

/**
 * Describes the cause of an error as plain data, because some loggers write an Error as `{}`. A text is redacted before
 * it is cut, so that no part of a secret is left at its end.
 */
export function describeCause(cause: unknown, clean: (text: string) => string = redact): Cause | undefined {
  if (cause === undefined || cause === null) return undefined;
  try {
    return isError(cause) ? describeError(cause, clean) : describeValue(cause, clean);
  } catch {
    // A value that a callback throws may itself throw when it is read.
    return { name: 'unknown', message: 'what was thrown cannot be read' };
  }
}

function describeValue(value: unknown, clean: (text: string) => string): Cause {
  const isText = typeof value === 'string';
  const message = isText ? clean(value).slice(0, LONGEST_MESSAGE) : `a value of type ${typeof value} was thrown`;
  return { name: typeof value, message };
}

function describeError(cause: Error, clean: (text: string) => string): Cause {
  // Connecting to a name with several addresses fails with one error for each (RFC 8305).
  const errors = memberOf(cause, 'errors');
  const error = Array.isArray(errors) && isError(errors[0]) ? errors[0] : cause;
  const code = errorCode(error);
  return {
    name: clean(String(error.name)).slice(0, 100),
    message: clean(String(error.message)).slice(0, LONGEST_MESSAGE),
    ...(code !== '' && { code: clean(code).slice(0, 100) }),
  };
}

/**
 * The credentials of one transfer. Most transfers have no text to redact, so only the sources of the credentials are
 * kept, and the credentials are collected for the first such text.
 */
export class KnownSecrets {
  readonly #sources: (() => readonly string[])[] = [];
  #secrets: readonly string[] = [];

  add(source: () => readonly string[]): void {
    this.#sources.push(source);
  }

  /** @returns `text` without the credentials, however they are encoded in it */
  redact(text: string): string {
    const added = this.#sources.splice(0).flatMap((source) => source());
    if (added.length > 0) this.#secrets = [...new Set([...this.#secrets, ...added])];
    return redact(text, this.#secrets);
  }
}
