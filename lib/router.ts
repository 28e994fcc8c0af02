import { type NextFunction, type Request, type Response, Router } from 'express';
import { type Origin, type Service, serveTransfer } from './delivery/serve';
import type { FileContentError } from './errors';
import { bodyParam, type IdSyntax, parseFileId, printableId } from './http/file-id';
import { misplacedRoute } from './http/misplaced-route';
import { requireMethod, requireNoBody } from './http/request-checks';
import { nameRoute } from './http/route-name';
import { matchRoute, type RouteMatch } from './http/routes';
import { checkResolution } from './resolution/check-resolution';
import type { ProviderResolver, ResolveContext } from './resolution/resolution';
import { asResolverError } from './resolution/resolver-errors';
import { UnansweredRequests } from './transfer/observers/unanswered';
import type { ResolvedTransfer } from './transfer/resolved-transfer';
import { Transfer } from './transfer/transfer';
import { withinResolveTime } from './upstream/location/locate';

export type { Router };

/** Makes the Express router, which begins a transfer for each request whose path is one of the routes. */
export function createRouter(service: Service, resolveProvider: ProviderResolver): Router {
  const { settings, listeners } = service;
  const router = Router({ mergeParams: true });
  const unanswered = new UnansweredRequests();
  router.use(function fileContent(req: Request, res: Response, next: NextFunction): void {
    const match = matchRoute(req.url, settings.routes, settings.idSyntax === 'path');
    if (match === undefined) {
      unanswered.passedOn(res, () => misplacedRoute(req.originalUrl, req.baseUrl, settings.routes));
      next();
      return;
    }
    const rawId = match.rawParams[match.fileIdParam] ?? '';
    const decline = (): void => {
      // The resolver may have sent a response of its own.
      if (res.headersSent) return;
      unanswered.passedOn(res, () => DECLINED);
      next();
    };
    const origin = new RoutedRequest(service, resolveProvider, match, req, next, decline);
    const transfer = new Transfer(req, res, match.resource, printableId(rawId), listeners);
    void serveTransfer(service, transfer, origin);
  });
  return router;
}

const DECLINED =
  'resolveProvider returned undefined, which leaves it to other routes; return a provider, or throw fileNotFound()';

/** The origin of a routed transfer, with Express's request for the resolver and `next`. */
class RoutedRequest implements Origin {
  readonly passOn: ((error: FileContentError) => void) | undefined;
  readonly #resolveTimeoutMs: number;
  readonly #idSyntax: IdSyntax;
  readonly #resolveProvider: ProviderResolver;
  readonly #match: RouteMatch;
  readonly #req: Request;
  readonly #decline: () => void;
  readonly #routeBefore: unknown;

  constructor(
    { settings }: Service,
    resolveProvider: ProviderResolver,
    match: RouteMatch,
    req: Request,
    next: NextFunction,
    decline: () => void,
  ) {
    this.passOn = settings.errors === 'next' ? next : undefined;
    this.#resolveTimeoutMs = settings.timeouts.resolve;
    this.#idSyntax = settings.idSyntax;
    this.#resolveProvider = resolveProvider;
    this.#match = match;
    this.#req = req;
    this.#decline = decline;
    this.#routeBefore = nameRoute(req, match.name);
  }

  /** Decodes and checks the route's parameters. They win over those of the mount path, which Express has decoded. */
  identify(transfer: Transfer): void {
    requireMethod(transfer.req);
    const { rawParams, fileIdParam } = this.#match;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.#req.params)) if (typeof value === 'string') params[name] = value;
    // The API version in a mount path such as `/:version` is not the version of a skill.
    if (transfer.resource === 'skills') delete params['version'];
    for (const [name, raw] of Object.entries(rawParams)) {
      params[name] =
        name === fileIdParam ? parseFileId(raw, 'file_id', this.#idSyntax) : parseFileId(raw, bodyParam(name));
    }
    transfer.identified(params[fileIdParam] ?? transfer.fileId, Object.freeze(params));
    requireNoBody(transfer.req);
  }

  /** A request with a body is refused. */
  bodyDropped(): undefined {}

  async resolve(transfer: Transfer): Promise<ResolvedTransfer | undefined> {
    const context: ResolveContext = Object.freeze({
      resource: transfer.resource,
      fileId: transfer.fileId,
      params: transfer.params,
      transferId: transfer.id,
      signal: transfer.signal,
    });
    const start = performance.now();
    let resolved: ResolvedTransfer | undefined;
    try {
      const returned = await withinResolveTime(transfer, this.#resolveTimeoutMs, { kind: 'resolve' }, () =>
        this.#resolveProvider(this.#req, context),
      );
      // Checked inside the try, because reading the returned value may throw.
      resolved = checkResolution(returned, context.fileId);
    } catch (error) {
      // A failure of the transfer itself (the client left, a time limit passed) is not the resolver's.
      transfer.signal.throwIfAborted();
      throw asResolverError(error);
    }
    if (resolved !== undefined) transfer.resolvedTo(resolved, performance.now() - start);
    return resolved;
  }

  declined(): void {
    nameRoute(this.#req, this.#routeBefore);
    this.#decline();
  }
}
