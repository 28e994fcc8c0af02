import type { Request } from 'express';
import type { Disposition } from './http/presentation';
import type { ResourceName } from './http/routes';
import type { Provider } from './provider';
import type { Tap } from './transfer/observers/tap';
import type { Delivery } from './transfer/record';
import type { ResumeOptions } from './transfer/resume-options';

/** Express's request, for the types of callbacks that get one. Only this file and the router know Express. */
export type { Request };

/** Describes the requested file to a resolver. */
export interface ResolveContext {
  /** The kind of content that is requested. */
  readonly resource: ResourceName;
  /** The id that the client asked for, decoded once and checked against the id grammar. */
  readonly fileId: string;
  /** The route's parameters and those of the mount path (`app.use('/:provider/v1', router)`). */
  readonly params: Readonly<Record<string, string>>;
  /** The id of the transfer, as in its record. */
  readonly transferId: string;
  /** Aborted when the client goes away, or when the resolver's time is up. */
  readonly signal: AbortSignal;
}

/** Everything that a resolver can say about a transfer; a bare {@link Provider} is short for `{ provider }`. */
export interface Resolution {
  /** The provider that holds the file. */
  provider: Provider;
  /** The provider's own id of the file. Defaults to the id that the client asked for. */
  fileId?: string | undefined;
  /**
   * The provider's own ids in the other parameters of the route, such as `{ containerId }`. They replace those of the
   * same names. Defaults to what the client wrote.
   */
  params?: Readonly<Record<string, string>> | undefined;
  /**
   * How bytes reach the client. `redirect` sends it to a URL that the provider's `presign` signs. Defaults to `stream`
   * where the provider can stream, otherwise `buffer`.
   */
  delivery?: Delivery | undefined;
  /** The tenant, for `limits.maxConcurrentPerTenant` and the record. Defaults to none. */
  tenant?: string | undefined;
  /**
   * Adds the gateway's own headers to a successful response. Headers that frame the message or protect the client are
   * refused. Defaults to `{}`.
   */
  responseHeaders?: Readonly<Record<string, string>> | undefined;
  /**
   * The file's name for `Content-Disposition`, in any script: path, control characters and names that a system reserves
   * are taken out. Defaults to the provider's.
   *
   * @see RFC 6266, section 4.3
   */
  filename?: string | undefined;
  /**
   * The file's media type, such as `image/png`, or `from-name`: the type that the extension of its name stands for, and
   * the provider's where it stands for none. Defaults to the provider's.
   *
   * @see RFC 9110, section 8.3
   */
  contentType?: string | undefined;
  /**
   * `inline` lets a browser show raster images, audio, video and plain text, in a sandbox. Any other type is still an
   * `attachment`: HTML, SVG, XML, PDF, scripts and unknown types could run. Defaults to `attachment`.
   */
  disposition?: Disposition | undefined;
  /**
   * Look on at the bytes that the client is given, for example to count tokens (`batchUsage`) or for a checksum
   * (`contentDigest`). Make new ones for each transfer. Defaults to `[]`.
   */
  taps?: readonly Tap[] | undefined;
  /** When and how the body is resumed if it breaks off. Defaults to the router's `resume`. */
  resume?: ResumeOptions | undefined;
  /**
   * Writes the rows and tokens of a batch's output to the record, as `usage`. Other files have none. Defaults to
   * `false`.
   */
  usage?: boolean | undefined;
  /** Data that is copied to the record. Defaults to none. */
  context?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Decides which provider holds the file and which credential is used.
 *
 * Return `undefined` or `null` for a request that is not for this router: `next()` is called and nothing is logged.
 *
 * @throws FileContentError to send the client its status; any other error is a 500 `resolver_failed`, whose text is not
 * sent
 * @typeParam Req the request as the application's middleware leaves it, for example with the `user` that it adds
 */
export type ProviderResolver<Req extends Request = Request> = (
  req: Req,
  context: ResolveContext,
) => Provider | Resolution | undefined | null | Promise<Provider | Resolution | undefined | null>;
