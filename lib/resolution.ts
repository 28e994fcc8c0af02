import type { Request } from 'express';
import { FileUsage } from './batch/rows/file-usage';
import { FileContentError } from './errors';
import { HEADER_NAME } from './http/header-values';
import { type Disposition, type Presentation, presentationProblem } from './http/presentation';
import { isReservedResponseHeader } from './http/response-headers';
import { pluralOf, type ResourceName } from './http/routes';
import { isFetchedProvider, type Provider } from './provider';
import { snapshotContext } from './transfer/adapters';
import type { Delivery, ResolvedTransfer } from './transfer/record';
import { type ResumeOptions, type ResumeSettings, readResume } from './transfer/resume-options';
import { type Tap, Taps, tapsProblem } from './transfer/tap';
import { asFileContentError, causeOf } from './transfer/thrown-error';
import { describeValue } from './values/describe-value';
import { didYouMean, likelyName, misspeltMember } from './values/did-you-mean';
import { resultMistake } from './values/mistakes';
import { isObject, memberOf, ownMember, ownMembers } from './values/own-members';

/** Express's request, for the types of callbacks that get one. Only this file and the router know Express. */
export type { Request };

/** Describes the requested file to a resolver. */
export interface ResolveContext {
  /** The kind of content that is requested. */
  readonly resource: ResourceName;
  /** The id that the client asked for, decoded once and checked against the id grammar. */
  readonly fileId: string;
  /** The route's parameters and those of the mount path (`app.use('/:provider/v1', router)`). */
  readonly params: Readonly<Record<string, string>>;
  /** The id of the transfer, as in its record. */
  readonly transferId: string;
  /** Aborted when the client goes away, or when the resolver's time is up. */
  readonly signal: AbortSignal;
}

/** Everything that a resolver can say about a transfer; a bare {@link Provider} is short for `{ provider }`. */
export interface Resolution {
  /** The provider that holds the file. */
  provider: Provider;
  /** The provider's own id of the file. Defaults to the id that the client asked for. */
  fileId?: string | undefined;
  /**
   * The provider's own ids in the other parameters of the route, such as `{ containerId }`. They replace those of the
   * same names. Defaults to what the client wrote.
   */
  params?: Readonly<Record<string, string>> | undefined;
  /**
   * How bytes reach the client. `redirect` sends it to a URL that the provider's `presign` signs. Defaults to `stream`
   * where the provider can stream, otherwise `buffer`.
   */
  delivery?: Delivery | undefined;
  /** The tenant, for `limits.maxConcurrentPerTenant` and the record. Defaults to none. */
  tenant?: string | undefined;
  /**
   * Adds the gateway's own headers to a successful response. Headers that frame the message or protect the client are
   * refused. Defaults to `{}`.
   */
  responseHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * The file's name for `Content-Disposition`, in any script: path, control characters and names that a system reserves
   * are taken out. Defaults to the provider's.
   *
   * @see RFC 6266, section 4.3
   */
  filename?: string | undefined;
  /**
   * The file's media type, such as `image/png`, or `from-name`: the type that the extension of its name stands for, and
   * the provider's where it stands for none. Defaults to the provider's.
   *
   * @see RFC 9110, section 8.3
   */
  contentType?: string | undefined;
  /**
   * `inline` lets a browser show raster images, audio, video and plain text, in a sandbox. Any other type is still an
   * `attachment`: HTML, SVG, XML, PDF, scripts and unknown types could run. Defaults to `attachment`.
   */
  disposition?: Disposition | undefined;
  /**
   * Look on at the bytes that the client is given, for example to count tokens (`batchUsage`) or for a checksum
   * (`contentDigest`). Make new ones for each transfer. Defaults to `[]`.
   */
  taps?: readonly Tap[] | undefined;
  /** When and how the body is resumed if it breaks off. Defaults to the router's `resume`. */
  resume?: ResumeOptions | undefined;
  /**
   * Writes the rows and tokens of a batch's output to the record, as `usage`. Other files have none. Defaults to
   * `false`.
   */
  usage?: boolean | undefined;
  /** Data that is copied to the record. Defaults to none. */
  context?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Decides which provider holds the file and which credential is used.
 *
 * Return `undefined` or `null` for a request that is not for this router: `next()` is called and nothing is logged.
 *
 * @throws FileContentError to send the client its status; any other error is a 500 `resolver_failed`, whose text is not
 * sent
 * @typeParam Req the request as the application's middleware leaves it, for example with the `user` that it adds
 */
export type ProviderResolver<Req extends Request = Request> = (
  req: Req,
  context: ResolveContext,
) => Provider | Resolution | undefined | null | Promise<Provider | Resolution | undefined | null>;

// A gateway's mistake: the operator reads it in the record's cause, the client gets a sentence without details.
export function invalidResolution(problem: string): FileContentError {
  return new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
    cause: resultMistake(problem),
  });
}

function looksLikeProvider(value: object): boolean {
  return memberOf(value, 'locate') !== undefined || memberOf(value, 'fetchContent') !== undefined;
}

const FUNCTIONS = [
  'locate',
  'fetchContent',
  'openContent',
  'convert',
  'inspect',
  'transform',
  'translateRefusal',
  'redactedError',
  'classifyRefusal',
  'presign',
  'describeFile',
  'addHeaders',
  'responseHeaders',
] as const;

/** Members that were renamed, with the name that the rest of the package reads. */
const RENAMED: Readonly<Record<string, string>> = { redactedError: 'translateRefusal', responseHeaders: 'addHeaders' };

const PROVIDER_MEMBERS: readonly string[] = [
  'name',
  'streaming',
  'redirects',
  'query',
  'reuseConnections',
  'renewsCredential',
  'suffixRanges',
  ...FUNCTIONS,
];

/** An instance of a class may have any members besides; of an object that was written down, a near one is a slip. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return true;
  // Made with Object.create() from another such object.
  return !Object.hasOwn(prototype, 'constructor') && isPlain(prototype);
}

/** Members of a resolution that a provider does not have: on one, a tenant or an id would be ignored in silence. */
const OF_RESOLUTIONS = [
  'params',
  'provider',
  'fileId',
  'delivery',
  'tenant',
  'filename',
  'contentType',
  'disposition',
  'context',
];

/** What is wrong with the names of a provider's members; undefined where nothing is. */
function memberProblem(provider: object): string | undefined {
  if (!isPlain(provider)) return undefined;
  for (const name of Object.keys(provider)) {
    if (PROVIDER_MEMBERS.includes(name)) continue;
    const meant = OF_RESOLUTIONS.includes(name) ? name : likelyName(name, ['tenant', 'fileId']);
    if (meant === undefined) continue;
    const beside = meant === 'provider' ? 'fileId' : meant;
    return ` has the member ${JSON.stringify(name)}, which belongs to a resolution; write { provider, ${beside} }`;
  }
  const misspelt = misspeltMember(provider, PROVIDER_MEMBERS);
  return misspelt && ` has${misspelt}`;
}

function isNameList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
}

function isQuery(value: unknown): boolean {
  if (!isObject(value)) return isNameList(value);
  return Object.entries(value).every(
    ([name, list]) => pluralOf(name) === undefined && (list === undefined || isNameList(list)),
  );
}

/** What each must be, where the given value is something else. */
const SWITCHES: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  redirects: (value) => (value === 'refuse' || value === 'follow' ? undefined : "'refuse' or 'follow'"),
  query: (value) =>
    isQuery(value) ? undefined : "an array of names, or an object of them such as { videos: ['variant'] }",
};

/** Reads each member once: what is used later is what was checked here, whatever happens to the provider meanwhile. */
function checkProvider(value: unknown): Provider {
  if (!isObject(value))
    throw invalidResolution(`resolveProvider: "provider" must be a provider object, got ${describeValue(value)}`);
  const name = memberOf(value, 'name');
  if (typeof name !== 'string' || name === '') {
    throw invalidResolution(
      `resolveProvider: a provider's "name" must be a non-empty string, got ${describeValue(name)}`,
    );
  }
  const problem = memberProblem(value);
  if (problem !== undefined) throw invalidResolution(`resolveProvider: provider ${name}${problem}`);
  const streaming = memberOf(value, 'streaming');
  if (typeof streaming !== 'boolean') {
    throw invalidResolution(
      `resolveProvider: provider ${name}: "streaming" must be true or false, got ${describeValue(streaming)}`,
    );
  }
  const checked: Record<string, unknown> = ownMembers({ name, streaming });
  for (const member of FUNCTIONS) {
    const given = memberOf(value, member);
    if (given === undefined) continue;
    if (typeof given !== 'function') {
      throw invalidResolution(
        `resolveProvider: provider ${name}: "${member}" must be a function, got ${describeValue(given)}`,
      );
    }
    const current = ownMember(RENAMED, member) ?? member;
    if (Object.hasOwn(checked, current)) {
      throw invalidResolution(
        `resolveProvider: provider ${name} has "${current}" and "${member}", its former name; keep "${current}" alone`,
      );
    }
    checked[current] = given.bind(value);
  }
  if ('locate' in checked === 'fetchContent' in checked) {
    throw invalidResolution(
      `resolveProvider: provider ${name} must have one of the functions "locate" and "fetchContent"`,
    );
  }
  for (const member of ['reuseConnections', 'renewsCredential']) {
    const given = memberOf(value, member);
    if (given === undefined) continue;
    if (typeof given !== 'boolean') {
      throw invalidResolution(
        `resolveProvider: provider ${name}: "${member}" must be true or false, got ${describeValue(given)}`,
      );
    }
    checked[member] = given;
  }
  for (const member of ['redirects', 'query']) {
    const given = memberOf(value, member);
    if (given === undefined) continue;
    const expected = SWITCHES[member]?.(given);
    if (expected !== undefined) {
      const got = describeValue(given);
      throw invalidResolution(`resolveProvider: provider ${name}: "${member}" must be ${expected}, got ${got}`);
    }
    checked[member] = given;
  }
  const suffixRanges = memberOf(value, 'suffixRanges');
  if (suffixRanges !== undefined && typeof suffixRanges !== 'boolean') {
    throw invalidResolution(
      `resolveProvider: provider ${name}: "suffixRanges" must be true or false, got ${describeValue(suffixRanges)}`,
    );
  }
  if (suffixRanges !== undefined) checked['suffixRanges'] = suffixRanges;
  return Object.freeze(checked) as object as Provider;
}

function checkDelivery(provider: Provider, wanted: unknown): Delivery {
  if (wanted !== undefined && wanted !== 'stream' && wanted !== 'buffer' && wanted !== 'redirect') {
    throw invalidResolution(
      `resolveProvider: "delivery" must be 'stream', 'buffer' or 'redirect', got ${describeValue(wanted)}`,
    );
  }
  if (wanted === 'redirect') {
    const problem = redirectProblem(provider);
    if (problem === undefined) return wanted;
    throw invalidResolution(
      `resolveProvider: provider ${provider.name} cannot redirect: ${problem}; leave "delivery" out or write 'stream'`,
    );
  }
  const canStream =
    provider.streaming &&
    (isFetchedProvider(provider) ? provider.openContent !== undefined : provider.convert === undefined);
  if (wanted === 'stream' && !canStream) {
    throw invalidResolution(
      `resolveProvider: provider ${provider.name} cannot stream; leave "delivery" out or write 'buffer'`,
    );
  }
  return wanted ?? (canStream ? 'stream' : 'buffer');
}

/** Why a client cannot be sent to the provider itself; undefined where it can. */
function redirectProblem(provider: Provider): string | undefined {
  if (isFetchedProvider(provider)) return 'its content comes from a function';
  if (provider.presign === undefined) return 'it has no "presign", or its credential cannot sign a URL for a client';
  if (provider.transform === undefined && provider.convert === undefined) return undefined;
  return 'it changes the content, which a client would get as it is stored';
}

function checkString(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') {
    throw invalidResolution(`resolveProvider: "${name}" must be a non-empty string, got ${describeValue(value)}`);
  }
  return value;
}

function checkParams(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    throw invalidResolution(`resolveProvider: "params" must be an object, got ${describeValue(value)}`);
  }
  const params: Record<string, string> = {};
  for (const [name, param] of Object.entries(value)) {
    if (param === undefined) continue;
    if (typeof param !== 'string' || param === '') {
      const where = `"params.${name}" must be a non-empty string`;
      throw invalidResolution(`resolveProvider: ${where}, got ${describeValue(param)}`);
    }
    params[name] = param;
  }
  return Object.freeze(params);
}

const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * Headers that a gateway's code adds to a success.
 *
 * @param whose begins the message of the cause, such as `resolveProvider`
 * @param member the member that gave them
 * @throws FileContentError `resolver_failed` for what cannot be sent or is not theirs to set
 */
export function checkResponseHeaders(
  value: unknown,
  whose: string,
  member: 'responseHeaders' | 'addHeaders',
): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isObject(value)) throw invalidResolution(`${whose}: "${member}" must be an object, got ${describeValue(value)}`);
  const headers: Record<string, string> = {};
  for (const [name, content] of Object.entries(value)) {
    if (!HEADER_NAME.test(name) || typeof content !== 'string' || !HEADER_VALUE.test(content)) {
      throw invalidResolution(`${whose}: "${member}" has an invalid name or value at ${JSON.stringify(name)}`);
    }
    if (isReservedResponseHeader(name)) {
      throw invalidResolution(`${whose}: "${member}" may not set ${name}: the router decides it`);
    }
    headers[name.toLowerCase()] = content;
  }
  return headers;
}

/** Who looks on at the content: the resolution's taps, and the count for the record. */
function checkOnlookers(taps: unknown = [], usage: unknown): Pick<ResolvedTransfer, 'taps' | 'usage'> {
  const problem = tapsProblem(taps);
  if (problem !== undefined) throw invalidResolution(`resolveProvider: ${problem}`);
  if (usage !== undefined && typeof usage !== 'boolean') {
    throw invalidResolution(`resolveProvider: "usage" must be true or false, got ${describeValue(usage)}`);
  }
  const counter = usage === true ? new FileUsage() : undefined;
  const all = [...(taps as readonly Tap[]), ...(counter === undefined ? [] : [counter])];
  return { taps: all.length === 0 ? undefined : new Taps(all), usage: counter };
}

/** Undefined where the resolution says nothing of it. */
function checkResume(value: unknown): Partial<ResumeSettings> | undefined {
  if (value === undefined) return undefined;
  try {
    return readResume('resolveProvider', value);
  } catch (cause) {
    throw new FileContentError('resolver_failed', 'The gateway could not determine where this file is held.', {
      cause,
    });
  }
}

/** Undefined where the resolution says nothing of it. */
function checkPresentation(given: (member: keyof Resolution) => unknown): Presentation | undefined {
  const [disposition, contentType] = [given('disposition'), given('contentType')];
  const filename = checkString('filename', given('filename'));
  if (disposition === undefined && contentType === undefined && filename === undefined) return undefined;
  const problem = presentationProblem(disposition, contentType);
  if (problem !== undefined) throw invalidResolution(`resolveProvider: ${problem}`);
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
 * @returns undefined where the resolver declined.
 * @throws FileContentError `resolver_failed`, its cause a TypeError that says what was returned and what to write.
 */
export function checkResolution(returned: unknown, fileId: string): ResolvedTransfer | undefined {
  if (returned === undefined || returned === null) return undefined;
  if (!isObject(returned)) {
    throw invalidResolution(
      `resolveProvider must return a provider, a resolution or undefined, got ${describeValue(returned)}`,
    );
  }
  const isProvider = looksLikeProvider(returned);
  const given = (member: keyof Resolution): unknown => (isProvider ? undefined : memberOf(returned, member));
  const unknown = isProvider ? undefined : Object.keys(returned).find((name) => !RESOLUTION_MEMBERS.includes(name));
  if (unknown !== undefined) {
    const hint = didYouMean(unknown, RESOLUTION_MEMBERS);
    throw invalidResolution(`resolveProvider returned the unknown member ${JSON.stringify(unknown)}${hint}`);
  }
  const provider = checkProvider(isProvider ? returned : given('provider'));
  const context = given('context');
  if (context !== undefined && !isObject(context)) {
    throw invalidResolution(`resolveProvider: "context" must be an object, got ${describeValue(context)}`);
  }
  return {
    provider,
    fileId: checkString('fileId', given('fileId')) ?? fileId,
    params: checkParams(given('params')),
    delivery: checkDelivery(provider, given('delivery')),
    tenant: checkString('tenant', given('tenant')),
    responseHeaders: checkResponseHeaders(given('responseHeaders'), 'resolveProvider', 'responseHeaders'),
    resume: checkResume(given('resume')),
    presentation: checkPresentation(given),
    ...checkOnlookers(given('taps'), given('usage')),
    // Copied in here, because it may throw when it is read.
    context: context && snapshotContext(context),
  };
}

/** What a resolver or a provider threw, as an answer: its own {@link FileContentError}, or a 500 that tells nothing. */
export function asResolverError(thrown: unknown): FileContentError {
  const message = 'The gateway could not determine where this file is held.';
  return asFileContentError(thrown) ?? new FileContentError('resolver_failed', message, { cause: causeOf(thrown) });
}
