import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Disposition } from '../http/presentation';
import type { ResourceName } from '../http/routes';

/** Describes one attempt at one transfer to a provider. */
export interface LocateRequest {
  /** The kind of content that is requested. */
  readonly resource: ResourceName;
  /** The provider's own id: the resolution's `fileId` where it gave one, else the client's, decoded and checked. */
  readonly fileId: string;
  /** The route's parameters and those of the mount path, decoded and checked. */
  readonly params: Readonly<Record<string, string>>;
  /** The method that will be used on the located URL; a signature may depend on it. */
  readonly method: 'GET' | 'HEAD';
  /** Those of the client's query parameters that the provider lists in `query`. */
  readonly query: URLSearchParams;
  /** 1 for the first call of `locate` in this transfer, 2 for the next, and so on. Redirects are not counted. */
  readonly attempt: number;
  /** The id of the transfer, as in its record. */
  readonly transferId: string;
  /**
   * `true` when the provider has just refused the credential that `locate()` gave, with a 401 or because it is not
   * valid any more. Get a new credential, not the one in a cache. The request is retried once, if the URL or the
   * headers differ.
   */
  readonly refusedCredential?: boolean | undefined;
  /** Aborted when the client goes away or the transfer's time is up. */
  readonly signal: AbortSignal;
  /**
   * The router's agents. What a provider has to ask before it can say where the content is goes through them, so that a
   * CA, a proxy or an address guard of the gateway's counts there too.
   */
  readonly agents: Agents;
  /**
   * Throws where the router's `allowedOrigins` does not list the URL's origin. A provider that sends requests of its
   * own, such as one for a signed URL, calls it before it sends a credential there. What `locate` returns is checked by
   * the router.
   *
   * @throws FileContentError `resolver_failed`
   *
   * @example
   * requireAllowed(signingURL);
   * const response = await fetch(signingURL, { headers, signal });
   */
  readonly requireAllowed: (url: string | URL) => void;
}

/** Describes one transfer to a provider whose content comes from a function. */
export type FetchRequest = Omit<LocateRequest, 'query' | 'refusedCredential'>;

/** Describes a URL that a provider signs for a client. */
export interface PresignRequest extends LocateRequest {
  /**
   * Sign it as `Content-Disposition`. `inline` only where `contentType` is safe to show; `attachment` keeps a browser
   * from running the file.
   */
  readonly disposition: Disposition;
  /** The file's name, as the resolution has it: it may hold any character. Absent where it has none. */
  readonly filename?: string | undefined;
  /** Sign it as `Content-Type`. Absent where the resolution has none: the store's own type stays. */
  readonly contentType?: string | undefined;
  /** How long the URL may be used, in seconds. */
  readonly expiresInSeconds: number;
}

/** Names of query parameters, for every kind of content or for each kind its own: `{ videos: ['variant'] }`. */
export type ForwardedQuery = readonly string[] | Readonly<Record<string, readonly string[] | undefined>>;

/** Describes one file to open. */
export interface OpenRequest extends FetchRequest {
  /**
   * The part of the file that is wanted, by the client or because a body broke off: positions of its first and its last
   * byte, counted from 0; without `end`, up to the end of the file. Absent where the whole file is needed. A function
   * that ignores it returns the whole file.
   */
  readonly range?: {
    /** The position of the first byte. */
    readonly start: number;
    /** The position of the last byte. Absent where the part goes up to the end of the file. */
    readonly end?: number;
  };
}

/** The pair of agents that a router sends its requests through. */
export interface Agents {
  /** The agent for `http:` URLs. */
  readonly http: http.Agent;
  /** The agent for `https:` URLs. */
  readonly https: https.Agent;
}
