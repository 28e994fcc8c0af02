import { isDeepStrictEqual } from 'node:util';
import { FileContentError } from '../../errors';
import type { ResourceName } from '../../http/routes';
import type { Settings } from '../../options/options';
import type { Agents, ForwardedQuery, LocatedProvider, LocateRequest } from '../../provider-contract/provider';
import { asResolverError } from '../../resolution/resolver-errors';
import type { TransferStep } from '../../transfer/observers/observer';
import { asStep } from '../../transfer/observers/steps';
import { secretsOf } from '../../transfer/redaction/redaction';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { Transfer } from '../../transfer/transfer';
import { Watchdog } from '../../transfer/watchdog';
import { isThenable, ownMember } from '../../values/own-members';
import { originCheck } from './allowed-origins';
import { checkLocated, type LocatedUpstream } from './located';

/**
 * Runs a callback of the gateway, as a step of the transfer, until it settles, its time is up or the client leaves. A
 * later result or rejection is ignored.
 *
 * @throws FileContentError `resolver_failed`, 504 when the time is up
 */
export function withinResolveTime<T>(
  transfer: Transfer,
  timeoutMs: number,
  step: TransferStep,
  work: () => T | Promise<T>,
): T | Promise<T> {
  transfer.signal.throwIfAborted();
  const result = asStep(transfer.steps, step, work);
  // A result that is already there needs no timer.
  return isThenable(result) ? settledInTime(transfer, timeoutMs, transfer.work.track(result)) : result;
}

async function settledInTime<T>(transfer: Transfer, timeoutMs: number, result: Promise<T>): Promise<T> {
  const { signal } = transfer;
  let unwatch: (() => void) | undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    unwatch = transfer.onAborted(() => reject(signal.reason));
  });
  const watchdog = new Watchdog({ resolve: timeoutMs }, () => {
    const message = 'The gateway did not determine in time where this file is held.';
    transfer.fail(new FileContentError('resolver_failed', message, { status: 504 }));
  });
  watchdog.enter('resolve');
  try {
    return await Promise.race([result, interrupted]);
  } finally {
    watchdog.stop();
    unwatch?.();
  }
}

function isList(query: ForwardedQuery): query is readonly string[] {
  return Array.isArray(query);
}

function forwardedNames(query: ForwardedQuery | undefined, resource: ResourceName): readonly string[] {
  if (query === undefined) return [];
  return isList(query) ? query : (ownMember(query, resource) ?? []);
}

function clientQuery({ query, req }: Transfer, names: readonly string[]): URLSearchParams {
  const forwarded = new URLSearchParams();
  if (names.length === 0) return forwarded;
  for (const [name, value] of query ?? new URLSearchParams(queryOf(req.url ?? ''))) {
    if (names.includes(name)) forwarded.append(name, value);
  }
  return forwarded;
}

function queryOf(target: string): string {
  const start = target.indexOf('?');
  return start === -1 ? '' : target.slice(start + 1);
}

export interface LocateOptions {
  readonly settings: Settings;
  readonly agents: Agents;
  readonly method: 'GET' | 'HEAD';
  /** Whether the provider refused the last credential. */
  readonly refusedCredential?: boolean;
}

/**
 * Locates again after the provider refused the credential.
 *
 * @returns undefined if nothing has changed, as with a key that is a plain string: it would be refused again
 */
export async function relocateUpstream(
  transfer: Transfer,
  resolved: ResolvedTransfer & { readonly provider: LocatedProvider },
  options: LocateOptions,
  refused: LocatedUpstream,
): Promise<LocatedUpstream | undefined> {
  if (resolved.provider.renewsCredential === false) return undefined;
  const located = await locateUpstream(transfer, resolved, { ...options, refusedCredential: true });
  const isSame = located.url.href === refused.url.href && isDeepStrictEqual(located.headers, refused.headers);
  return isSame ? undefined : located;
}

/** Returns what the resolver has left of `timeouts.resolve`, in milliseconds. */
function restOf(timeoutMs: number, spentMs: number): number {
  return timeoutMs === 0 ? 0 : Math.max(1, timeoutMs - spentMs);
}

/** Returns the route's parameters, with the provider's own ids if the resolver gave any. */
export function paramsOf(transfer: Transfer, { params }: ResolvedTransfer): Readonly<Record<string, string>> {
  return params === undefined ? transfer.params : Object.freeze({ ...transfer.params, ...params });
}

/** Describes the requested file for the provider's functions. */
export function describeCall(
  transfer: Transfer,
  resolved: ResolvedTransfer & { readonly provider: LocatedProvider },
  { settings, agents, method, refusedCredential = false }: LocateOptions,
): LocateRequest {
  const { provider, fileId } = resolved;
  return {
    resource: transfer.resource,
    fileId,
    params: paramsOf(transfer, resolved),
    method,
    query: clientQuery(transfer, forwardedNames(provider.query, transfer.resource)),
    attempt: transfer.locates,
    transferId: transfer.id,
    ...(refusedCredential && { refusedCredential }),
    signal: transfer.signal,
    agents,
    requireAllowed: originCheck(settings.allowedOrigins, provider.name),
  };
}

/** Counts a call of `locate()`. @returns its time limit in milliseconds: the first call shares the resolver's limit */
export function beginCall(transfer: Transfer, { timeouts }: Pick<Settings, 'timeouts'>): number {
  return restOf(timeouts.resolve, transfer.locating());
}

/** Calls a provider function that returns the URL of the file. @throws FileContentError */
export async function callForLocation(
  transfer: Transfer,
  timeoutMs: number,
  provider: string,
  call: () => unknown,
): Promise<unknown> {
  try {
    return await withinResolveTime(transfer, timeoutMs, { kind: 'locate', provider }, call);
  } catch (error) {
    transfer.signal.throwIfAborted();
    throw asResolverError(error);
  }
}

/**
 * Makes the function that finds the credentials in what a provider located. It lives as long as the transfer, so it is
 * made here, where it can keep nothing else.
 *
 * @param query the names of the query parameters that the client gave
 */
function credentialsIn(
  { url, headers }: LocatedUpstream,
  { fileId, params }: Transfer,
  resolved: ResolvedTransfer,
  query: readonly string[],
): () => readonly string[] {
  return () => {
    const ids = [resolved.fileId, fileId, ...Object.values(params), ...Object.values(resolved.params ?? {})];
    return secretsOf(url, headers, { values: ids.filter((id) => id.length > 3), query });
  };
}

/**
 * Calls the provider's `locate()` and checks its result. It is called for every attempt, so that credentials are fresh.
 * The transfer gets the upstream's origin and the secrets that no record may show.
 */
export async function locateUpstream(
  transfer: Transfer,
  resolved: ResolvedTransfer & { readonly provider: LocatedProvider },
  options: LocateOptions,
): Promise<LocatedUpstream> {
  const { provider } = resolved;
  const timeoutMs = beginCall(transfer, options.settings);
  const request = describeCall(transfer, resolved, options);
  const returned = await callForLocation(transfer, timeoutMs, provider.name, () => provider.locate(request));
  const source = { provider: provider.name, call: 'locate' } as const;
  const located = checkLocated(returned, source, options.settings.allowedOrigins);
  if (request.query.size > 0) {
    for (const [name, value] of request.query) {
      if (!located.url.searchParams.has(name)) located.url.searchParams.append(name, value);
    }
  }
  const names = [...request.query.keys()];
  transfer.located(located.url.origin, credentialsIn(located, transfer, resolved, names));
  return located;
}
