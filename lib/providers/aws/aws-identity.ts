import type { CredentialRequest } from '../../provider-contract/provider';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { loadPeer, once } from '../../values/optional-peer';
import { isObject, memberOf, ownMembers } from '../../values/own-members';
import { type CredentialUse, credentialFailure, credentialRequest, obtain } from '../credential';

/** An access key of AWS. */
export interface AWSCredentials {
  /** The key id, which is part of every signature. */
  accessKeyId: string;
  /** The secret that signs requests. It is never sent. */
  secretAccessKey: string;
  /** The session token of temporary credentials. */
  sessionToken?: string | undefined;
  /**
   * When temporary credentials expire. A function whose result has it is called again 5 minutes before. Without it, the
   * function is called for every attempt.
   */
  expiration?: Date | undefined;
}

/** Describes why a credential function is called again: the last credentials were refused. */
export interface AWSCredentialRequest extends CredentialRequest {
  /** Always `true`. The caching functions of AWS's SDK read it. */
  readonly forceRefresh: true;
  /** Never given. Declared because the functions of AWS's SDK declare it. */
  readonly callerClientConfig?: never;
}

/**
 * Returns AWS credentials. If AWS refuses them as no longer valid, it is called again with `{ refused: true }`,
 * otherwise without an argument.
 */
export type AWSCredentialFunction = (request?: AWSCredentialRequest) => AWSCredentials | Promise<AWSCredentials>;

/** The parts of an identity that the signer needs. */
export interface AWSIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** The same as in AWS's SDKs, because a request whose identity expires on the way would be refused. */
const RENEW_BEFORE_MS = 5 * 60_000;
/**
 * The shortest time between renewals, in milliseconds. Refusals of the last identity may arrive late, and a refusal
 * that no identity can prevent must not cause a call for each request.
 */
const NOT_RENEWED_AGAIN_MS = 1_000;
/** New callers do not wait for a call that has taken longer, because it may never end. */
const LONGEST_SHARED_MS = 10_000;

/**
 * Makes the function that returns the identity for signing.
 *
 * @param credentials defaults to the default chain of AWS (environment, profile, web identity, container, instance)
 * @throws TypeError for invalid credentials; the function throws FileContentError `resolver_failed`
 */
export function awsIdentity(
  factory: string,
  provider: string,
  credentials: AWSCredentials | AWSCredentialFunction | undefined,
): (use?: CredentialUse) => Promise<AWSIdentity> {
  if (credentials === undefined) {
    return async function fromDefaultChain(use) {
      const chain = await loadDefaultChain(factory);
      return await checked(provider, () => keptIdentity(chain, credentialRequest(use)));
    };
  }
  if (typeof credentials === 'function') {
    return async function fromFunction(use) {
      return await checked(provider, () => keptIdentity(credentials, credentialRequest(use)));
    };
  }
  const problem = problemOf(credentials);
  if (problem !== undefined) throw invalidOption(factory, ...problem);
  const copy = copyOf(credentials);
  return () => Promise.resolve(copy);
}

// One chain for the process, so that a provider that is made for one request does not load the credentials again.
const sharedChain = once(async () => {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return defaultProvider();
});

function loadDefaultChain(factory: string): Promise<AWSCredentialFunction> {
  return loadPeer(factory, '@aws-sdk/credential-provider-node', sharedChain);
}

async function checked(provider: string, give: () => Promise<unknown>): Promise<AWSIdentity> {
  const identity = await obtain(give, provider);
  const problem = problemOf(identity);
  if (problem !== undefined) throw credentialFailure(provider, invalidOption(provider, ...problem));
  return copyOf(identity as AWSCredentials);
}

interface Kept {
  identity: unknown;
  /** Milliseconds since the epoch. */
  expires: number;
  /** When an identity was last renewed because the store had refused it, in milliseconds since the epoch. */
  renewed: number;
  pending: { readonly result: Promise<unknown>; readonly since: number } | undefined;
}

/** The identities by function, so that providers with the same function share one. */
const KEPT = new WeakMap<AWSCredentialFunction, Kept>();

/**
 * Calls the function, unless its last result is valid for another 5 minutes. Concurrent callers wait for one call and
 * share its result if it has an expiration. Without an expiration the result may be meant for one caller only, so each
 * caller makes its own call. After a failure, the last identity is used until it expires. A refused identity is renewed
 * at most once a second.
 */
async function keptIdentity(give: AWSCredentialFunction, refused: CredentialRequest | undefined): Promise<unknown> {
  const kept = KEPT.get(give) ?? { identity: undefined, expires: 0, renewed: 0, pending: undefined };
  KEPT.set(give, kept);
  const call = (): unknown => (refused === undefined ? give() : give({ ...refused, forceRefresh: true }));
  const isRefused = refused !== undefined && Math.abs(Date.now() - kept.renewed) >= NOT_RENEWED_AGAIN_MS;
  // The store refuses the identity, whatever its expiration.
  if (isRefused) kept.expires = 0;
  if (kept.expires - Date.now() > RENEW_BEFORE_MS) return kept.identity;
  const { pending } = kept;
  if (pending !== undefined && Date.now() - pending.since < LONGEST_SHARED_MS) {
    const shared = await pending.result;
    if (expiresAt(shared) !== undefined) return shared;
    return await call();
  }
  const identity = await renew(call, kept);
  if (isRefused && kept.expires > 0) kept.renewed = Date.now();
  return identity;
}

async function renew(call: () => unknown, kept: Kept): Promise<unknown> {
  const attempt = { result: callAndKeep(call, kept), since: Date.now() };
  kept.pending = attempt;
  try {
    return await attempt.result;
  } finally {
    if (kept.pending === attempt) kept.pending = undefined;
  }
}

async function callAndKeep(call: () => unknown, kept: Kept): Promise<unknown> {
  let identity: unknown;
  try {
    identity = await call();
  } catch (error) {
    if (kept.expires > Date.now()) return kept.identity;
    throw error;
  }
  const expires = expiresAt(identity);
  if (expires !== undefined && problemOf(identity) === undefined) {
    kept.identity = identity;
    kept.expires = expires;
  }
  return identity;
}

function expiresAt(identity: unknown): number | undefined {
  const expiration: unknown =
    typeof identity === 'object' && identity !== null ? memberOf(identity, 'expiration') : undefined;
  const time = expiration instanceof Date ? expiration.getTime() : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const A_TEXT = 'a non-empty string';

/** The invalid member, the expected value, and a description of the given one. */
type Problem = readonly [option: string, expected: string, got: string];

function problemOf(value: unknown): Problem | undefined {
  if (!isObject(value)) return ['credentials', 'an object or a function', describeKind(value)];
  for (const member of ['accessKeyId', 'secretAccessKey'] as const) {
    const text: unknown = memberOf(value, member);
    if (typeof text !== 'string' || text === '') return [`credentials.${member}`, A_TEXT, describeKind(text)];
  }
  const token: unknown = memberOf(value, 'sessionToken');
  const hasToken = token === undefined || (typeof token === 'string' && token !== '');
  return hasToken ? undefined : ['credentials.sessionToken', A_TEXT, describeKind(token)];
}

function copyOf(value: AWSCredentials): AWSIdentity {
  const { accessKeyId, secretAccessKey } = value;
  const sessionToken = memberOf(value, 'sessionToken');
  return ownMembers({
    accessKeyId,
    secretAccessKey,
    ...(typeof sessionToken === 'string' ? { sessionToken } : undefined),
  });
}
