import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Readable, Transform } from 'node:stream';
import type { FileContentErrorCode, OpenAIError } from './errors';
import type { Disposition } from './http/presentation';
import type { ResourceName } from './http/routes';
import type { Optional } from './values/optional';

/**
 * Describes who holds a file. A {@link LocatedProvider} says where the content is, and this package relays or buffers
 * it. A {@link FetchedProvider} fetches the content itself, for example with an SDK or from a database.
 */
export type Provider = LocatedProvider | FetchedProvider;

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

/** Says where the content is. Of the client's headers, only those of the allow-list are added to `headers`. */
export interface UpstreamRequest {
  /** An absolute URL, `http:` or `https:`, without user name or password. */
  url: string | URL;
  /** Headers of the request, with the provider's credential. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** The head of a provider's response. */
export interface UpstreamResponse {
  /**
   * The HTTP status.
   *
   * @see RFC 9110, section 15
   */
  readonly status: number;
  /** The headers. Their names are lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * The beginning of the body, for a provider with {@link LocatedProvider.inspect}. Undefined where there is no body.
   */
  readonly start?: Uint8Array | undefined;
}

/** A whole body with what describes it. */
export interface BufferedContent {
  /** The bytes: all at once, or as they come. */
  body: Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * Sent as `Content-Type`.
   *
   * @see RFC 9110, section 8.3
   */
  contentType?: string | undefined;
  /**
   * Sent in `Content-Disposition`. Defaults to none.
   *
   * @see RFC 6266, section 4.3
   */
  filename?: string | undefined;
  /**
   * A validator with its quotes, as in the `ETag` header: `"v1"` or `W/"v1"`. Defaults to none.
   *
   * @see RFC 9110, section 8.8.3
   */
  etag?: string | undefined;
  /**
   * Sent as `Last-Modified`. Defaults to none.
   *
   * @see RFC 9110, section 8.8.2
   */
  lastModified?: Date | undefined;
}

/** Says what a provider's refusal means. */
export interface RefusalMeaning {
  /**
   * Decides the status that the client gets: 404 for `file_not_found`, 502 for `provider_auth_failed` and so on.
   * `provider_error` keeps the provider's status, but 401 and 407 become 502.
   */
  readonly code: FileContentErrorCode;
  /** The record's `upstreamCode`. Defaults to the code that the body or `x-ms-error-code` names. */
  readonly upstreamCode?: string | undefined;
  /**
   * The text for the client, redacted like the provider's own text. Defaults to the provider's words, and to the
   * router's for `provider_auth_failed`. Not used for `file_not_found`, whose message is the same for every file.
   */
  readonly message?: string | undefined;
}

/** A provider whose content is at a URL. */
export interface LocatedProvider {
  /** Written to every record, as in `openai`, `azure`, `vertex_ai`. */
  readonly name: string;
  /** May bytes be relayed as they arrive? `false` makes every delivery `buffer`. */
  readonly streaming: boolean;
  /**
   * Says where the content is. It is called once for every attempt, so that a credential can be refreshed.
   *
   * @throws FileContentError to send the client its status; any other error is a 500 `resolver_failed`
   */
  locate(request: LocateRequest): UpstreamRequest | Promise<UpstreamRequest>;
  /**
   * Opens the file as a stream, which is relayed as it arrives. Return `undefined` for a file that `locate` should
   * find. Hooks for the provider's responses, except `addHeaders`, are not called for what it opens.
   *
   * @throws FileContentError to send the client its status, for example `file_not_found`; any other error is a 502
   * `provider_error`
   */
  openContent?:
    | ((request: OpenRequest) => OpenedContent | Response | undefined | Promise<OpenedContent | Response | undefined>)
    | undefined;
  /** Converts the whole body. Its presence makes the delivery `buffer`. */
  convert?: ((content: BufferedContent) => BufferedContent | Promise<BufferedContent>) | undefined;
  /**
   * Decides whether `transform` and `addHeaders` have to see more of the body. It is called with all of the body that
   * has arrived, first with none and then each time there is more, until it returns `false` or the body ends; the
   * others find these bytes in `response.start`. Until then nothing is sent, and the bytes are held in memory. A HEAD
   * is sent to the provider as a GET. Not called where the response has no body.
   *
   * @example
   * inspect: (response, start) => start.length < 4
   */
  inspect?: ((response: UpstreamResponse, start: Uint8Array) => boolean) | undefined;
  /**
   * Changes bytes as they pass. The response then has neither `Content-Length` nor `Accept-Ranges` nor the provider's
   * validators. Return `undefined` to leave the response as it is.
   */
  transform?: ((response: UpstreamResponse) => Transform | undefined) | undefined;
  /**
   * Adds headers to a successful response, for example one that names the format of the body. It is called with the
   * provider's response. Headers that frame the message or protect the client are refused, as in a resolution.
   */
  addHeaders?: ((response: UpstreamResponse) => Readonly<Record<string, string>>) | undefined;
  /**
   * The former name of {@link LocatedProvider.addHeaders}. A provider that has both is a `TypeError`.
   *
   * @deprecated Write `addHeaders`. This name goes with version 1.0.
   */
  responseHeaders?: ((response: UpstreamResponse) => Readonly<Record<string, string>>) | undefined;
  /**
   * Translates the provider's refusal into OpenAI's error members. `body` is at most 64 KiB. Return `undefined` to let
   * the router try the common shapes. A function that throws or returns a promise counts as `undefined`.
   */
  translateRefusal?: ((response: UpstreamResponse, body: Buffer) => Optional<OpenAIError> | undefined) | undefined;
  /**
   * The former name of {@link LocatedProvider.translateRefusal}. A provider that has both is a `TypeError`.
   *
   * @deprecated Write `translateRefusal`. This name goes with version 1.0.
   */
  redactedError?: ((response: UpstreamResponse, body: Buffer) => Optional<OpenAIError> | undefined) | undefined;
  /**
   * What a refusal (a 4xx or 5xx) means, before it is worded. `body` is at most 64 KiB, and empty for HEAD. Undefined:
   * it is read by its status. A function that throws or returns something else counts as undefined; the record's cause
   * says so.
   *
   * @example
   * classifyRefusal({ status }, body) {
   *   return status === 400 && body.includes('ExpiredToken') ? { code: 'provider_auth_failed' } : undefined;
   * }
   */
  classifyRefusal?: ((response: UpstreamResponse, body: Buffer) => RefusalMeaning | undefined) | undefined;
  /**
   * Signs a URL with which the client gets the content from the provider itself, for `delivery: 'redirect'`. The URL
   * must hold no credential but its signature, and work for the method of `request`. Leave the function out where the
   * credential cannot sign.
   *
   * @throws FileContentError as `locate`
   */
  presign?: ((request: PresignRequest) => PresignedURL | Promise<PresignedURL>) | undefined;
  /**
   * Says what the file is called. It is called where neither the resolution nor the provider's response has a name, and
   * the client waits for it, at most 5 seconds. If it fails, the file is sent without a name. It may send a request of
   * its own, through `request.agents`.
   */
  describeFile?:
    | ((request: LocateRequest) => FileDescription | undefined | Promise<FileDescription | undefined>)
    | undefined;
  /**
   * `follow` only where the provider's contract has redirects: at most 3, to https, without the credential to another
   * origin. Defaults to `refuse`.
   *
   * @see RFC 9110, section 15.4
   */
  readonly redirects?: 'refuse' | 'follow' | undefined;
  /**
   * Does the provider support a request for the last bytes of a file, `Range: bytes=-500`? Defaults to `true`. With
   * `false` such a Range is not sent and the client gets the whole file with a 200.
   *
   * @see RFC 9110, section 14.1.2
   */
  readonly suffixRanges?: boolean | undefined;
  /** Names of the client's query parameters that are forwarded. Defaults to none. */
  readonly query?: ForwardedQuery | undefined;
  /**
   * May a connection carry more than one request? Defaults to `true`. `false` opens a connection for every request, so
   * that bytes which a faulty provider or proxy sends too late cannot be taken for another request's response.
   *
   * @see RFC 9112, section 9.3
   */
  readonly reuseConnections?: boolean | undefined;
  /**
   * `false` where the credential is fixed: `locate()` is not called again after the credential was refused. Defaults to
   * `true`: it is called again with `refusedCredential`, and the request is retried once if the URL or the headers
   * differ. A signature that holds the time always differs, so set `false` where it is made with a fixed key.
   */
  readonly renewsCredential?: boolean | undefined;
}

/** What a provider's metadata say of a file. */
export interface FileDescription {
  /** The file's name, which may hold any character. Defaults to none. */
  filename?: string | undefined;
}

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

/** A signed URL. */
export interface PresignedURL {
  /** An absolute URL, `https:` or `http:`, without user name or password. */
  url: string | URL;
}

/** Names of query parameters, for every kind of content or for each kind its own: `{ videos: ['variant'] }`. */
export type ForwardedQuery = readonly string[] | Readonly<Record<string, readonly string[] | undefined>>;

/** A provider whose content comes from a function. */
export interface FetchedProvider {
  /** The name that is written to every record. */
  readonly name: string;
  /** `true` only with `openContent`. Otherwise `false`: the delivery is `buffer`. */
  readonly streaming: boolean;
  /**
   * Fetches the whole body and returns it, or a promise of it. It is called once for a transfer, also for HEAD, so
   * `method` is always GET.
   *
   * @throws FileContentError to send the client its status, for example `file_not_found`; any other error is a 502
   * `provider_error`
   */
  fetchContent(request: FetchRequest): BufferedContent | Promise<BufferedContent>;
  /**
   * Opens the file as a stream, which is relayed as it arrives. Where it is there, `fetchContent` is not called.
   *
   * @throws FileContentError to send the client its status, for example `file_not_found`; any other error is a 502
   * `provider_error`
   */
  openContent?: ((request: OpenRequest) => OpenedContent | Response | Promise<OpenedContent | Response>) | undefined;
}

/** Describes one file to open. */
export interface OpenRequest extends FetchRequest {
  /**
   * The part of the file that the client asks for: positions of its first and its last byte, counted from 0; without
   * `end`, up to the end of the file. Absent where the whole file is needed. A function that ignores it returns the
   * whole file.
   */
  readonly range?: {
    /** The position of the first byte. */
    readonly start: number;
    /** The position of the last byte. Absent where the part goes up to the end of the file. */
    readonly end?: number;
  };
}

/** An open file: its bytes as they come, with what describes it. */
export interface OpenedContent {
  /** The bytes. A stream is destroyed, a reader cancelled and a generator told to return when they are not wanted. */
  body: Uint8Array | Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  /**
   * The length of `body` in bytes, sent as `Content-Length`. A body that is shorter or longer breaks off. Defaults to
   * none: the response is chunked.
   */
  contentLength?: number | undefined;
  /**
   * Sent as `Content-Type`. Defaults to `application/octet-stream`.
   *
   * @see RFC 9110, section 8.3
   */
  contentType?: string | undefined;
  /**
   * Sent in `Content-Disposition`. Defaults to none.
   *
   * @see RFC 6266, section 4.3
   */
  filename?: string | undefined;
  /**
   * A validator with its quotes, as in the `ETag` header: `"v1"` or `W/"v1"`. Defaults to none.
   *
   * @see RFC 9110, section 8.8.3
   */
  etag?: string | undefined;
  /**
   * Sent as `Last-Modified`. Defaults to none.
   *
   * @see RFC 9110, section 8.8.2
   */
  lastModified?: Date | undefined;
  /**
   * Where `body` is the part that was asked for, and not the whole file: positions of its first and its last byte, and
   * the size of the file in bytes. The client then gets a 206. Defaults to the whole file.
   *
   * @see RFC 9110, section 14.4
   */
  range?:
    | {
        /** The position of the first byte of `body`. */
        start: number;
        /** The position of its last byte. */
        end: number;
        /** The size of the whole file, in bytes. */
        total: number;
      }
    | undefined;
}

export function isFetchedProvider(provider: Provider): provider is FetchedProvider {
  return 'fetchContent' in provider;
}

/** Tells a credential function that the provider refused its last credential. */
export interface CredentialRequest {
  /** Always `true`: get a new credential, not the one in a cache. */
  readonly refused: true;
  /** The number of the request to the provider that the credential is for: 2 after the first was refused. */
  readonly attempt: number;
}

/**
 * A secret, or a function that gives it: called once for every attempt, so that tokens can be refreshed. After a 401,
 * or when the provider says that the credential is not valid any more, it is called once more, with `{ refused: true
 * }`; otherwise without an argument.
 *
 * @example
 * const apiKey: Credential = (request) => tokens.get({ forceRefresh: request?.refused === true });
 */
export type Credential = string | ((request?: CredentialRequest) => string | Promise<string>);

/** The pair of agents that a router sends its requests through. */
export interface Agents {
  /** The agent for `http:` URLs. */
  readonly http: http.Agent;
  /** The agent for `https:` URLs. */
  readonly https: https.Agent;
}
