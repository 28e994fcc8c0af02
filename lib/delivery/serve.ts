import { FileContentError } from '../errors';
import { requireHttp1 } from '../http/request-checks';
import type { Settings } from '../options/options';
import { type Agents, isFetchedProvider, type LocatedProvider } from '../provider-contract/provider';
import { Admission, retryShortly } from '../transfer/admission';
import { TransferListeners } from '../transfer/observers/adapters';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import { SharedLimits } from '../transfer/shared-limits/shared-limits';
import type { Transfer } from '../transfer/transfer';
import { Transfers } from '../transfer/transfers';
import { responseTurn } from '../transfer/turn';
import { type Phase, Watchdog } from '../transfer/watchdog';
import { timedOut } from '../upstream/upstream-error';
import { describeKind, withAdvice } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isObject } from '../values/own-members';
import { type BufferedDelivery, createBufferedDelivery } from './buffered/buffered';
import { abortResponse, resetConnection } from './client/abort-response';
import { watchFlow } from './client/flow-watchdog';
import { reportFailure } from './client/report-failure';
import { deliverOpened } from './opened/deliver-opened';
import { unopened } from './opened/open-content';
import { deliverRedirect } from './redirect';
import { createStreamingDelivery, type StreamingDelivery } from './streaming/streaming';

/** The state that all transfers of one `createFileContent` share. */
export interface Service {
  readonly settings: Settings;
  readonly agents: Agents;
  readonly listeners: TransferListeners;
  readonly transfers: Transfers;
  readonly admission: Admission;
  /** Counts in a store what `admission` counts in this process. Undefined without a store. */
  readonly sharedLimits: SharedLimits | undefined;
  readonly streaming: StreamingDelivery;
  readonly buffered: BufferedDelivery;
}

/** Makes the shared state from checked options. */
export function createService(settings: Settings, agents: Agents): Service {
  const { limits, limitStore } = settings;
  return {
    settings,
    agents,
    listeners: new TransferListeners(settings.adapters),
    transfers: new Transfers(),
    admission: new Admission(limits),
    sharedLimits: limitStore && new SharedLimits(limitStore, limits),
    streaming: createStreamingDelivery(settings, agents),
    buffered: createBufferedDelivery(settings, agents),
  };
}

const SERVICES = new WeakMap<object, Service>();

/** Remembers the service of a `FileContent`, which is not among its public members. */
export function ownService(owner: object, service: Service): void {
  SERVICES.set(owner, service);
}

/**
 * Returns the service of a `FileContent` that the application passes to a function of this package.
 *
 * @param call how to call that function
 * @throws TypeError for anything else
 */
export function requireService(where: string, files: unknown, call: string): Service {
  const service = isObject(files) ? SERVICES.get(files) : undefined;
  if (service !== undefined) return service;
  const got = withAdvice(describeKind(files), `write ${call}, where files is createFileContent({ ... })`);
  throw invalidOption(where, 'files', 'what createFileContent(options) returned', got);
}

/** The origin of a transfer: a route whose resolver names the provider, or a call with a known provider. */
export interface Origin {
  /** Checks the ids in the request and sets them on the transfer. @throws FileContentError */
  identify(transfer: Transfer): void;
  /** Resolves when an unwanted request body has been dropped. Undefined if there is none. */
  bodyDropped(transfer: Transfer): Promise<void> | undefined;
  /** Names the provider. Undefined declines the request. @throws FileContentError */
  resolve(transfer: Transfer): ResolvedTransfer | undefined | Promise<ResolvedTransfer | undefined>;
  /** Passes on a request that `resolve` declined, after the transfer was released. */
  declined(): void;
  /** The message of every 404, if it must not name the id. Defaults to one that names it. */
  readonly notFoundMessage?: string | undefined;
  /** Handles errors while nothing has been sent. If absent, the client gets the error's own response. */
  readonly passOn?: ((error: FileContentError) => void) | undefined;
}

/** Serves a transfer until it has its outcome. Never rejects: every failure becomes the outcome. */
export function serveTransfer(service: Service, transfer: Transfer, origin: Origin): Promise<void> {
  return transfer.run(() => carryOut(service, transfer, origin));
}

async function carryOut(service: Service, transfer: Transfer, origin: Origin): Promise<void> {
  const { settings, transfers } = service;
  transfers.add(transfer);
  const watchdog = watchFlow(transfer, settings.timeouts);
  const end = transfer.work.begin();
  let isDeclined = false;
  try {
    // Invalid requests are refused at once, even behind other responses on the connection: that costs nothing.
    requireHttp1(transfer.req);
    origin.identify(transfer);
    const dropped = origin.bodyDropped(transfer);
    if (dropped !== undefined) await dropped;
    const turn = responseTurn(transfer);
    if (turn !== undefined) await turn;
    if (transfers.isClosing) refuseNew(transfer);
    if (settings.timeouts.total > 0) watchTotal(transfer, settings.timeouts.total);
    transfer.work.onOver(service.admission.enter());
    if (service.sharedLimits !== undefined) await service.sharedLimits.enter(transfer);
    const resolved = await origin.resolve(transfer);
    if (resolved === undefined) isDeclined = !transfer.isSettled;
    else {
      if (resolved.tenant !== undefined) {
        transfer.work.onOver(service.admission.enterTenant(resolved.tenant));
        if (service.sharedLimits !== undefined) await service.sharedLimits.enterTenant(transfer, resolved.tenant);
      }
      await deliver(service, transfer, resolved, watchdog);
      // Nothing runs any more, and without work the end of the transfer needs no watch over it.
      end();
      await transfer.ended();
    }
  } catch (error) {
    try {
      reportFailure(transfer, error, settings, origin);
    } catch {
      // A middleware's wrapper around the response throws on every write, so no response can be sent.
      abortResponse(transfer.res, transfer.isDelimited);
    }
    watchdog.enter('clientIdle');
  }
  end();
  if (isDeclined) {
    transfer.decline();
    transfer.runOutside(() => origin.declined());
  }
}

/**
 * Refuses a new request, including one that was waiting behind others on its connection when the service was closed.
 */
function refuseNew({ res }: Transfer): never {
  res.setHeader('connection', 'close');
  throw retryShortly('overloaded', 'The gateway is shutting down. Retry shortly.');
}

function watchTotal(transfer: Transfer, limit: number): void {
  const watchdog = new Watchdog({ total: limit }, () =>
    transfer.fail(timedOut(transfer.resolved?.provider.name, 'the whole transfer')),
  );
  transfer.onSettled(() => watchdog.stop());
  watchdog.enter('total');
}

function deliver(
  service: Service,
  transfer: Transfer,
  resolved: ResolvedTransfer,
  watchdog: Watchdog<Phase>,
): Promise<void> {
  if (resolved.delivery === 'redirect' && isLocated(resolved)) {
    return deliverRedirect(transfer, resolved, { ...service, watchdog });
  }
  if (resolved.delivery !== 'stream') return service.buffered.deliver(transfer, resolved, watchdog);
  if (resolved.provider.openContent !== undefined) return deliverFunction(service, transfer, resolved, watchdog);
  return deliverLocated(service, transfer, resolved, watchdog);
}

/** A provider may open some files by a function and leave others to its `locate`. */
async function deliverFunction(
  service: Service,
  transfer: Transfer,
  resolved: ResolvedTransfer,
  watchdog: Watchdog<Phase>,
): Promise<void> {
  const { settings, agents } = service;
  if (await deliverOpened({ transfer, resolved, watchdog, settings, agents })) return;
  await deliverLocated(service, transfer, resolved, watchdog);
}

function deliverLocated(
  service: Service,
  transfer: Transfer,
  resolved: ResolvedTransfer,
  watchdog: Watchdog<Phase>,
): Promise<void> {
  if (!isLocated(resolved)) throw unopened(resolved.provider.name);
  return service.streaming.deliver(transfer, resolved, watchdog);
}

/** Tells whether the content is at a URL. */
function isLocated(resolved: ResolvedTransfer): resolved is ResolvedTransfer & { readonly provider: LocatedProvider } {
  return !isFetchedProvider(resolved.provider);
}

/**
 * Ends a transfer without waiting for it. Its client sees an incomplete download. Pending bytes are not sent, because a
 * client that reads nothing would delay the end.
 */
export function cutOff(transfer: Transfer): void {
  const error = new FileContentError('overloaded', 'The gateway shut down before this transfer had ended.');
  transfer.fail(error, 'client_aborted');
  const { connection } = transfer;
  // A reader in this process has learned of the failure already.
  if (connection === undefined) return;
  if (transfer.isDelimited) connection.destroy();
  else resetConnection(connection);
}
