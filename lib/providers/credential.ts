import { FileContentError, isFileContentError } from '../errors';
import type { Credential, CredentialRequest, LocateRequest } from '../provider';
import { describeKind } from '../values/describe-value';
import { invalidOption, invalidResult } from '../values/mistakes';

/** Which attempt a secret is for, and whether the last one was refused. */
export type CredentialUse = Pick<LocateRequest, 'attempt' | 'refusedCredential'>;

/** Gives the secret of one attempt; a plain string where the credential is one, so that no promise is needed. */
export type CredentialReader = (use?: CredentialUse) => string | Promise<string>;

/** What a credential function is told; nothing unless its last credential was refused. */
export function credentialRequest(use: CredentialUse | undefined): CredentialRequest | undefined {
  return use?.refusedCredential ? Object.freeze({ refused: true, attempt: use.attempt }) : undefined;
}

// What a bearer token or an API key consists of: visible ASCII, and spaces inside. A line break at the end is the usual
// mistake with a key that was read from a file.
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

const A_CREDENTIAL = 'a non-empty string or a function that returns one';

export function isCredential(value: unknown): value is Credential {
  return typeof value === 'string' || typeof value === 'function';
}

/**
 * Checks a credential at construction. No message holds its value.
 *
 * @throws TypeError when it is neither a function nor a string that a header can carry.
 */
export function credentialReader(
  factory: string,
  option: string,
  provider: string,
  credential: Credential | undefined,
): CredentialReader {
  if (typeof credential === 'string') {
    if (credential === '') throw invalidOption(factory, option, A_CREDENTIAL, 'an empty string');
    if (!HEADER_SAFE.test(credential)) {
      const got = 'a string with other characters (a line break or a space at its end?)';
      throw invalidOption(factory, option, 'a string that a header can carry', got);
    }
    return () => credential;
  }
  if (typeof credential !== 'function') {
    throw invalidOption(factory, option, A_CREDENTIAL, describeKind(credential));
  }
  return async function readCredential(use) {
    const request = credentialRequest(use);
    // Without an argument where there is nothing to say: functions of SDKs may have an optional first parameter.
    const give = (): string | Promise<string> => (request === undefined ? credential() : credential(request));
    return requireHeaderSafe(option, provider, await obtain(give, provider));
  };
}

/** What a credential function may give: text that a header can carry. */
export function requireHeaderSafe(option: string, provider: string, value: unknown): string {
  if (typeof value === 'string' && HEADER_SAFE.test(value)) return value;
  const got = typeof value === 'string' && value !== '' ? 'another string' : describeKind(value);
  const cause = invalidResult(`provider ${provider}: ${option}()`, 'a string that a header can carry', got);
  throw credentialFailure(provider, cause);
}

/** Calls what gives a credential; its failure is told apart from the provider's own. */
export async function obtain<T>(give: () => T | Promise<T>, provider: string): Promise<T> {
  try {
    return await give();
  } catch (cause) {
    throw isFileContentError(cause) ? cause : credentialFailure(provider, cause);
  }
}

/** The client is told nothing of the reason; the operator reads the cause in the record. */
export function credentialFailure(provider: string, cause: unknown): FileContentError {
  return new FileContentError('resolver_failed', 'The credential of the provider could not be obtained.', {
    provider,
    cause,
  });
}
