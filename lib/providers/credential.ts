import { FileContentError, isFileContentError } from '../errors';
import type { Credential, CredentialRequest, LocateRequest } from '../provider-contract/provider';
import { describeKind } from '../values/describe-value';
import { invalidOption, invalidResult } from '../values/mistakes';

/** The attempt that a secret is for, and whether the last secret was refused. */
export type CredentialUse = Pick<LocateRequest, 'attempt' | 'refusedCredential'>;

/** Returns the secret for an attempt. The result is a string if the credential is one, so that no promise is needed. */
export type CredentialReader = (use?: CredentialUse) => string | Promise<string>;

/** Makes the argument of a credential function. Undefined unless the last credential was refused. */
export function credentialRequest(use: CredentialUse | undefined): CredentialRequest | undefined {
  return use?.refusedCredential ? Object.freeze({ refused: true, attempt: use.attempt }) : undefined;
}

// The characters of a bearer token or an API key: visible ASCII, with spaces inside. A common mistake is a line break
// at the end of a key that was read from a file.
const HEADER_SAFE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

const A_CREDENTIAL = 'a non-empty string or a function that returns one';

/** Says what stands around a key: the scheme of the header, or the quotes that `docker run --env-file` keeps. */
function wrappingOf(value: string): string | undefined {
  if (value.toLowerCase().startsWith('bearer ')) return 'a string that begins with "Bearer "';
  const first = value.charAt(0);
  return value.length > 1 && (first === '"' || first === "'") && value.endsWith(first)
    ? 'a string in quotes'
    : undefined;
}

export function isCredential(value: unknown): value is Credential {
  return typeof value === 'string' || typeof value === 'function';
}

/**
 * Checks a credential that the provider puts into a header of its own choice, see {@link rawCredentialReader}.
 *
 * @throws TypeError also for a string in quotes or with `Bearer ` before it, which every provider would refuse
 */
export function credentialReader(
  factory: string,
  option: string,
  provider: string,
  credential: Credential | undefined,
): CredentialReader {
  const wrapping = typeof credential === 'string' ? wrappingOf(credential) : undefined;
  if (wrapping !== undefined) throw invalidOption(factory, option, 'the credential alone', wrapping);
  return rawCredentialReader(factory, option, provider, credential);
}

/**
 * Checks a credential at construction. No message holds its value.
 *
 * @throws TypeError for anything but a function or a string that a header can contain
 */
export function rawCredentialReader(
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
    // Called without an argument by default, because functions of SDKs may have another optional first parameter.
    const give = (): string | Promise<string> => (request === undefined ? credential() : credential(request));
    return requireHeaderSafe(option, provider, await obtain(give, provider));
  };
}

/** Requires that a credential function returned text that a header can contain. */
export function requireHeaderSafe(option: string, provider: string, value: unknown): string {
  if (typeof value === 'string' && HEADER_SAFE.test(value)) return value;
  const got = typeof value === 'string' && value !== '' ? 'another string' : describeKind(value);
  const cause = invalidResult(`provider ${provider}: ${option}()`, 'a string that a header can carry', got);
  throw credentialFailure(provider, cause);
}

/** Calls a credential function, whose failure has its own error. */
export async function obtain<T>(give: () => T | Promise<T>, provider: string): Promise<T> {
  try {
    return await give();
  } catch (cause) {
    throw isFileContentError(cause) ? cause : credentialFailure(provider, cause);
  }
}

/** Makes the error for a credential function that failed. The cause is only in the record. */
export function credentialFailure(provider: string, cause: unknown): FileContentError {
  return new FileContentError('resolver_failed', 'The credential of the provider could not be obtained.', {
    provider,
    cause,
  });
}
