import type { IncomingMessage, ServerResponse } from 'node:http';
import { type OpenedFile, openFile } from './delivery/open';
import type { OpenTarget } from './delivery/open-target';
import { createService, cutOff, ownService } from './delivery/serve';
import { type ServeOptions, serveTarget } from './delivery/serve-target';
import type { ServeTarget } from './delivery/target';
import type { FileContentOptions, FileContentRouterOptions } from './options/options';
import { parseOptions } from './options/parse-options';
import type { Request } from './resolution/resolution';
import { createRouter, type Router } from './router';
import type { ActiveTransfer } from './transfer/active-transfer';
import type { TransferRecord } from './transfer/record';
import { createAgents, destroyOwnAgents } from './upstream/agents/agents';
import { describeValue } from './values/describe-value';
import { invalidOption } from './values/mistakes';
import { LONGEST_TIMER, readOptions } from './values/read-options';

/** Options of {@link FileContent.close}. */
export interface CloseOptions {
  /**
   * How long transfers in flight may continue, in milliseconds. Then they are cut off. `0` cuts them off at once. An
   * integer of at most 2147483647, or `Infinity`. Defaults to `Infinity`: each transfer ends by itself, or by its
   * `timeouts`.
   */
  graceMs?: number | undefined;
}

/** The router, and the means to serve, open, list and end transfers. */
export interface FileContent {
  /**
   * The Express router with the built-in routes, the same one each time.
   *
   * @throws TypeError if the option `resolveProvider` was left out
   */
  readonly router: Router;

  /**
   * Serves one file on a route of the application, with Node's request and response: from Express, Nest, Fastify
   * (`reply.raw`), Koa (`ctx.req`, `ctx.res`), Next's pages API or `node:http`. Limits, timeouts, ranges, conditions
   * and the record work as in the router.
   *
   * It ignores the path and the method: HEAD gets only the head, any other method the response to GET. It does not
   * authenticate: check before whether the caller may have the file. A request body that was not read is dropped, and
   * the connection is closed after the response.
   *
   * @param target the members of a resolution, and the file's id
   * @returns a promise that is never rejected. It is fulfilled with the record once the response or its connection is
   *   closed; an invalid target has the outcome `resolver_failed`
   * @throws TypeError for `req`, `res` or `options` of the wrong kind, because no response could be sent, and for a
   *   response that is being served already. In `onError`, another file may be served instead
   *
   * @example
   * app.get('/download/:name', (req, res, next) => {
   *   void files.serve(req, res, { provider, fileId: idOf(req.params.name) }, { onError: next });
   * });
   *
   *
   *
   *
   */
  serve(
    req: IncomingMessage,
    res: ServerResponse,
    target: ServeTarget,
    options?: ServeOptions,
  ): Promise<TransferRecord>;

  /**
   * Opens one file without a client, for code that stores, parses or forwards the bytes. Everything that holds for the
   * router holds here: limits, timeouts (the reader takes the client's part), fresh credentials, redirects, one record.
   * It resolves with the first byte, so that whatever fails before is thrown.
   *
   * A body that is not read fails after `timeouts.clientIdle`.
   *
   * @param target the members of a resolution and the file's id, with `range`, `ifRange` and `signal`
   * @throws FileContentError if the file cannot be opened; its code is `aborted` if the signal was aborted
   * @throws TypeError for a target that makes no sense: nothing was requested then, and there is no record
   *
   * @example Store a file
   * const file = await files.open({ provider, fileId: 'file-1' });
   * await pipeline(file.body, createWriteStream('/tmp/file-1'));
   *
   * @example Parse a batch's output
   * for await (const row of batchRows(await files.open({ provider, fileId: batch.output_file_id }))) {
   *   if (row.error === null) results.set(row.customId, row.body);
   * }
   *
   *
   */
  open(target: OpenTarget): Promise<OpenedFile>;

  /**
   * Returns the transfers in flight, oldest first: frozen data, for an admin page, a metric or a health check. It
   * contains requests that the resolver may still decline, but not those that are refused because {@link close} was
   * called.
   */
  active(): readonly ActiveTransfer[];

  /**
   * Shuts down gracefully. A request that arrives from now on gets a 503 `overloaded` with `Connection: close` and
   * `Retry-After`, and a record; so does one that waits behind another response on its connection. Transfers in flight
   * continue. Those that still run after `graceMs` are cut off: their connections are destroyed, and their records have
   * the outcome `client_aborted` with an `overloaded` error. Once every transfer has its record, their places in
   * `limits.store` are free, and the package closes its own connections to providers. Agents that were given as
   * `agents` are left alone.
   *
   * Call it again to shorten the remaining time: the earliest deadline counts. The application must close the HTTP
   * server itself. No timer of this method keeps the process alive.
   *
   * @returns a promise that is fulfilled when all of this is done, and rejected with a TypeError for a wrong option
   */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Creates the router together with the means to list transfers and to shut down gracefully.
 *
 * The router does not authenticate. Put your authentication in front of it.
 *
 * @typeParam Req the request that the resolver gets, as the application's middleware leaves it
 * @throws TypeError at once, when an option is unknown or has a wrong value
 *
 * @example Finish downloads before the process ends
 * const files = createFileContent({ resolveProvider });
 * app.use('/v1', files.router);
 * process.once('SIGTERM', async () => {
 *   server.close();
 *   await files.close({ graceMs: 25_000 });
 *   server.closeAllConnections();
 * });
 *
 */
export function createFileContent<Req extends Request = Request>(options: FileContentOptions<Req>): FileContent {
  return fileContentOf(options, 'createFileContent');
}

function fileContentOf(options: object, factory: string): FileContent {
  const settings = parseOptions(options, factory);
  const agents = createAgents(settings.agents);
  const service = createService(settings, agents);
  const { transfers } = service;
  let router: Router | undefined;
  let closed: Promise<void> | undefined;

  const files: FileContent = Object.freeze({
    get router(): Router {
      router ??= createRouter(service, settings.resolveProvider ?? failWithoutResolver(factory));
      return router;
    },
    serve(
      req: IncomingMessage,
      res: ServerResponse,
      target: ServeTarget,
      // A default, so that `serve` has three parameters. One with four is Express's error handler: passed to `app.use`,
      // it would be skipped without a word.
      given: ServeOptions | undefined = undefined,
    ): Promise<TransferRecord> {
      return serveTarget(service, req, res, target, given);
    },
    async open(target: OpenTarget): Promise<OpenedFile> {
      return await openFile(service, target);
    },
    active(): readonly ActiveTransfer[] {
      return transfers.describe();
    },
    async close(given?: CloseOptions): Promise<void> {
      const graceMs = parseGraceMs(given);
      closed ??= transfers
        .drain()
        .then(() => service.sharedLimits?.close())
        .then(() => destroyOwnAgents(agents, settings.agents));
      if (graceMs === 0) transfers.endEach(cutOff);
      // The timer need not keep the process alive: the connections of the transfers do.
      const isTimed = graceMs > 0 && graceMs < Infinity;
      const deadline = isTimed ? setTimeout(() => transfers.endEach(cutOff), graceMs).unref() : undefined;
      await closed;
      clearTimeout(deadline);
    },
  });
  ownService(files, service);
  return files;
}

/**
 * Creates an Express router that serves the content of files held by LLM providers: `GET` and `HEAD` on
 * `/files/{file_id}/content` relative to where it is mounted, in Express 4 and 5. It is the `router` of {@link
 * createFileContent}, for applications that need only that.
 *
 * The router does not authenticate. Put your authentication in front of it.
 *
 * @typeParam Req the request that the resolver gets, as the application's middleware leaves it
 * @throws TypeError at once, when an option is unknown or has a wrong value
 *
 * @example One provider
 * app.use('/v1', createFileContentRouter({ resolveProvider: () => openai({ apiKey }) }));
 *
 * @example The provider from the path, one log record for every transfer
 * app.use('/:provider/v1', createFileContentRouter({
 *   resolveProvider: (req, { params }) => providers.get(params.provider ?? ''),
 *   logger: winstonLogger(logger),
 * }));
 */
export function createFileContentRouter<Req extends Request = Request>(options: FileContentRouterOptions<Req>): Router {
  return fileContentOf(options, 'createFileContentRouter').router;
}

function failWithoutResolver(factory: string): never {
  const expected = 'a function such as () => provider, because the router needs it';
  throw invalidOption(factory, 'resolveProvider', expected, 'undefined');
}

function parseGraceMs(options: CloseOptions | undefined): number {
  if (options === undefined) return Infinity;
  const { graceMs } = readOptions('close', options, { graceMs: true });
  if (graceMs === undefined || graceMs === Infinity) return Infinity;
  const isTime = typeof graceMs === 'number' && Number.isInteger(graceMs) && graceMs >= 0 && graceMs <= LONGEST_TIMER;
  if (isTime) return graceMs;
  const expected = `an integer of milliseconds from 0 to ${LONGEST_TIMER}, or Infinity`;
  throw invalidOption('close', 'graceMs', expected, describeValue(graceMs));
}
