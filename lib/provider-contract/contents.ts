import type { Readable } from 'node:stream';
import type { FileContentErrorCode } from '../errors';

/** Names the URL of the file. Only the client's headers on the allow-list are added to `headers`. */
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
  /** The beginning of the body, for a provider with {@link LocatedProvider.inspect}. Undefined if there is no body. */
  readonly start?: Uint8Array | undefined;
}

/** A whole body with its description. */
export interface BufferedContent {
  /** The bytes, in memory or as an iterable. */
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

/** The meaning of a provider's refusal. */
export interface RefusalMeaning {
  /**
   * Decides the status that the client gets: 404 for `file_not_found`, 502 for `provider_auth_failed` and so on.
   * `provider_error` keeps the provider's status, but 401 and 407 become 502.
   */
  readonly code: FileContentErrorCode;
  /** The record's `upstreamCode`. Defaults to the code that the body or `x-ms-error-code` names. */
  readonly upstreamCode?: string | undefined;
  /**
   * The text for the client, redacted like the provider's own text. Defaults to the provider's words, or the router's
   * for `provider_auth_failed`. Not used for `file_not_found`, whose message is the same for every file.
   */
  readonly message?: string | undefined;
}

/** The metadata of a file at its provider. */
export interface FileDescription {
  /** The file's name, which may contain any character. Defaults to none. */
  filename?: string | undefined;
}

/** A signed URL. */
export interface PresignedURL {
  /** An absolute URL, `https:` or `http:`, without user name or password. */
  url: string | URL;
}

/** An open file: its bytes as a stream, with its description. */
export interface OpenedContent {
  /**
   * The bytes. If they are no longer wanted, a stream is destroyed, a reader cancelled, and `return` called on a
   * generator.
   */
  body: Uint8Array | Readable | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
  /**
   * The length of `body` in bytes, sent as `Content-Length`. A shorter or longer body is an error, and the client's
   * connection is closed. Defaults to none: the response is chunked.
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
   * Set it if `body` is the requested part instead of the whole file: the positions of its first and its last byte, and
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
