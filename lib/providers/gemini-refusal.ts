import type { RefusalMeaning, UpstreamResponse } from '../provider-contract/provider';
import { readErrorBody } from './error-body';

/** "You do not have permission to access the File abc or it may not exist." */
const MISSING_FILE = /^[^\n]{0,100}\bpermission to access the file\b[^\n]{0,300}\bmay not exist\b/i;

/** Google's reasons for refusing a key, a token or a project. */
const CREDENTIAL_REASON =
  /^(?:API_KEY_|ACCESS_TOKEN_|ACCOUNT_STATE_|CREDENTIALS_MISSING|CONSUMER_|SERVICE_DISABLED|BILLING_DISABLED)/;

/**
 * Classifies refusals of Gemini. It responds with 403 to a file that does not exist or is older than 48 hours, and with
 * 400 to a key that it does not accept. After HEAD there is only the 403, which is read as a refused credential.
 *
 * @see https://cloud.google.com/service-infrastructure/docs/reference/rest/Shared.Types/ErrorReason
 */
export function classifyGeminiRefusal({ status }: UpstreamResponse, body: Buffer): RefusalMeaning | undefined {
  if (status < 400 || status > 403) return undefined;
  const error = readErrorBody(body);
  if (error === undefined) return undefined;
  const { message, reason } = error;
  if (status === 403 && MISSING_FILE.test(message)) return { code: 'file_not_found' };
  if (reason === undefined && /^api key (?:not valid|expired)\b/i.test(message)) {
    return { code: 'provider_auth_failed', upstreamCode: 'API_KEY_INVALID' };
  }
  const isCredential = reason !== undefined && CREDENTIAL_REASON.test(reason);
  return status === 403 || isCredential ? { code: 'provider_auth_failed', upstreamCode: reason } : undefined;
}
