import type { FileContentError } from '../../errors';
import { parseRange } from '../../http/byte-ranges';
import { ifRangeHolds } from '../../http/conditions';
import type { HeaderValues } from '../../http/header-values';
import { headerText } from '../../http/header-values';
import { headersOf } from '../../http/message-headers';
import { acceptHead, headProblem } from '../../http/response-head';
import { upstreamRequestId } from '../../http/response-headers';
import type { Settings } from '../../options';
import type { Agents, OpenRequest, Provider } from '../../provider';
import type { ResolvedTransfer } from '../../transfer/record';
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

/** What is asked of a provider's `openContent`, and for which transfer. */
export interface OpenOptions {
  readonly transfer: Transfer;
  readonly resolved: ResolvedTransfer & { readonly provider: Provider };
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  readonly agents: Agents;
  readonly method: 'GET' | 'HEAD';
  /** Is the whole file needed, whatever part of it the client asks for? */
  readonly isWhole: boolean;
}

/** A file that was opened: a success, found fit to pass on. */
export interface Opened {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: HeaderValues;
  /** The declared length of the body, in bytes. */
  readonly length: number | undefined;
  /** It ends only where the whole content came. Destroy it where it is not wanted. */
  readonly body: OpenedBody;
  /** The body, where it is all here. */
  readonly bytes: Uint8Array | undefined;
}

type OpenedRange = NonNullable<OpenRequest['range']>;

/**
 * Opens a file by the provider's function. What it gives is closed with the transfer at the latest.
 *
 * @returns undefined where the provider leaves this file to its `locate`
 * @throws FileContentError its own, `resolver_failed` where it returned nonsense, `provider_error` for any other throw,
 *   what a refusal means; the transfer's abort reason
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
  // The client has a part of another version: it gets this one whole (RFC 9110, section 13.1.5).
  opened.body.destroy();
  return await open(options, undefined);
}

/** One range that begins at a position. Others cannot be asked for without the file's size: the whole file is sent. */
function rangeOf({ req }: Transfer): OpenedRange | undefined {
  const range = ownMember(headersOf(req), 'range');
  const [spec, ...others] = (range === undefined ? undefined : parseRange(range)) ?? [];
  if (spec === undefined || others.length > 0 || 'suffix' in spec) return undefined;
  const [start, end] = [Number(spec.first), spec.last === undefined ? undefined : Number(spec.last)];
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end ?? 0)) return undefined;
  return Object.freeze(end === undefined ? { start } : { start, end });
}

/**
 * Opens the rest of a file after its body broke off.
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
    const call = (): unknown => provider.openContent?.(request);
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

/** The error for a function that gave nothing where nothing else has the file. */
export function unopened(provider: string): FileContentError {
  const expected = '{ body: stream, contentType, ... } or a Response';
  return unusable(provider, invalidResult(`provider ${provider}: openContent()`, expected, 'undefined'));
}

/** What a function returned, and its body, whose failures are known from the step in which it came. */
interface Taken {
  readonly returned: unknown;
  readonly source: BodySource | undefined;
  /** Somebody else reads the body, or has read it. */
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
    // Only a Response has a status of the provider's.
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

/** Counts the body as work of the transfer until it has ended, or what was asked of it last has. */
function track(transfer: Transfer, source: BodySource | undefined): BodySource {
  if (source === undefined) return { next: async () => ({ done: true, value: undefined }), cancel: () => undefined };
  return { next: () => transfer.work.track(source.next()), cancel: (reason) => source.cancel(reason) };
}
