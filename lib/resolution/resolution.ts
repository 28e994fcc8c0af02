import type { Request } from 'express';
import type { Disposition } from '../http/presentation';
import type { ResourceName } from '../http/routes';
import type { Provider } from '../provider-contract/provider';
import type { Tap } from '../transfer/observers/tap';
import type { Delivery } from '../transfer/record';
import type { ResumeOptions } from '../transfer/resume-options';

/** Express's request, for the types of callbacks that get one. Only this file and the router import Express. */
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

/** The result of a resolver. A bare {@link Provider} is short for `{ provider }`. */
export interface Resolution {
  /** The provider that holds the file. */
  provider: Provider;
  /** The provider's own id of the file. Defaults to the id that the client asked for. */
  fileId?: string | undefined;
  /**
   * The provider's own ids for other parameters of the route, such as `{ containerId }`. They replace the client's.
   * Defaults to the client's ids.
   */
  params?: Readonly<Record<string, string>> | undefined;
  /**
   * How bytes reach the client. `redirect` sends the client to a URL signed by the provider's `presign`. Defaults to
   * `stream` if the provider can stream, otherwise `buffer`.
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
   * The file's name for `Content-Disposition`, in any script. Paths, control characters and reserved names are removed.
   * Defaults to the provider's.
   *
   * @see RFC 6266, section 4.3
   */
  filename?: string | undefined;
  /**
   * The file's media type, such as `image/png`, or `from-name`: the type for the extension of its name, otherwise the
   * provider's. Defaults to the provider's.
   *
   * @see RFC 9110, section 8.3
   */
  contentType?: string | undefined;
  /**
   * `inline` lets a browser show raster images, audio, video and plain text in a sandbox. Every other type remains an
   * `attachment`, because HTML, SVG, XML, PDF, scripts and unknown types could run. Defaults to `attachment`.
   */
  disposition?: Disposition | undefined;
  /**
   * Observers of the bytes that are sent to the client, for example to count tokens (`batchUsage`) or to hash the file
   * (`contentDigest`). Make new ones for each transfer. Defaults to `[]`.
   */
  taps?: readonly Tap[] | undefined;
  /** When and how the body is resumed if it is cut off. Defaults to the router's `resume`. */
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
 * Chooses the provider and the credential for a request.
 *
 * Return `undefined` or `null` to decline a request: `next()` is called and nothing is logged.
 *
 * @throws FileContentError to send the client its status; any other error is a 500 `resolver_failed`, whose text is not
 * sent
 * @typeParam Req the request as the application's middleware leaves it, for example with the `user` that it adds
 */
export type ProviderResolver<Req extends Request = Request> = (
  req: Req,
  context: ResolveContext,
) => Provider | Resolution | undefined | null | Promise<Provider | Resolution | undefined | null>;
