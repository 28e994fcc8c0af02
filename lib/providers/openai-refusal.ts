import type { RefusalMeaning, UpstreamResponse } from '../provider-contract/provider';
import { readErrorBody } from './error-body';

/** The codes of OpenAI's API and of gateways with its paths, such as LiteLLM. */
const CREDENTIAL_CODES = new Set([
  'invalid_api_key',
  'incorrect_api_key',
  'expired_key',
  'key_expired',
  'token_not_found_in_db',
  'auth_error',
  'authentication_error',
  'AuthenticationError',
]);

const CREDENTIAL_WORDS = /^(?:incorrect|invalid) api key\b|^api key (?:is )?(?:invalid|not valid|expired)\b/i;

/**
 * Classifies refusals of OpenAI and compatible servers. Some respond with 400 to a key that they do not accept (xAI:
 * "Incorrect API key provided"). That is the gateway's key and not the client's mistake. Other refusals are read by
 * their status.
 */
export function classifyOpenAIRefusal({ status }: UpstreamResponse, body: Buffer): RefusalMeaning | undefined {
  if (status !== 400 && status !== 422) return undefined;
  const error = readErrorBody(body);
  if (error === undefined) return undefined;
  const { code = '', type = '', message } = error;
  if (CREDENTIAL_CODES.has(code) || CREDENTIAL_CODES.has(type)) return { code: 'provider_auth_failed' };
  // If only the message says it, the record gets OpenAI's code.
  return CREDENTIAL_WORDS.test(message) ? { code: 'provider_auth_failed', upstreamCode: 'invalid_api_key' } : undefined;
}
