import { errorCode, isError } from './native-error';

const REDACTED = '[redacted]';

/** Shapes that credentials have at the usual providers, for text that repeats one we were never given. */
const CREDENTIAL_SHAPES: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+[\w.~+/=*-]{6,}/gi,
  /\b(?:sk|pk|gsk|xai|rk)-[\w*-]{6,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g,
  /\bya29\.[\w.-]{10,}/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
];

/** Query parameters that sign or authorise a URL (AWS, Google, Azure, common practice). */
const SECRET_PARAMETER =
  /([?&](?:x-amz-[\w-]+|x-goog-[\w-]+|sig|signature|token|access_token|key|api[-_]key|policy|credential)=)[^&\s"'<>]+/gi;

/** Shorter values stand in ordinary words; hiding those would hide the message. */
const SHORTEST_SECRET = 4;

/** `text` without the given secrets and without anything that has the shape of a credential. */
export function redact(text: string, secrets: Iterable<string> = []): string {
  let result = text;
  for (const secret of secrets) result = result.replaceAll(secret, REDACTED);
  result = result.replace(SECRET_PARAMETER, `$1${REDACTED}`);
  for (const shape of CREDENTIAL_SHAPES) result = result.replace(shape, REDACTED);
  return result;
}

/** Everything secret in a request to a provider: header values, with and without their scheme, and signing parameters. */
export function secretsOf(url: URL, headers: Readonly<Record<string, string>>): string[] {
  const secrets: string[] = [];
  for (const value of Object.values(headers)) {
    secrets.push(value, ...value.split(/[\s,;=]+/).filter((part) => part.length >= 12));
  }
  for (const [, start, value] of url.search.matchAll(/([?&][^=&]*=)([^&]*)/g)) {
    if (start === undefined || value === undefined) continue;
    SECRET_PARAMETER.lastIndex = 0;
    if (SECRET_PARAMETER.test(`${start}${value}`)) secrets.push(value);
  }
  for (const [name, value] of url.searchParams) {
    SECRET_PARAMETER.lastIndex = 0;
    if (SECRET_PARAMETER.test(`?${name}=x`)) secrets.push(value);
  }
  // Longest first, so that no part of one is left where a shorter one is inside it.
  return [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST_SECRET).sort((a, b) => b.length - a.length);
}

interface Cause {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** The cause of an error as plain data: a record is printed by loggers that turn an Error into `{}`. */
export function describeCause(cause: unknown): Cause | undefined {
  if (cause === undefined || cause === null) return undefined;
  try {
    return isError(cause) ? describeError(cause) : describeValue(cause);
  } catch {
    // What a gateway's callback throws may itself throw when it is looked at.
    return { name: 'unknown', message: 'what was thrown cannot be read' };
  }
}

function describeValue(value: unknown): Cause {
  const message = typeof value === 'string' ? value.slice(0, 500) : `a value of type ${typeof value} was thrown`;
  return { name: typeof value, message };
}

function describeError(cause: Error): Cause {
  // Connecting to a name with several addresses fails with one error for each (RFC 8305).
  const errors: unknown = Reflect.get(cause, 'errors');
  const error = Array.isArray(errors) && isError(errors[0]) ? errors[0] : cause;
  const code = errorCode(error);
  return {
    name: String(error.name),
    message: String(error.message).slice(0, 500),
    ...(code !== '' && { code }),
  };
}
