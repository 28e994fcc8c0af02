import { FileContentError } from '../errors';
import type { Settings } from '../options';
import { type Agents, isFetchedProvider } from '../provider';
import { Journal } from '../transfer/adapters';
import { Admission } from '../transfer/admission';
import type { ResolvedTransfer } from '../transfer/record';
import type { Transfer } from '../transfer/transfer';
import { Transfers } from '../transfer/transfers';
import { responseTurn } from '../transfer/turn';
import { type Phase, Watchdog } from '../transfer/watchdog';
import { timedOut } from '../upstream/upstream-error';
import { type BufferedDelivery, createBufferedDelivery } from './buffered/buffered';
import { answerFailure } from './client/answer-failure';
import { abortResponse, resetConnection } from './client/break-off';
import { watchFlow } from './client/flow-watchdog';
import { deliverOpened } from './opened/deliver-opened';
import { unopened } from './opened/open-content';
import { deliverRedirect } from './redirect';
import { createStreamingDelivery, type StreamingDelivery } from './streaming/streaming';

/** What all transfers of one `createFileContent` share. */
export interface Service {
  readonly settings: Settings;
  readonly agents: Agents;
  readonly journal: Journal;
  readonly transfers: Transfers;
  readonly admission: Admission;
  readonly streaming: StreamingDelivery;
  readonly buffered: BufferedDelivery;
}

/** Makes what all transfers share, from checked options. */
export function createService(settings: Settings, agents: Agents): Service {
  return {
    settings,
    agents,
    journal: new Journal(settings.adapters),
    transfers: new Transfers(),
    admission: new Admission(settings.limits),
    streaming: createStreamingDelivery(settings, agents),
    buffered: createBufferedDelivery(settings, agents),
  };
}

const SERVICES = new WeakMap<object, Service>();

/** Remembers whose service it is, for other ways to it than `owner`'s own members. */
export function ownService(owner: object, service: Service): void {
  SERVICES.set(owner, service);
}

/** The service of a `FileContent`; undefined for anything else. */
export function serviceOf(owner: object): Service | undefined {
  return SERVICES.get(owner);
}

/** How a transfer came here: by a route whose resolver names the provider, or with a provider that is known already. */
export interface Origin {
  /** Checks what is asked for, and tells the transfer. @throws FileContentError */
  identify(transfer: Transfer): void;
  /** Resolves when a request body that nobody wants has been dropped. Undefined where there is none. */
  bodyDropped?(transfer: Transfer): Promise<void> | undefined;
  /** Names the provider; undefined where the request is somebody else's. @throws FileContentError */
  resolve(transfer: Transfer): ResolvedTransfer | undefined | Promise<ResolvedTransfer | undefined>;
  /** Takes the request over once the transfer that `resolve` declined is gone. */
  declined(): void;
  /** The message of every 404, where the id may not be repeated. Defaults to one that names the id. */
  readonly notFoundMessage?: string | undefined;
  /** Takes errors over while nothing has been sent. Where it is absent, the client gets the error's own response. */
  readonly passOn?: ((error: FileContentError) => void) | undefined;
}

/** Brings a transfer to its one outcome. Never rejects: whatever happens becomes that outcome. */
export async function serveTransfer(service: Service, transfer: Transfer, origin: Origin): Promise<void> {
  const { settings, transfers } = service;
  transfers.add(transfer);
  const watchdog = watchFlow(transfer, settings.timeouts);
  const end = transfer.work.begin();
  let isDeclined = false;
  try {
    // Refuses what nobody needs to see: at once, because that costs nothing, also behind other responses.
    origin.identify(transfer);
    const dropped = origin.bodyDropped?.(transfer);
    if (dropped !== undefined) await dropped;
    const turn = responseTurn(transfer);
    if (turn !== undefined) await turn;
    if (transfers.isClosing) refuseNew(transfer);
    if (settings.timeouts.total > 0) watchTotal(transfer, settings.timeouts.total);
    transfer.work.onOver(service.admission.enter());
    const resolved = await origin.resolve(transfer);
    if (resolved === undefined) isDeclined = !transfer.isSettled;
    else {
      if (resolved.tenant !== undefined) transfer.work.onOver(service.admission.enterTenant(resolved.tenant));
      await deliver(service, transfer, resolved, watchdog);
      await transfer.ended();
    }
  } catch (error) {
    try {
      answerFailure(transfer, error, settings, origin);
    } catch {
      // Something that a middleware has put around the response throws whatever is written: nothing can be answered.
      abortResponse(transfer.res, transfer.isDelimited);
    }
    watchdog.enter('clientIdle');
  }
  end();
  if (isDeclined) {
    transfer.decline();
    origin.declined();
  }
}

/** Also for a request that was waiting behind others on its connection when the service was closed. */
function refuseNew({ res }: Transfer): never {
  res.setHeader('connection', 'close');
  throw new FileContentError('overloaded', 'The gateway is shutting down. Retry shortly.', {
    headers: { 'retry-after': '1' },
  });
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
  const { provider } = resolved;
  if (resolved.delivery === 'redirect' && !isFetchedProvider(provider)) {
    return deliverRedirect(transfer, { ...resolved, provider }, { ...service, watchdog });
  }
  if (resolved.delivery !== 'stream') return service.buffered.deliver(transfer, resolved, watchdog);
  if (provider.openContent !== undefined) return deliverFunction(service, transfer, resolved, watchdog);
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
  const { provider } = resolved;
  if (isFetchedProvider(provider)) throw unopened(provider.name);
  return service.streaming.deliver(transfer, { ...resolved, provider }, watchdog);
}

/**
 * Ends a transfer that the service will not wait for. Its client sees an incomplete download; nothing that still waits
 * to be written is sent, because a client that reads nothing would hold up the end.
 */
export function cutOff(transfer: Transfer): void {
  const error = new FileContentError('overloaded', 'The gateway shut down before this transfer had ended.');
  transfer.fail(error, 'client_aborted');
  const { socket } = transfer.req;
  if (transfer.isDelimited) socket.destroy();
  else resetConnection(socket);
}
