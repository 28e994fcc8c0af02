import type { UpstreamResponse } from '../../provider-contract/provider';
import { isObject, ownMember } from '../../values/own-members';
import { errorMembers } from './error-members';

/** A longer code is cut, because it is a label for logs and metrics. */
const MAX_CODE = 64;

/**
 * Characters that a token cannot contain (RFC 9110, section 5.6.2). They are replaced, so that a code is one word in
 * every log.
 */
const NOT_TOKEN = /[^\w!#$%&'*+.^`|~-]+/g;

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function reasonOf(list: unknown): string | undefined {
  const entry: unknown = Array.isArray(list) ? list[0] : undefined;
  return isObject(entry) ? text(ownMember(entry, 'reason')) : undefined;
}

/**
 * OpenAI and Azure OpenAI (`error.code`, else `error.type`), Anthropic (`error.type`), Google (`error.status`; in the
 * JSON API of Cloud Storage `error.errors[0].reason`), and servers that put the members at the top.
 */
function fromJson(body: string): string | undefined {
  const members = errorMembers(body);
  if (members === undefined) return undefined;
  const { inner } = members;
  return text(inner['code']) ?? text(inner['status']) ?? reasonOf(inner['errors']) ?? text(inner['type']);
}

/** S3, Cloud Storage's XML API and Azure Blob Storage: `<Error><Code>NoSuchKey</Code>…`. */
function fromXml(body: string): string | undefined {
  return text(/<Code>([^<]+)<\/Code>/.exec(body)?.[1]);
}

/** Makes a code of one word, at most 64 token characters and without secrets. Undefined if nothing is left. */
export function cleanUpstreamCode(value: unknown, redact: (text: string) => string): string | undefined {
  const code = text(value);
  // A text with a secret is not a code.
  if (code === undefined || redact(code) !== code) return undefined;
  const word = code.replace(NOT_TOKEN, '_').slice(0, MAX_CODE);
  return /^_*$/.test(word) ? undefined : word;
}

/**
 * Reads the provider's own code for a refusal, such as `NoSuchBucket`: from `x-ms-error-code` (which Azure Storage also
 * sends with HEAD), otherwise from the body's JSON or XML.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
 */
export function readUpstreamCode(response: UpstreamResponse, body: Buffer): string | undefined {
  const header = text(ownMember(response.headers, 'x-ms-error-code'));
  if (header !== undefined) return header;
  // Services of AWS with JSON bodies: `ExpiredTokenException:http://…`.
  const type = text(ownMember(response.headers, 'x-amzn-errortype'));
  if (type !== undefined) return type.replace(/:.*$/s, '');
  const content = body.toString('utf8').replace(/^\uFEFF/, '');
  return fromJson(content) ?? fromXml(content);
}
