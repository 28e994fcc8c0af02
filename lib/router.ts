import type { IncomingMessage } from 'node:http';
import { type NextFunction, type Request, type Response, Router } from 'express';
import { type BufferedDelivery, createBufferedDelivery } from './delivery/buffered/buffered';
import { abortResponse } from './delivery/client/break-off';
import { sendError } from './delivery/client/error-response';
import { watchFlow } from './delivery/client/flow-watchdog';
import { createStreamingDelivery, type StreamingDelivery } from './delivery/streaming/streaming';
import { FileContentError, failedToServe, isSharedNotFound } from './errors';
import { bodyParam, parseFileId, printableId } from './http/file-id';
import { headersOf } from './http/message-headers';
import { matchRoute, type RouteMatch } from './http/routes';
import { type FileContentRouterOptions, parseOptions, type Settings } from './options';
import { isFetchedProvider } from './provider';
import { asResolverError, checkResolution, type ResolveContext } from './resolution';
import { Journal } from './transfer/adapters';
import { Admission } from './transfer/admission';
import type { ResolvedTransfer } from './transfer/record';
import { withRequestIds } from './transfer/request-id';
import { asFileContentError, causeOf } from './transfer/thrown-error';
import { Transfer } from './transfer/transfer';
import { responseTurn } from './transfer/turn';
import { type Phase, Watchdog } from './transfer/watchdog';
import { createAgents } from './upstream/agents/agents';
import { withinResolveTime } from './upstream/locate';
import { timedOut } from './upstream/upstream-error';
import { ownMember } from './values/own-members';

/** What Express adds to a transfer: its own request for the resolver, and the way to whatever comes after the router. */
interface Call {
  readonly req: Request;
  readonly match: RouteMatch;
  readonly next: NextFunction;
}

interface Service {
  readonly settings: Settings;
  readonly admission: Admission;
  readonly streaming: StreamingDelivery;
  readonly buffered: BufferedDelivery;
}

/**
 * An Express router that serves the content of files that LLM providers hold: `GET` and `HEAD` on
 * `/files/{file_id}/content` relative to where it is mounted, in Express 4 and 5.
 *
 * Authenticate before it: whatever reaches the router may ask the resolver.
 *
 * @throws TypeError at once, when an option is unknown or has a wrong value
 *
 * @example One provider
 * app.use('/v1', createFileContentRouter({ resolveProvider: () => openai({ apiKey: process.env.OPENAI_API_KEY }) }));
 *
 * @example The provider from the path, one log record for every transfer
 * app.use('/:provider/v1', createFileContentRouter({
 *   resolveProvider: (req, { params }) => providers.get(params.provider),
 *   logger: winstonLogger(logger),
 * }));
 */
export function createFileContentRouter(options: FileContentRouterOptions): Router {
  const settings = parseOptions(options);
  const agents = createAgents(settings.agents, settings.relay);
  const service: Service = {
    settings,
    admission: new Admission(settings.limits),
    streaming: createStreamingDelivery(settings, agents),
    buffered: createBufferedDelivery(settings, agents),
  };
  const journal = new Journal(settings.adapters);
  const router = Router({ mergeParams: true });
  router.use(function fileContent(req: Request, res: Response, next: NextFunction): void {
    const match = matchRoute(req.url, settings.resources);
    if (match === undefined) {
      next();
      return;
    }
    const rawId = match.rawParams[match.fileIdParam] ?? '';
    const transfer = new Transfer(req, res, match.resource, printableId(rawId), journal);
    void serve(service, transfer, { req, match, next });
  });
  return router;
}

/** Never rejects: whatever happens becomes the transfer's one outcome. */
async function serve(service: Service, transfer: Transfer, call: Call): Promise<void> {
  const { settings } = service;
  const watchdog = watchFlow(transfer, settings.timeouts);
  const end = transfer.work.begin();
  let isDeclined = false;
  try {
    check(transfer, call);
    const turn = responseTurn(transfer);
    if (turn !== undefined) await turn;
    if (settings.timeouts.total > 0) watchTotal(transfer, settings.timeouts.total);
    transfer.work.onOver(service.admission.enter());
    const resolved = await resolve(service, transfer, call.req);
    if (resolved === undefined) isDeclined = !transfer.isSettled;
    else {
      await deliver(service, transfer, resolved, watchdog);
      await transfer.ended();
    }
  } catch (error) {
    try {
      answerFailure(transfer, error, settings, call.next);
    } catch {
      // Something that a middleware has put around the response throws whatever is written: nothing can be answered.
      abortResponse(transfer.res, transfer.isDelimited);
    }
    watchdog.enter('clientIdle');
  }
  end();
  if (isDeclined) {
    transfer.decline();
    call.next();
  }
}

function watchTotal(transfer: Transfer, limit: number): void {
  const watchdog = new Watchdog({ total: limit }, () =>
    transfer.fail(timedOut(transfer.resolved?.provider.name, 'the whole transfer')),
  );
  transfer.onSettled(() => watchdog.stop());
  watchdog.enter('total');
}

/** Refuses what no resolver needs to see: at once, because that costs nothing, also behind other responses. */
function check(transfer: Transfer, { req, match }: Call): void {
  checkMethod(transfer.req);
  identify(transfer, match, req.params);
  checkBody(transfer.req);
}

async function resolve(
  { settings, admission }: Service,
  transfer: Transfer,
  req: Request,
): Promise<ResolvedTransfer | undefined> {
  const context: ResolveContext = Object.freeze({
    resource: transfer.resource,
    fileId: transfer.fileId,
    params: transfer.params,
    transferId: transfer.id,
    signal: transfer.signal,
  });
  let resolved: ResolvedTransfer | undefined;
  const start = performance.now();
  try {
    const returned = await withinResolveTime(transfer, settings.timeouts.resolve, () =>
      settings.resolveProvider(req, context),
    );
    // Looked at in here, because what was returned may throw when it is.
    resolved = checkResolution(returned, context.fileId);
  } catch (error) {
    // A failure of the transfer itself (the client left, time is up) is not the resolver's.
    transfer.signal.throwIfAborted();
    throw asResolverError(error);
  }
  // Known before the tenant may be refused, so that the record names it.
  if (resolved !== undefined) transfer.resolvedTo(resolved, performance.now() - start);
  if (resolved?.tenant !== undefined) transfer.work.onOver(admission.enterTenant(resolved.tenant));
  return resolved;
}

function deliver(
  service: Service,
  transfer: Transfer,
  resolved: ResolvedTransfer,
  watchdog: Watchdog<Phase>,
): Promise<void> {
  const { provider } = resolved;
  if (resolved.delivery === 'stream' && !isFetchedProvider(provider)) {
    return service.streaming.deliver(transfer, { ...resolved, provider }, watchdog);
  } else {
    return service.buffered.deliver(transfer, resolved, watchdog);
  }
}

function checkMethod(req: IncomingMessage): void {
  if (req.method === 'GET' || req.method === 'HEAD') return;
  throw new FileContentError('method_not_allowed', `Method ${req.method} is not allowed here. Use GET or HEAD.`, {
    headers: { allow: 'GET, HEAD' },
  });
}

/** Decodes and checks the route's parameters once; they win over those of the mount path, which Express has decoded. */
function identify(transfer: Transfer, { rawParams, fileIdParam }: RouteMatch, mountParams: Request['params']): void {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(mountParams)) if (typeof value === 'string') params[name] = value;
  // The version of an API in a mount path, as in `/:version`, is not that of a skill.
  if (transfer.resource === 'skills') delete params['version'];
  for (const [name, raw] of Object.entries(rawParams)) {
    params[name] = parseFileId(raw, name === fileIdParam ? 'file_id' : bodyParam(name));
  }
  transfer.identified(params[fileIdParam] ?? transfer.fileId, Object.freeze(params));
}

/** A body would have to be read to find the next request on the connection; the connection is closed instead (T3). */
function checkBody(req: IncomingMessage): void {
  if (!hasBody(req)) return;
  throw new FileContentError('body_not_allowed', `A ${req.method} request for file content must not have a body.`);
}

function hasBody(req: IncomingMessage): boolean {
  const length = ownMember(headersOf(req), 'content-length');
  if (length !== undefined && Number(length) !== 0) return true;
  return ownMember(headersOf(req), 'transfer-encoding') !== undefined;
}

function answerFailure(transfer: Transfer, thrown: unknown, settings: Settings, next: NextFunction): void {
  const { req, res } = transfer;
  if (transfer.isSettled || transfer.isStalled) return;
  const error = asFileContentError(thrown) ?? failedToServe(causeOf(thrown));
  transfer.fail(error);
  if (hasBody(req) && !res.headersSent) {
    res.setHeader('connection', 'close');
    // What has arrived is discarded: closing over unread bytes would reset the connection under the answer.
    req.resume();
  }
  const sent = asSent(error, transfer, settings);
  if (res.headersSent) abortResponse(res, transfer.isDelimited);
  else if (settings.errors === 'next') next(sent);
  else {
    try {
      sendError(res, sent, transfer.id);
    } catch (cause) {
      // What a middleware has put around the response refuses a header, or the message is too long for a string.
      for (const name of Object.keys(sent.headers)) res.removeHeader(name);
      sendError(res, failedToServe(cause), transfer.id);
    }
  }
}

/**
 * "Not yours" and "not there" get the same response to the byte, whichever part of this package found it out; the record
 * keeps what was found.
 */
function asSent(error: FileContentError, transfer: Transfer, settings: Settings): FileContentError {
  if (!isSharedNotFound(error)) return withRequestIds(error, transfer, settings.upstreamRequestIdHeader);
  return new FileContentError('file_not_found', `No file was found with the id ${JSON.stringify(transfer.fileId)}.`);
}
