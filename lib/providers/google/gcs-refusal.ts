import type { LocatedProvider, RefusalMeaning } from '../../provider-contract/provider';
import { isObject, ownMembers } from '../../values/own-members';
import { missingPlace, STORE_MESSAGES } from '../store-refusal';

const OF_THE_RATE = /^(?:rateLimitExceeded|userRateLimitExceeded|quotaExceeded|dailyLimitExceeded)$/;
const OF_THE_CREDENTIAL = /^(?:authError|keyExpired|keyInvalid|required|userProject\w+)$/;

/**
 * Makes the function that classifies refusals of Cloud Storage. A refused media download has a body of JSON or plain
 * text.
 *
 * @param isFixed whether the gateway has fixed the bucket, so that file ids do not name one
 * @see https://cloud.google.com/storage/docs/json_api/v1/status-codes
 */
export function classifyGCSRefusal(isFixed: boolean): NonNullable<LocatedProvider['classifyRefusal']> {
  return function classifyRefusal({ status }, body) {
    const { reason, message } = read(body);
    const meaning = meaningOf(status, reason, message, isFixed);
    return meaning && { ...meaning, ...(reason === '' ? undefined : { upstreamCode: reason }) };
  };
}

/** The texts of refused media downloads, which have no machine-readable reason. */
const PROJECT_WORDS = /\brequester pays\b/i;
const ENCRYPTION_WORDS = /\bcustomer-supplied encryption key\b/i;

function meaningOf(status: number, reason: string, message: string, isFixed: boolean): RefusalMeaning | undefined {
  if (status === 404 && /\bbucket does not exist\b/i.test(message)) return missingPlace(isFixed);
  if (OF_THE_RATE.test(reason)) return { code: 'rate_limited' };
  if (status >= 500) return undefined;
  if (/EncryptionKey|^kms/i.test(reason) || (status === 400 && ENCRYPTION_WORDS.test(message)))
    return { code: 'provider_auth_failed', message: STORE_MESSAGES.encryption };
  if (OF_THE_CREDENTIAL.test(reason) || (status === 400 && PROJECT_WORDS.test(message))) {
    return { code: 'provider_auth_failed' };
  }
  return status === 403 ? { code: 'provider_auth_failed', message: STORE_MESSAGES.denied } : undefined;
}

/** Reads `{ error: { message, errors: [{ reason }] } }` or plain text. */
function read(body: Buffer): { reason: string; message: string } {
  const text = body.toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { reason: '', message: text };
  }
  const outer: unknown = isObject(parsed) ? ownMembers(parsed)['error'] : undefined;
  if (!isObject(outer)) return { reason: '', message: '' };
  const { message, errors } = ownMembers(outer);
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const reason: unknown = isObject(first) ? ownMembers(first)['reason'] : undefined;
  return { reason: typeof reason === 'string' ? reason : '', message: typeof message === 'string' ? message : '' };
}
