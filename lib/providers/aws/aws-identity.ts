import type { CredentialRequest } from '../../provider';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { isObject, memberOf, ownMembers } from '../../values/own-members';
import { type CredentialUse, credentialFailure, credentialRequest, obtain } from '../credential';
import { loadPeer, once } from '../optional-peer';

/** An access key of AWS. */
export interface AWSCredentials {
  /** Names the key; it is seen in every signature. */
  accessKeyId: string;
  /** Signs, and is never sent. */
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string | undefined;
  /**
   * When temporary credentials stop working. A function whose result has it is called again 5 minutes before.
   * Undefined: the function is called for every attempt.
   */
  expiration?: Date | undefined;
}

/** What a function that gives AWS credentials is told when the last ones were refused. */
export interface AWSCredentialRequest extends CredentialRequest {
  /** Always `true`, as the functions of AWS's SDK that keep identities read it. */
  readonly forceRefresh: true;
  /** Never given. It is here because the functions of AWS's SDK declare it. */
  readonly callerClientConfig?: never;
}

/**
 * Gives AWS credentials. When S3 says that the last ones are not valid any more, it is called once more, with
 * `{ refused: true }`; otherwise without an argument.
 */
export type AWSCredentialFunction = (request?: AWSCredentialRequest) => AWSCredentials | Promise<AWSCredentials>;

/** What the signer needs of an identity. */
export interface AWSIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** As in AWS's SDKs: a request that is under way when its identity expires would be refused. */
const RENEW_BEFORE_MS = 5 * 60_000;
/**
 * Refusals of the last identity arrive late, from requests that were under way; and a refusal that no identity mends
 * must not lead to a call for each request.
 */
const NOT_RENEWED_AGAIN_MS = 1_000;
/** New callers do not wait for a call that has taken longer: it may never end. */
const LONGEST_SHARED_MS = 10_000;

/**
 * Reads the identity that a request is signed with.
 *
 * @param credentials default: the default chain of AWS (environment, profile, web identity, container, instance)
 * @throws TypeError for credentials that cannot work; the reader throws FileContentError `resolver_failed`
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

// One chain for the process, so that a provider that is made for one request does not ask anew.
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
  /** When an identity was last renewed because the store had refused it; in milliseconds since the epoch. */
  renewed: number;
  pending: { readonly result: Promise<unknown>; readonly since: number } | undefined;
}

/** Keyed by the function, so that providers with the same function share its identity. */
const KEPT = new WeakMap<AWSCredentialFunction, Kept>();

/**
 * Calls the function, unless its last result is valid for another 5 minutes. Concurrent callers wait for one call and
 * share its result if that has an expiration. If it has none, it may be meant for one caller only, so each makes a call
 * of its own. A failure is not kept; until the last identity expires, that is used instead. A refused identity is
 * renewed once a second at most.
 */
async function keptIdentity(give: AWSCredentialFunction, refused: CredentialRequest | undefined): Promise<unknown> {
  const kept = KEPT.get(give) ?? { identity: undefined, expires: 0, renewed: 0, pending: undefined };
  KEPT.set(give, kept);
  const call = (): unknown => (refused === undefined ? give() : give({ ...refused, forceRefresh: true }));
  const isRefused = refused !== undefined && Math.abs(Date.now() - kept.renewed) >= NOT_RENEWED_AGAIN_MS;
  // Whatever its expiration says: the store does not take it.
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

/** The member that is wrong, what it must be, and what it is. */
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
