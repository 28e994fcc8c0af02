import type { FileContentError } from '../../errors';
import { parseRange } from '../../http/byte-ranges';
import { ifRangeHolds } from '../../http/conditions';
import type { HeaderValues } from '../../http/header-values';
import { headerText } from '../../http/header-values';
import { headersOf } from '../../http/message-headers';
import { acceptHead, headProblem } from '../../http/response-head';
import { upstreamRequestId } from '../../http/response-headers';
import type { Settings } from '../../options/options';
import type { Agents, OpenRequest, Provider } from '../../provider-contract/provider';
import { asStep } from '../../transfer/observers/steps';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import type { Transfer } from '../../transfer/transfer';
import type { Phase, Watchdog } from '../../transfer/watchdog';
import { untilAborted } from '../../upstream/iterate';
import { originCheck } from '../../upstream/location/allowed-origins';
import { paramsOf } from '../../upstream/location/locate';
import { providerFailure } from '../../upstream/provider-failure';
import { readRefusal } from '../../upstream/refusal/read-refusal';
import { invalidResponse } from '../../upstream/upstream-error';
import { invalidResult } from '../../values/mistakes';
import { memberOf, ownMember } from '../../values/own-members';
import { unusable } from '../buffered/check-content';
import { type BodySource, isBody, isBodyUsed, sourceOf } from './body-source';
import { checkOpened } from './check-opened';
import { OpenedBody } from './opened-body';

/** The request to a provider's `openContent`, and its transfer. */
export interface OpenOptions {
  readonly transfer: Transfer;
  readonly resolved: ResolvedTransfer & { readonly provider: Provider };
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  readonly agents: Agents;
  readonly method: 'GET' | 'HEAD';
  /** Whether the whole file is needed, even if the client requests a range. */
  readonly isWhole: boolean;
}

/** An opened file: a checked success. */
export interface Opened {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HeaderValues;
  /** The declared length of the body, in bytes. */
  readonly length: number | undefined;
  /** The body. It ends only if all of it arrived. Destroy it if it is not wanted. */
  readonly body: OpenedBody;
  /** The body, if all of it is in memory. */
  readonly bytes: Uint8Array | undefined;
}

type OpenedRange = NonNullable<OpenRequest['range']>;

/**
 * Opens a file with the provider's function. Its result is closed with the transfer at the latest.
 *
 * @returns undefined if the provider leaves this file to its `locate`
 * @throws FileContentError its own, `resolver_failed` for an invalid result, `provider_error` for any other thrown
 *   value, or the error for a refusal; the transfer's abort reason
 */
export async function openContent(options: OpenOptions): Promise<Opened | undefined> {
  const { transfer, isWhole, method } = options;
  const range = isWhole || method === 'HEAD' ? undefined : rangeOf(transfer);
  const opened = await open(options, range);
  if (opened === undefined || opened.status !== 206) return opened;
  const ifRange = ownMember(headersOf(transfer.req), 'if-range');
  const etag = headerText(opened.headers, 'etag');
  const lastModified = headerText(opened.headers, 'last-modified');
  if (ifRange === undefined || ifRangeHolds(ifRange, { etag, lastModified })) return opened;
  // The client has a part of another version, so it gets this version completely (RFC 9110, section 13.1.5).
  opened.body.destroy();
  return await open(options, undefined);
}

/**
 * Returns a single range that begins at a position. Others need the file's size, so for them the whole file is sent.
 */
function rangeOf({ req }: Transfer): OpenedRange | undefined {
  const range = ownMember(headersOf(req), 'range');
  const [spec, ...others] = (range === undefined ? undefined : parseRange(range)) ?? [];
  if (spec === undefined || others.length > 0 || 'suffix' in spec) return undefined;
  const [start, end] = [Number(spec.first), spec.last === undefined ? undefined : Number(spec.last)];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end ?? 0)) return undefined;
  return Object.freeze(end === undefined ? { start } : { start, end });
}

/**
 * Opens the rest of a file whose body was cut off.
 *
 * @returns as {@link openContent}
 * @throws as {@link openContent}
 */
export async function openRest(options: OpenOptions, range: OpenedRange): Promise<Opened | undefined> {
  return await open(options, range);
}

async function open(options: OpenOptions, range: OpenedRange | undefined): Promise<Opened | undefined> {
  const { transfer, resolved, watchdog, settings } = options;
  const { provider } = resolved;
  transfer.started();
  transfer.forgetResponse();
  transfer.asked();
  watchdog.enter('headers');
  const request: OpenRequest = {
    resource: transfer.resource,
    fileId: resolved.fileId,
    params: paramsOf(transfer, resolved),
    method: options.method,
    attempt: transfer.attempts,
    transferId: transfer.id,
    signal: transfer.signal,
    agents: options.agents,
    requireAllowed: originCheck(settings.allowedOrigins, provider.name),
    ...(range && { range }),
  };
  let taken: Taken | undefined;
  try {
    const step = { kind: 'function', provider: provider.name } as const;
    const call = (): unknown => asStep(transfer.steps, step, () => provider.openContent?.(request));
    taken = await untilAborted(transfer.signal, () => take(transfer, call), giveUp);
  } catch (error) {
    transfer.signal.throwIfAborted();
    throw providerFailure(provider.name, error);
  }
  if (taken === undefined) {
    transfer.notSent();
    return undefined;
  }
  return await accept(options, range, taken);
}

/** Makes the error for a function that returned nothing although there is no `locate`. */
export function unopened(provider: string): FileContentError {
  const expected = '{ body: stream, contentType, ... } or a Response';
  return unusable(provider, invalidResult(`provider ${provider}: openContent()`, expected, 'undefined'));
}

/** The result of a function, and its body, whose errors are handled from the moment it was returned. */
interface Taken {
  readonly returned: unknown;
  readonly source: BodySource | undefined;
  /** Whether other code reads the body or has read it. */
  readonly isUsed: boolean;
}

async function take(transfer: Transfer, call: () => unknown): Promise<Taken | undefined> {
  const returned = await transfer.work.track(call());
  if (returned === undefined) return undefined;
  const body: unknown = memberOf(Object(returned), 'body');
  const isUsed = isBodyUsed(body);
  return { returned, source: isBody(body) && !isUsed ? sourceOf(body) : undefined, isUsed };
}

function giveUp(taken: Taken | undefined): void {
  taken?.source?.cancel(undefined);
}

async function accept(
  options: OpenOptions,
  range: OpenedRange | undefined,
  { returned, source, isUsed }: Taken,
): Promise<Opened> {
  const { transfer, resolved, watchdog, settings } = options;
  const { provider } = resolved;
  try {
    const { isResponse, status, headers, body: given } = checkOpened(returned, provider.name, isUsed);
    // Only a Response has a status from the provider.
    if (isResponse) transfer.responded(status, upstreamRequestId(headers));
    const asked = range && `bytes=${range.start}-${range.end ?? ''}`;
    const body = new OpenedBody(
      track(transfer, source),
      acceptHead(status, headers, 'GET').contentLength,
      provider.name,
    );
    body.on('error', () => undefined);
    transfer.onSettled(() => body.destroy());
    if (status >= 400 && status <= 599) {
      const head = { status, headers };
      const close = (): void => void body.destroy();
      throw await readRefusal({ response: body, head, close }, { transfer, provider, watchdog, settings });
    }
    const problem = headProblem(status, headers, { range: asked, isConditional: false });
    if (problem !== undefined) throw invalidResponse(provider.name, problem);
    const { contentLength: length } = acceptHead(status, headers, 'GET');
    return { status, headers, length, body, bytes: given instanceof Uint8Array ? given : undefined };
  } catch (error) {
    source?.cancel(error);
    throw error;
  }
}

/** Tracks the body as work of the transfer until it has ended or its last pending read has settled. */
function track(transfer: Transfer, source: BodySource | undefined): BodySource {
  if (source === undefined) return { next: async () => ({ done: true, value: undefined }), cancel: () => undefined };
  return { next: () => transfer.work.track(source.next()), cancel: (reason) => source.cancel(reason) };
}
