import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkResolution } from '../contract/check-resolution';
import { invalidResolution } from '../contract/resolver-errors';
import type { FileContentError } from '../errors';
import { discardBody } from '../http/request-checks';
import type { ResourceName } from '../http/routes';
import type { Resolution } from '../resolution';
import type { ResolvedTransfer, TransferRecord } from '../transfer/record';
import { Transfer } from '../transfer/transfer';
import { describeKind, describeValue } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { isObject, memberOf } from '../values/own-members';
import { optionalFunction, readOptions } from '../values/read-options';
import { answerFailure } from './client/answer-failure';
import { type Origin, type Service, serveTransfer } from './serve';

/** The file that {@link FileContent.serve} serves: the members of a resolution, and the file's id. */
export interface ServeTarget extends Resolution {
  /** The provider's own id of the file, in whatever form the provider takes. */
  fileId: string;
  /** The kind of content. Defaults to `files`. */
  resource?: ResourceName | undefined;
  /** Further ids that the provider needs, such as `{ containerId }`. Defaults to `{}`. */
  params?: Readonly<Record<string, string>> | undefined;
  /** The query parameters that the provider's contract may forward. Defaults to none; `req.url` is not read. */
  query?: URLSearchParams | undefined;
}

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
  const onError = parseOnError(options);
  const { resource, fileId }: { resource?: unknown; fileId?: unknown } = isObject(target) ? target : {};
  const transfer = new Transfer(
    req,
    res,
    isText(resource) ? resource : 'files',
    isText(fileId) ? fileId : '',
    service.journal,
  );
  const record = transfer.recorded();
  void serveTransfer(service, transfer, new TargetOrigin(service, transfer, target, onError));
  return record;
}

/** The members of a target that a resolution does not have. */
const OF_TARGETS: readonly string[] = ['resource', 'params', 'query'];

class TargetOrigin implements Origin {
  readonly passOn: ((error: FileContentError) => void) | undefined;
  readonly #target: unknown;

  constructor(service: Service, transfer: Transfer, target: unknown, onError: ServeOptions['onError']) {
    this.#target = target;
    if (onError === undefined) return;
    const answer = (): void => answerFailure(transfer, transfer.failure?.error, service.settings);
    this.passOn = (error) => {
      // If it throws or rejects, the client still gets a response.
      new Promise((resolve) => resolve(onError(error))).catch(answer).catch(() => transfer.res.destroy());
    };
  }

  identify(transfer: Transfer): void {
    const target = this.#target;
    if (!isObject(target)) throw wrong('the target', 'an object such as { provider, fileId }', target);
    const [fileId, resource, params, query] = ['fileId', 'resource', 'params', 'query'].map((name) =>
      memberOf(target, name),
    );
    if (!isText(fileId)) throw wrong('"fileId"', 'a non-empty string', fileId);
    if (resource !== undefined && !isText(resource)) throw wrong('"resource"', "a name such as 'files'", resource);
    if (query !== undefined && !(query instanceof URLSearchParams)) throw wrong('"query"', 'URLSearchParams', query);
    transfer.identified(fileId, checkParams(params), query ?? new URLSearchParams());
  }

  bodyDropped(transfer: Transfer): Promise<void> | undefined {
    if (!discardBody(transfer)) return undefined;
    return new Promise((resolve, reject) => {
      transfer.req.once('end', resolve);
      transfer.onAborted(() => reject(transfer.signal.reason));
    });
  }

  resolve(transfer: Transfer): ResolvedTransfer {
    const target = Object(this.#target);
    const rest = Object.fromEntries(Object.entries(target).filter(([name]) => !OF_TARGETS.includes(name)));
    const resolved = checkResolution({ ...rest, provider: memberOf(target, 'provider') }, transfer.fileId, 'serve');
    if (resolved === undefined) throw wrong('the target', 'an object such as { provider, fileId }', target);
    transfer.resolvedTo(resolved, 0);
    return resolved;
  }

  declined(): void {}
}

/**
 * Makes the error for a mistake in the gateway's code. The operator finds it in the record; the client gets no details.
 */
function wrong(what: string, expected: string, given: unknown): FileContentError {
  return invalidResolution(`serve: ${what} must be ${expected}, got ${describeValue(given)}`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function checkParams(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isObject(value)) throw wrong('"params"', 'an object of strings', value);
  const params: Record<string, string> = {};
  for (const [name, param] of Object.entries(value)) {
    if (typeof param !== 'string') throw wrong(`"params.${name}"`, 'a string', param);
    params[name] = param;
  }
  return Object.freeze(params);
}

function parseOnError(options: ServeOptions | undefined): ServeOptions['onError'] {
  if (options === undefined) return undefined;
  return optionalFunction('serve', 'onError', readOptions('serve', options, { onError: true }).onError);
}

/** @throws TypeError that says which object of a framework to pass */
function requireNodeObjects(req: unknown, res: unknown): void {
  const isRequest = isObject(req) && isObject(memberOf(req, 'headers')) && isObject(memberOf(req, 'socket'));
  if (!isRequest) throw notOfNode('req', "Node's IncomingMessage", req);
  const isResponse = isObject(res) && typeof memberOf(res, 'writeHead') === 'function';
  if (!isResponse) throw notOfNode('res', "Node's ServerResponse", res);
}

function notOfNode(name: 'req' | 'res', expected: string, given: unknown): TypeError {
  const hints = { raw: name === 'req' ? 'request.raw' : 'reply.raw', [name]: `ctx.${name}` };
  const hint = Object.entries(hints).find(([member]) => isObject(given) && isObject(memberOf(given, member)));
  return invalidOption('serve', name, expected, describeKind(given) + (hint ? `; write ${hint[1]}` : ''));
}
