import { FileUsage } from '../batch/rows/file-usage';
import { FileContentError } from '../errors';
import { type Presentation, presentationProblem } from '../http/presentation';
import { isFetchedProvider, type Provider } from '../provider-contract/provider';
import { snapshotContext } from '../transfer/observers/adapters';
import { type Tap, Taps, tapsProblem } from '../transfer/observers/tap';
import type { Delivery } from '../transfer/record';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import { type ResumeSettings, readResume } from '../transfer/resume-options';
import { describeValue } from '../values/describe-value';
import { didYouMean, likelyName } from '../values/did-you-mean';
import { isObject, isRecord, memberOf } from '../values/own-members';
import { checkProvider, looksLikeProvider } from './check-provider';
import { checkResponseHeaders } from './check-response-headers';
import type { Resolution } from './resolution';
import { invalidResolution } from './resolver-errors';
import { describeOther, describeResult, isCandidate } from './wrong-result';

function checkDelivery(where: string, provider: Provider, wanted: unknown): Delivery {
  if (wanted !== undefined && wanted !== 'stream' && wanted !== 'buffer' && wanted !== 'redirect') {
    throw invalidResolution(
      `${where}: "delivery" must be 'stream', 'buffer' or 'redirect', got ${describeValue(wanted)}`,
    );
  }
  if (wanted === 'redirect') {
    const problem = redirectProblem(provider);
    if (problem === undefined) return wanted;
    throw invalidResolution(
      `${where}: provider ${provider.name} cannot redirect: ${problem}; leave "delivery" out or write 'stream'`,
    );
  }
  const canStream =
    provider.streaming &&
    (isFetchedProvider(provider) ? provider.openContent !== undefined : provider.convert === undefined);
  if (wanted === 'stream' && !canStream) {
    throw invalidResolution(
      `${where}: provider ${provider.name} cannot stream; leave "delivery" out or write 'buffer'`,
    );
  }
  return wanted ?? (canStream ? 'stream' : 'buffer');
}

/** Says why a client cannot be redirected to the provider, or returns undefined. */
function redirectProblem(provider: Provider): string | undefined {
  if (isFetchedProvider(provider)) return 'its content comes from a function';
  if (provider.presign === undefined) return 'it has no "presign", or its credential cannot sign a URL for a client';
  if (provider.transform === undefined && provider.convert === undefined) return undefined;
  return 'it changes the content, which a client would get as it is stored';
}

function checkString(where: string, name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') {
    throw invalidResolution(`${where}: "${name}" must be a non-empty string, got ${describeValue(value)}`);
  }
  return value;
}

function checkParams(where: string, value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    throw invalidResolution(`${where}: "params" must be an object, got ${describeValue(value)}`);
  }
  const params: Record<string, string> = {};
  for (const [name, param] of Object.entries(value)) {
    if (param === undefined) continue;
    if (typeof param !== 'string' || param === '') {
      const problem = `"params.${name}" must be a non-empty string, got ${describeValue(param)}`;
      throw invalidResolution(`${where}: ${problem}`);
    }
    params[name] = param;
  }
  return Object.freeze(params);
}

/** Checks the observers of the body: the resolution's taps, and the usage count for the record. */
function checkOnlookers(where: string, taps: unknown = [], usage: unknown): Pick<ResolvedTransfer, 'taps' | 'usage'> {
  const problem = tapsProblem(taps);
  if (problem !== undefined) throw invalidResolution(`${where}: ${problem}`);
  if (usage !== undefined && typeof usage !== 'boolean') {
    throw invalidResolution(`${where}: "usage" must be true or false, got ${describeValue(usage)}`);
  }
  const counter = usage === true ? new FileUsage() : undefined;
  const all = [...(taps as readonly Tap[]), ...(counter === undefined ? [] : [counter])];
  return { taps: all.length === 0 ? undefined : new Taps(all), usage: counter };
}

/** Undefined if the resolution does not set it. */
function checkResume(where: string, value: unknown): Partial<ResumeSettings> | undefined {
  if (value === undefined) return undefined;
  try {
    return readResume(where, value);
  } catch (cause) {
    throw new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
      cause,
    });
  }
}

/** Undefined if the resolution does not set it. */
function checkPresentation(where: string, given: (member: keyof Resolution) => unknown): Presentation | undefined {
  const [disposition, contentType] = [given('disposition'), given('contentType')];
  const filename = checkString(where, 'filename', given('filename'));
  if (disposition === undefined && contentType === undefined && filename === undefined) return undefined;
  const problem = presentationProblem(disposition, contentType);
  if (problem !== undefined) throw invalidResolution(`${where}: ${problem}`);
  return {
    disposition: disposition === 'inline' ? 'inline' : 'attachment',
    filename,
    contentType: contentType as string | undefined,
  };
}

const RESOLUTION_MEMBERS = Object.keys({
  provider: true,
  fileId: true,
  params: true,
  delivery: true,
  tenant: true,
  responseHeaders: true,
  filename: true,
  contentType: true,
  disposition: true,
  taps: true,
  resume: true,
  usage: true,
  context: true,
} as const satisfies Record<keyof Resolution, true>);

/**
 * Checks what a resolver returned and applies the defaults; the object itself is only read.
 *
 * @param where the callback or the method that gave it, which begins the message
 * @returns undefined if the resolver declined
 * @throws FileContentError `resolver_failed`, its cause a TypeError that says what was returned and what to write.
 */
export function checkResolution(
  returned: unknown,
  fileId: string,
  where = 'resolveProvider',
): ResolvedTransfer | undefined {
  if (returned === undefined || returned === null) return undefined;
  const expected = `${where} must return a provider, a resolution or undefined`;
  if (!isCandidate(returned)) throw invalidResolution(`${expected}, got ${describeResult(returned)}`);
  const isProvider = looksLikeProvider(returned);
  const given = (member: keyof Resolution): unknown => (isProvider ? undefined : memberOf(returned, member));
  const unknown = isProvider ? undefined : Object.keys(returned).find((name) => !RESOLUTION_MEMBERS.includes(name));
  if (unknown !== undefined) {
    const isOther =
      given('provider') === undefined &&
      !Object.hasOwn(returned, 'provider') &&
      likelyName(unknown, RESOLUTION_MEMBERS) === undefined;
    if (isOther) throw invalidResolution(`${expected}, got ${describeOther(returned)}`);
    const hint = didYouMean(unknown, RESOLUTION_MEMBERS);
    throw invalidResolution(`${where}: unknown member ${JSON.stringify(unknown)}${hint}`);
  }
  const provider = checkProvider(where, isProvider ? returned : given('provider'));
  const context = given('context');
  if (context !== undefined && !isRecord(context)) {
    throw invalidResolution(`${where}: "context" must be an object, got ${describeValue(context)}`);
  }
  return {
    provider,
    fileId: checkString(where, 'fileId', given('fileId')) ?? fileId,
    params: checkParams(where, given('params')),
    delivery: checkDelivery(where, provider, given('delivery')),
    tenant: checkString(where, 'tenant', given('tenant')),
    responseHeaders: checkResponseHeaders(given('responseHeaders'), where, 'responseHeaders'),
    resume: checkResume(where, given('resume')),
    presentation: checkPresentation(where, given),
    ...checkOnlookers(where, given('taps'), given('usage')),
    // Copied inside the try, because reading it may throw.
    context: context && snapshotContext(context),
  };
}
