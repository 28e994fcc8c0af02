import { FileContentError, fileNotFound, type OpenAIError } from '../../errors';
import { upstreamRequestId } from '../../http/response-headers';
import type { LocatedProvider, UpstreamResponse } from '../../provider-contract/provider';
import { isObject, ownMembers } from '../../values/own-members';
import { errorMembers } from './error-members';
import { missingFileCause } from './missing-file';
import { meaningOf, type ReadMeaning, refusePromise } from './refusal-meaning';

/** The most bytes of a refusal that are read. */
export const MAX_REFUSAL_BYTES = 64 * 1024;
const MAX_MESSAGE = 2000;

type Words = { readonly [Member in keyof OpenAIError]?: OpenAIError[Member] | undefined };

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/**
 * OpenAI `{ error: { message, type, param, code } }`, Azure OpenAI and Anthropic (`{ type: 'error', error: { type,
 * message } }`), Google (`{ error: { code: 404, message, status } }`, also inside an array) and vLLM (`{ object:
 * 'error', message, ... }`).
 */
function fromJson(body: string): Words | undefined {
  const members = errorMembers(body);
  if (members === undefined) return undefined;
  const { outer, inner } = members;
  const message = text(inner['message']) ?? text(outer['error']) ?? text(outer['detail']);
  if (message === undefined) return undefined;
  const code = text(inner['code']) ?? text(inner['status']);
  return { message, type: text(inner['type']), param: text(inner['param']), code };
}

const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** S3 and Azure Blob: `<Error><Code>NoSuchKey</Code><Message>…</Message></Error>`. */
function fromXml(body: string): Words | undefined {
  const message = /<Message>([^<]+)<\/Message>/.exec(body)?.[1];
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  if (message === undefined) return undefined;
  const plain = message.replace(/&(lt|gt|amp|quot|apos);/g, (_match, name: keyof typeof ENTITIES) => ENTITIES[name]);
  return { message: plain, code };
}

/** RFC 9110, section 10.2.3: seconds, or a date in one of the three forms of section 5.6.7. */
export const RETRY_AFTER =
  /^(?:\d{1,10}(?:\.\d{1,6})?|(?:Mon|Tues?|Wed|Wednes|Thu|Thurs|Fri|Sat|Satur|Sun)(?:day)?,? [\w :-]{12,30})$/;

/**
 * Returns the headers that tell the client whether and when to retry, and the request id for the provider's support. A
 * header that contains a secret is left out.
 */
function refusalHeaders(response: UpstreamResponse, redact: RefusalOptions['redact']): Record<string, string> {
  const headers: Record<string, string> = {};
  const keep = (name: string, shape: RegExp, value = response.headers[name]): void => {
    if (typeof value === 'string' && shape.test(value) && redact(value) === value) headers[name] = value;
  };
  keep('retry-after', RETRY_AFTER);
  keep('retry-after-ms', /^\d{1,12}(\.\d+)?$/);
  keep('x-should-retry', /^(true|false)$/);
  if (response.status === 416) keep('content-range', /^bytes \*\/\d+$/);
  keep('x-request-id', /^[\x20-\x7e]+$/, upstreamRequestId(response.headers));
  return headers;
}

export interface RefusalOptions {
  readonly provider: string;
  readonly translateRefusal: LocatedProvider['translateRefusal'] | undefined;
  /** The meaning of the refusal. Defaults to that of its status. */
  readonly meaning?: ReadMeaning;
  readonly redact: (text: string) => string;
  /** The path that was requested, for the record. */
  readonly path?: string | undefined;
}

/**
 * Makes the client's error from a provider's 4xx or 5xx. For a missing file, the client gets none of the provider's
 * text, because it could reveal that the file is another caller's; the record has it in the cause. For a refused
 * credential of the gateway, only the text of the provider's `classifyRefusal` is kept.
 */
export function refusalError(response: UpstreamResponse, body: Buffer, options: RefusalOptions): FileContentError {
  const {
    provider,
    translateRefusal,
    redact,
    path,
    meaning: given = meaningOf(response, body, undefined),
  } = ownMembers(options);
  const meaning = ownMembers(given);
  const { code, failure } = meaning;
  const headers = refusalHeaders(response, redact);
  const problem = failure === undefined ? '' : `; it was read by its status, because ${redact(failure.message)}`;
  const cause = new Error(`${provider} answered with status ${response.status}${problem}`);
  const clean = (value: string): string =>
    redact(value)
      .replace(/\p{Cc}+/gu, ' ')
      .slice(0, MAX_MESSAGE);
  const own = text(meaning.message);
  const readWords = () => ownMembers(ownWords(response, body, translateRefusal) ?? commonWords(body) ?? {});
  if (code === 'file_not_found') {
    if (response.status !== 404 || failure !== undefined) return fileNotFound({ cause, provider });
    const { message } = readWords();
    const found = { provider, path, message: message && clean(message), body: body.toString('utf8'), redact };
    return fileNotFound({ cause: missingFileCause(found), provider });
  }
  if (code === 'provider_auth_failed') {
    const message = own === undefined ? "The provider did not accept the gateway's credential." : clean(own);
    return new FileContentError(code, message, { cause, provider, headers });
  }
  const words = readWords();
  const message = own ?? words.message ?? `The provider refused the request with status ${response.status}.`;
  // A failure of the gateway has its own code; the provider's code is in the record.
  const isOfGateway = code === 'resolver_failed' || code === 'internal_error';
  return new FileContentError(code, clean(message), {
    cause,
    provider,
    headers,
    ...(code === 'provider_error' && { status: statusForClient(response.status) }),
    body: isOfGateway
      ? {}
      : {
          ...(words.type !== undefined && { type: clean(words.type) }),
          ...(typeof words.param === 'string' && { param: clean(words.param) }),
          ...(typeof words.code === 'string' && { code: clean(words.code) }),
        },
  });
}

/** A 401 or 407 would tell the client that its own credential was refused. */
function statusForClient(status: number): number {
  return status === 401 || status === 407 ? 502 : status;
}

function ownWords(
  response: UpstreamResponse,
  body: Buffer,
  translateRefusal: LocatedProvider['translateRefusal'],
): Words | undefined {
  try {
    const returned: unknown = translateRefusal?.(response, body);
    refusePromise(returned, 'translateRefusal');
    if (!isObject(returned)) return undefined;
    const { message, type, param, code } = ownMembers(returned);
    return { message: text(message), type: text(type), param: text(param), code: text(code) };
  } catch {
    // The client gets the refusal with the common text (L5).
    return undefined;
  }
}

function commonWords(body: Buffer): Words | undefined {
  const content = body.toString('utf8').replace(/^\uFEFF/, '');
  return fromJson(content) ?? fromXml(content);
}
