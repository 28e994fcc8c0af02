import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Disposition } from '../http/presentation';
import type { ResourceName } from '../http/routes';

/** Describes one attempt at one transfer to a provider. */
export interface LocateRequest {
  /** The kind of content that is requested. */
  readonly resource: ResourceName;
  /** The provider's own id: the resolution's `fileId` if it has one, otherwise the client's, decoded and checked. */
  readonly fileId: string;
  /**
   * The route's parameters, decoded and checked, and those of the mount path, as Express decoded them. The resolution's
   * `params` replace them.
   */
  readonly params: Readonly<Record<string, string>>;
  /** The method that will be used on the located URL; a signature may depend on it. */
  readonly method: 'GET' | 'HEAD';
  /** The client's query parameters that the provider lists in `query`. */
  readonly query: URLSearchParams;
  /** 1 for the first call of `locate` in this transfer, 2 for the next, and so on. Redirects are not counted. */
  readonly attempt: number;
  /** The id of the transfer, as in its record. */
  readonly transferId: string;
  /**
   * `true` if the provider has just refused the last credential, with a 401 or as no longer valid. Get a new credential
   * instead of a cached one. The request is retried once, if the URL or the headers differ.
   */
  readonly refusedCredential?: boolean | undefined;
  /** Aborted when the client goes away or the transfer's time is up. */
  readonly signal: AbortSignal;
  /**
   * The router's agents. Use them for requests that the provider makes to find the file, so that the gateway's CA,
   * proxy or address guard applies to them too.
   */
  readonly agents: Agents;
  /**
   * Throws if the router's `allowedOrigins` does not list the URL's origin. A provider that sends its own requests, for
   * example for a signed URL, must call it before it sends a credential there. The router checks the result of `locate`
   * itself.
   *
   * @throws FileContentError `resolver_failed`
   *
   * @example
   * requireAllowed(signingURL);
   * const response = await fetch(signingURL, { headers, signal });
   *
   */
  readonly requireAllowed: (url: string | URL) => void;
}

/** Describes one transfer to a provider whose content comes from a function. */
export type FetchRequest = Omit<LocateRequest, 'query' | 'refusedCredential'>;

/** Describes a URL that a provider signs for a client. */
export interface PresignRequest extends LocateRequest {
  /**
   * Sign it as `Content-Disposition`. It is `inline` only if `contentType` is safe to show; `attachment` keeps a
   * browser from running the file.
   */
  readonly disposition: Disposition;
  /** The file's name from the resolution, which may contain any character. Absent if it has none. */
  readonly filename?: string | undefined;
  /** Sign it as `Content-Type`. Absent if the resolution has none; the store's own type is then sent. */
  readonly contentType?: string | undefined;
  /** How long the URL may be used, in seconds. */
  readonly expiresInSeconds: number;
}

/** Names of query parameters, for every kind of content or for each kind: `{ videos: ['variant'] }`. */
export type ForwardedQuery = readonly string[] | Readonly<Record<string, readonly string[] | undefined>>;

/** Describes one file to open. */
export interface OpenRequest extends FetchRequest {
  /**
   * The requested part of the file, for the client's range or to resume a body: the positions of its first and its last
   * byte, counted from 0; without `end`, up to the end of the file. Absent if the whole file is needed. A function may
   * ignore it and return the whole file.
   */
  readonly range?: {
    /** The position of the first byte. */
    readonly start: number;
    /** The position of the last byte, inclusive. Absent if the range extends to the end of the file. */
    readonly end?: number;
  };
}

/** The agents that a router uses for its requests. */
export interface Agents {
  /** The agent for `http:` URLs. */
  readonly http: http.Agent;
  /** The agent for `https:` URLs. */
  readonly https: https.Agent;
}
