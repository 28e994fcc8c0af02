import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileContentError } from '../errors';
import { discardBody } from '../http/request-checks';
import type { TransferRecord } from '../transfer/record';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import { Transfer } from '../transfer/transfer';
import { Watchdog } from '../transfer/watchdog';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isObject, memberOf } from '../values/own-members';
import { optionalFunction, readOptions } from '../values/read-options';
import { reportFailure } from './client/report-failure';
import { type Origin, type Service, serveTransfer } from './serve';
import { checkTarget, isText, resolveTarget, type ServeTarget } from './target';

/** Options of {@link FileContent.serve}. */
export interface ServeOptions {
  /**
   * Handles a failure in place of the package, for example Express's `next`. It is called only while nothing has been
   * sent. If it throws or rejects, the client gets the error's own response. Defaults to sending OpenAI's error body.
   */
  onError?: ((error: FileContentError) => unknown) | undefined;
}

/** Serves a file whose provider the application names. Never rejects; see {@link FileContent.serve}. */
export function serveTarget(
  service: Service,
  req: IncomingMessage,
  res: ServerResponse,
  target: ServeTarget,
  options: ServeOptions | undefined,
): Promise<TransferRecord> {
  requireNodeObjects(req, res);
  requireUnserved(res);
  const onError = parseOnError(options);
  const [resource = 'files', fileId = ''] = [textOf(target, 'resource'), textOf(target, 'fileId')];
  const transfer = new Transfer(req, res, resource, fileId, service.listeners);
  Reflect.set(res, SERVED_AS, transfer);
  const record = transfer.recorded();
  void serveTransfer(service, transfer, new TargetOrigin(service, transfer, req, target, onError));
  return record;
}

class TargetOrigin implements Origin {
  readonly passOn: ((error: FileContentError) => void) | undefined;
  readonly #req: IncomingMessage;
  readonly #target: unknown;
  readonly #bodyTimeout: number;

  constructor(
    service: Service,
    transfer: Transfer,
    req: IncomingMessage,
    target: unknown,
    onError: ServeOptions['onError'],
  ) {
    this.#req = req;
    this.#target = target;
    this.#bodyTimeout = service.settings.timeouts.clientIdle;
    if (onError === undefined) return;
    const answer = (): void => reportFailure(transfer, transfer.failure?.error, service.settings);
    this.passOn = (error) => {
      // If it throws or rejects, the client still gets a response.
      new Promise((resolve) => resolve(onError(error))).catch(answer).catch(() => transfer.res.destroy());
    };
  }

  identify(transfer: Transfer): void {
    const { fileId, params, query } = checkTarget('serve', this.#target);
    transfer.identified(fileId, params, query);
  }

  bodyDropped(transfer: Transfer): Promise<void> | undefined {
    const req = this.#req;
    // Another reader, such as a pipe or a web stream, may never read it to its end.
    const isTaken = req.listenerCount('readable') + req.listenerCount('data') > 0;
    if (!discardBody(transfer) || isTaken || req.destroyed) return undefined;
    return new Promise((resolve, reject) => {
      // The client may never send the rest.
      const limit = new Watchdog({ body: this.#bodyTimeout }, () => resolve());
      limit.enter('body');
      req.once('end', () => {
        limit.stop();
        resolve();
      });
      transfer.onSettled(() => limit.stop());
      transfer.onAborted(() => reject(transfer.signal.reason));
    });
  }

  resolve(transfer: Transfer): ResolvedTransfer {
    const resolved = resolveTarget('serve', this.#target, transfer.fileId);
    transfer.resolvedTo(resolved, 0);
    return resolved;
  }

  declined(): void {}
}

/**
 * The member of a response with its transfer. An entry of a WeakMap would outlive minor garbage collections, and the
 * transfer with it.
 */
const SERVED_AS = Symbol('express-file-content.servedAs');

/**
 * A second transfer would write into the first one's body. After a failure, `onError` may serve another file instead.
 *
 * @throws TypeError
 */
function requireUnserved(res: ServerResponse): void {
  const transfer: unknown = Reflect.get(res, SERVED_AS);
  if (!(transfer instanceof Transfer) || transfer.failure !== undefined || transfer.isSettled) return;
  throw invalidOption(
    'serve',
    'res',
    'a response that is not being served',
    'one that is; call it once for each request',
  );
}

/** For the record. A member that throws or is not a text fails the transfer later. */
function textOf(target: unknown, name: 'resource' | 'fileId'): string | undefined {
  try {
    const value = memberOf(Object(target), name);
    return isText(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseOnError(options: ServeOptions | undefined): ServeOptions['onError'] {
  if (options === undefined) return undefined;
  if (typeof options === 'function') {
    throw invalidOption('serve', 'options', 'an object', 'a function; write { onError: next }');
  }
  return optionalFunction('serve', 'onError', readOptions('serve', options, { onError: true }).onError);
}

/** @throws TypeError that says which object of a framework to pass */
function requireNodeObjects(req: unknown, res: unknown): void {
  // Fastify's and Koa's own objects have headers and a socket as well, but cannot be read.
  const isRequest =
    isObject(req) && isObject(memberOf(req, 'headers')) && typeof memberOf(req, 'resume') === 'function';
  if (!isRequest) throw notOfNode('req', "Node's IncomingMessage", req);
  const isResponse = isObject(res) && typeof memberOf(res, 'writeHead') === 'function';
  if (!isResponse) throw notOfNode('res', "Node's ServerResponse", res);
}

function notOfNode(name: 'req' | 'res', expected: string, given: unknown): TypeError {
  const hints = { raw: name === 'req' ? 'request.raw' : 'reply.raw', [name]: `ctx.${name}` };
  const hint = Object.entries(hints).find(([member]) => isObject(given) && isObject(memberOf(given, member)));
  return invalidOption('serve', name, expected, describeKind(given) + (hint ? `; write ${hint[1]}` : ''));
}
