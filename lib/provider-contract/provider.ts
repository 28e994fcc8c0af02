import type { Transform } from 'node:stream';
import type { OpenAIError } from '../errors';
import type { Optional } from '../values/optional';
import type {
  BufferedContent,
  FileDescription,
  OpenedContent,
  PresignedURL,
  RefusalMeaning,
  UpstreamRequest,
  UpstreamResponse,
} from './contents';
import type { FetchRequest, ForwardedQuery, LocateRequest, OpenRequest, PresignRequest } from './requests';

export type {
  BufferedContent,
  FileDescription,
  OpenedContent,
  PresignedURL,
  RefusalMeaning,
  UpstreamRequest,
  UpstreamResponse,
} from './contents';
export type { Credential, CredentialRequest } from './credential';
export type {
  Agents,
  FetchRequest,
  ForwardedQuery,
  LocateRequest,
  OpenRequest,
  PresignRequest,
} from './requests';

/**
 * A service that holds files. A {@link LocatedProvider} returns the URL of a file, which this package relays or
 * buffers. A {@link FetchedProvider} fetches the content itself, for example with an SDK or from a database.
 */
export type Provider = LocatedProvider | FetchedProvider;

/** A provider whose content is at a URL. */
export interface LocatedProvider {
  /** Written to every record, as in `openai`, `azure`, `vertex_ai`. */
  readonly name: string;
  /** Whether bytes may be relayed as they arrive. `false` makes every delivery `buffer`. */
  readonly streaming: boolean;
  /**
   * Returns the URL of the file and the headers of the request. It is called for every attempt, so that a credential
   * can be refreshed.
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
   * Decides whether `transform` and `addHeaders` need more of the body. It is called with all bytes that have arrived,
   * first with none and then each time more arrive, until it returns `false` or the body ends; the other functions get
   * these bytes in `response.start`. Until then nothing is sent, and the bytes are held in memory. A HEAD is sent to
   * the provider as a GET. Not called if there is no body, or if all of it has arrived already: `response.start` then
   * has the whole.
   *
   * @example
   * inspect: (response, start) => start.length < 4
   *
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
   * Returns the meaning of a refusal (a 4xx or 5xx). `body` is at most 64 KiB, and empty for HEAD. Return `undefined`
   * to let the status decide. A function that throws or returns something else counts as `undefined`, and the record's
   * cause says so.
   *
   * @example
   * classifyRefusal({ status }, body) {
   *   return status === 400 && body.includes('ExpiredToken') ? { code: 'provider_auth_failed' } : undefined;
   * }
   *
   */
  classifyRefusal?: ((response: UpstreamResponse, body: Buffer) => RefusalMeaning | undefined) | undefined;
  /**
   * Signs a URL with which the client gets the file from the provider itself, for `delivery: 'redirect'`. The URL must
   * contain no credential except its signature, and work for the method of `request`. Leave the function out if the
   * credential cannot sign.
   *
   * @throws FileContentError as `locate`
   */
  presign?: ((request: PresignRequest) => PresignedURL | Promise<PresignedURL>) | undefined;
  /**
   * Returns the file's name. It is called if neither the resolution nor the provider's response has a name, and the
   * client waits for it, at most 5 seconds. If it fails, the file is sent without a name. It may send its own request
   * with `request.agents`.
   */
  describeFile?:
    | ((request: LocateRequest) => FileDescription | undefined | Promise<FileDescription | undefined>)
    | undefined;
  /**
   * Set `follow` only if the provider's contract has redirects: at most 3 are followed, to https or to the same origin,
   * without the credential to another origin. Defaults to `refuse`.
   *
   * @see RFC 9110, section 15.4
   */
  readonly redirects?: 'refuse' | 'follow' | undefined;
  /**
   * Whether the provider supports requests for the last bytes of a file, `Range: bytes=-500`. With `false`, such a
   * Range is not sent and the client gets the whole file with a 200. Defaults to `true`.
   *
   * @see RFC 9110, section 14.1.2
   */
  readonly suffixRanges?: boolean | undefined;
  /** Names of the client's query parameters that are forwarded. Defaults to none. */
  readonly query?: ForwardedQuery | undefined;
  /**
   * Whether a connection may be reused for further requests. `false` opens a connection for every request, so that late
   * bytes of a faulty provider or proxy cannot be taken for another request's response. Defaults to `true`.
   *
   * @see RFC 9112, section 9.3
   */
  readonly reuseConnections?: boolean | undefined;
  /**
   * Whether a new credential may differ. With `true`, `locate()` is called again with `refusedCredential` after a
   * refusal, and the request is retried once if the URL or the headers differ. Set `false` for a fixed credential. A
   * signature that contains the time always differs, so set `false` if its key is fixed. Defaults to `true`.
   */
  readonly renewsCredential?: boolean | undefined;
}

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

export function isFetchedProvider(provider: Provider): provider is FetchedProvider {
  return 'fetchContent' in provider;
}
