import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Origin, requireService, type Service, serveTransfer } from '../../delivery/serve';
import { type FileContentError, fileNotFound, isSharedNotFound } from '../../errors';
import type { FileContent } from '../../file-content';
import type { Presentation } from '../../http/presentation';
import { requireMethod, requireNoBody } from '../../http/request-checks';
import { nameRoute, routeName } from '../../http/route-name';
import type { Provider } from '../../provider-contract/provider';
import { checkResolution } from '../../resolution/check-resolution';
import type { Resolution } from '../../resolution/resolution';
import { asResolverError } from '../../resolution/resolver-errors';
import type { ResolvedTransfer } from '../../transfer/resolved-transfer';
import { Transfer } from '../../transfer/transfer';
import { withinResolveTime } from '../../upstream/location/locate';
import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { ownMembers } from '../../values/own-members';
import { readOptions } from '../../values/read-options';
import { readSealingKeys } from '../ids/sealing-keys';
import { type ContentLink, type ContentLinkToSign, type OpenedLink, openLink, sealLink } from './content-link';
import { type TokenCipher, tokenCipher } from './link-token';

/** Options of {@link contentLinks}. */
export interface ContentLinksOptions {
  /**
   * The keys: 32 random bytes each, as bytes, base64, base64url or hex. The first signs and all verify, so put a new
   * key first and keep the previous one until its last link has expired.
   */
  keys: readonly (string | Uint8Array)[];
  /**
   * Names the provider that holds the file of a verified link, as `resolveProvider` does. The link's own tenant, name
   * and disposition win over the result. `undefined` or `null` is a 404.
   *
   * @throws FileContentError to send the client its status
   */
  resolve(
    link: ContentLink,
    req: IncomingMessage,
  ): Provider | Resolution | undefined | null | Promise<Provider | Resolution | undefined | null>;
}

/** Signs links and serves their files. */
export interface ContentLinks {
  /**
   * Signs a link. Put the token into a URL: `/d/{token}` or `/d/{token}/{any name}`.
   *
   * @throws TypeError for an unknown member or a wrong value
   */
  sign(link: ContentLinkToSign): string;
  /** Returns what a token is bound to. Returns `undefined` for an expired, forged or truncated one; never throws. */
  verify(token: string): ContentLink | undefined;
  /**
   * Serves `GET` and `HEAD` on `/{token}` and `/{token}/{any name}`, relative to where it is mounted.
   *
   * @throws TypeError for anything that `createFileContent` did not make
   *
   * @example
   * app.use('/d', links.handler(files));
   */
  handler(files: FileContent): (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;
}

/**
 * Makes URLs for `<a>`, `<img>`, `<audio>` and `<video>`, which cannot send a header with a key. Whoever has the URL
 * can get its file until the URL expires. The token is encrypted and authenticated: it reveals nothing about the file,
 * and an expired, forged or unknown token gets the same 404.
 *
 * @throws TypeError for an unknown option or a wrong value; no message carries a key
 *
 * @example
 * const resolve = (link: ContentLink) => providers.get(link.provider);
 * const links = contentLinks({ keys: [process.env.LINK_KEY ?? ''], resolve });
 * app.use('/d', links.handler(files));
 * const token = links.sign({ provider: 'openai', fileId: 'file-1', filename: 'chart.png', disposition: 'inline' });
 * const html = `<img src="/d/${token}/chart.png">`;
 *
 */
export function contentLinks(options: ContentLinksOptions): ContentLinks {
  const { keys, resolve } = readOptions('contentLinks', options, { keys: true, resolve: true });
  if (typeof resolve !== 'function') {
    throw invalidOption('contentLinks', 'resolve', 'a function such as (link) => provider', describeKind(resolve));
  }
  const cipher = tokenCipher(readSealingKeys('contentLinks', keys));

  return Object.freeze({
    sign(link: ContentLinkToSign): string {
      return sealLink(cipher, link);
    },
    verify(token: string): ContentLink | undefined {
      const opened = openLink(cipher, token);
      return opened === undefined || isExpired(opened) ? undefined : opened.link;
    },
    handler(files: FileContent) {
      const service = requireService('contentLinks', files, 'links.handler(files)');
      return function contentLink(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void {
        const token = tokenOf(req.url ?? '');
        if (token === undefined) next();
        else serveLink({ service, cipher, resolve, req, res, next }, token);
      };
    },
  });
}

/** The path is `/{token}` or `/{token}/{any name}`: browsers take the name of a saved file from it. */
function tokenOf(target: string): string | undefined {
  const [, token, _name, ...more] = target.split('?', 1)[0]?.split('/') ?? [];
  return token === '' || more.length > 0 ? undefined : token;
}

function isExpired({ expires }: OpenedLink): boolean {
  return expires <= Date.now();
}

interface LinkRequest {
  readonly service: Service;
  readonly cipher: TokenCipher;
  readonly resolve: ContentLinksOptions['resolve'];
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly next: (error?: unknown) => void;
}

const LINK = routeName('/:token');

function serveLink(request: LinkRequest, token: string): void {
  const { service, cipher, req, res } = request;
  // The token must not reach the pages that the file links to, or a store that a redirect leads to.
  res.setHeader('referrer-policy', 'no-referrer');
  const opened = openLink(cipher, token);
  // An invalid token is not recorded: it may be part of a valid one.
  const { resource = 'files', fileId } = opened?.link ?? ownMembers({ resource: undefined, fileId: '' });
  nameRoute(req, LINK);
  const transfer = new Transfer(req, res, resource, fileId, service.listeners);
  void serveTransfer(service, transfer, new LinkedFile(request, opened));
}

/** A request by a link. Every 404 has the same bytes, so that it reveals nothing about the token. */
class LinkedFile implements Origin {
  readonly notFoundMessage = 'No file was found at this address.';
  readonly passOn: ((error: FileContentError) => void) | undefined;
  readonly #request: LinkRequest;
  readonly #opened: OpenedLink | undefined;

  constructor(request: LinkRequest, opened: OpenedLink | undefined) {
    this.#request = request;
    this.#opened = opened;
    this.passOn = request.service.settings.errors === 'next' ? request.next : undefined;
  }

  /** A request with a body is refused. */
  bodyDropped(): undefined {}

  identify(transfer: Transfer): void {
    requireMethod(transfer.req);
    // Query parameters that were added to the link are not forwarded.
    transfer.identified(transfer.fileId, {}, new URLSearchParams());
    const opened = this.#authentic();
    if (isExpired(opened)) throw notFound(`The link expired at ${new Date(opened.expires).toISOString()}.`);
    requireNoBody(transfer.req);
  }

  async resolve(transfer: Transfer): Promise<ResolvedTransfer> {
    const { resolve, req, service } = this.#request;
    const { link } = this.#authentic();
    const start = performance.now();
    let resolved: ResolvedTransfer | undefined;
    try {
      const { timeouts } = service.settings;
      const returned = await withinResolveTime(transfer, timeouts.resolve, { kind: 'resolve' }, () =>
        resolve(link, req),
      );
      // Checked inside the try, because reading the returned value may throw.
      resolved = checkResolution(returned, link.fileId, 'contentLinks.resolve');
    } catch (error) {
      // A failure of the transfer itself (the client left, a time limit passed) is not the resolver's.
      transfer.signal.throwIfAborted();
      const failure = asResolverError(error);
      const isWorded = failure.code === 'file_not_found' && !isSharedNotFound(failure);
      throw isWorded ? fileNotFound({ cause: failure }) : failure;
    }
    if (resolved === undefined) throw notFound(`The provider ${JSON.stringify(link.provider)} is unknown.`);
    const bound = bind(resolved, link);
    transfer.resolvedTo(bound, performance.now() - start);
    return bound;
  }

  #authentic(): OpenedLink {
    if (this.#opened === undefined) throw notFound('The link was not signed with these keys.');
    return this.#opened;
  }

  declined(): void {
    // A link that is not resolved is a 404. It is not passed to the next middleware.
  }
}

/** Replaces members of the resolution by those that were signed into the link. */
function bind(resolved: ResolvedTransfer, { tenant, filename, disposition }: ContentLink): ResolvedTransfer {
  const given = resolved.presentation;
  const presentation: Presentation = {
    disposition: disposition ?? given?.disposition ?? 'attachment',
    filename: filename ?? given?.filename,
    // Many providers send every file with the same generic type, with which no file could be shown.
    contentType: given?.contentType ?? (disposition === 'inline' && filename !== undefined ? 'from-name' : undefined),
  };
  return { ...resolved, tenant: tenant ?? resolved.tenant, presentation };
}

function notFound(reason: string): FileContentError {
  return fileNotFound({ cause: new Error(reason) });
}
