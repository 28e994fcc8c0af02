import type { Transform } from 'node:stream';
import type {
  BufferedContent,
  FileDescription,
  OpenedContent,
  PresignedURL,
  RefusalMeaning,
  UpstreamRequest,
  UpstreamResponse,
} from './contract/provider-contents';
import type {
  FetchRequest,
  ForwardedQuery,
  LocateRequest,
  OpenRequest,
  PresignRequest,
} from './contract/provider-requests';
import type { OpenAIError } from './errors';
import type { Optional } from './values/optional';

export type { Credential, CredentialRequest } from './contract/credential';
export type {
  BufferedContent,
  FileDescription,
  OpenedContent,
  PresignedURL,
  RefusalMeaning,
  UpstreamRequest,
  UpstreamResponse,
} from './contract/provider-contents';
export type {
  Agents,
  FetchRequest,
  ForwardedQuery,
  LocateRequest,
  OpenRequest,
  PresignRequest,
} from './contract/provider-requests';

/**
 * Describes who holds a file. A {@link LocatedProvider} says where the content is, and this package relays or buffers
 * it. A {@link FetchedProvider} fetches the content itself, for example with an SDK or from a database.
 */
export type Provider = LocatedProvider | FetchedProvider;

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
