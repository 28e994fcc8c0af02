import type { FileContentErrorCode } from '../errors';
import type { ResourceName } from '../http/routes';
import type { TransferArrival, TransferObserver } from './observers/observer';
import type { BatchUsage } from './observers/usage';

/** How a transfer ended. */
export type Outcome =
  | 'completed'
  | 'handed_over'
  | 'upstream_error'
  | 'upstream_unreachable'
  | 'upstream_timeout'
  | 'upstream_truncated'
  | 'upstream_invalid'
  | 'client_aborted'
  | 'client_stalled'
  | 'rejected'
  | 'resolver_failed'
  | 'too_large'
  | 'internal_error';

/**
 * How the file reaches the client: `stream` passes bytes on as they arrive, `buffer` fetches the whole file before the
 * first byte is sent, `redirect` sends the client to the provider.
 */
export type Delivery = 'stream' | 'buffer' | 'redirect';

/**
 * The path of the body to the client: `relay` past the HTTP parser, `pipeline` through it, `function` from a provider's
 * `fetchContent` or `openContent`, `buffer` from a file that was fetched whole, `redirect` if the client is sent to the
 * provider.
 */
export type DeliveryPath = 'relay' | 'pipeline' | 'function' | 'buffer' | 'redirect';

/**
 * Why a body took the pipeline and not the relay: the router's `relay` is `false` (`off`), there is no body
 * (`no_body`), a transformation changes it (`transform`), its length is not declared (`no_length`), it is `small`, the
 * connection to the provider was opened by an agent that does not pass the options of a request on (`agent`) or holds
 * bytes that were not read in time (`unread_bytes`), a middleware replaced the response's `write` (`wrapped_write`),
 * the client's connection is not a socket (`client_connection`), or `open()` was called (`no_client`).
 */
export type ViaReason =
  | 'off'
  | 'no_body'
  | 'transform'
  | 'no_length'
  | 'small'
  | 'agent'
  | 'unread_bytes'
  | 'wrapped_write'
  | 'client_connection'
  | 'no_client';

/** Describes a transfer whose provider is resolved. The content has not been requested yet. */
export interface TransferStart {
  /** The unique id of the transfer. */
  readonly transferId: string;
  /** The kind of content that was requested. */
  readonly resource: ResourceName;
  /** The method of the client's request. */
  readonly method: string;
  /** The id of the file in the client's request; for `serve()`, `open()` and links, the target's or the link's. */
  readonly fileId: string;
  /** The provider's own id of the file. Absent if it equals `fileId`. */
  readonly upstreamFileId?: string;
  /** The name of the provider. */
  readonly provider: string;
  /** Scheme, host and port of the located URL; absent where the content comes from a function. */
  readonly upstreamOrigin?: string;
  /** How bytes will reach the client. */
  readonly delivery: Delivery;
  /** When the client's request arrived. */
  readonly startedAt: Date;
  /** The tenant that the resolver named. Absent if it named none. */
  readonly tenant?: string;
  /** A copy of the resolver's `context`. Absent if it gave none. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** Describes a finished transfer: plain data without secrets. Each adapter gets its own copy. */
export interface TransferRecord {
  /** The unique id of the transfer. */
  readonly transferId: string;
  /** The kind of content that was requested. */
  readonly resource: ResourceName;
  /** The method of the client's request. */
  readonly method: string;
  /** The id of the file in the client's request; for `serve()`, `open()` and links, the target's or the link's. */
  readonly fileId: string;
  /** The provider's own id of the file. Absent if it equals `fileId`. */
  readonly upstreamFileId?: string;
  /** The name of the provider. Absent if none was resolved. */
  readonly provider?: string;
  /** The scheme, host and port of the located URL. Absent if no URL was located. */
  readonly upstreamOrigin?: string;
  /** How bytes reach the client. Absent if no provider was resolved. */
  readonly delivery?: Delivery;
  /** The path of the body to the client. Absent if the transfer ended before it was chosen. */
  readonly via?: DeliveryPath;
  /** Why the body took the pipeline and not the relay. Absent if `via` is not `pipeline`. */
  readonly viaReason?: ViaReason;
  /** How the transfer ended. */
  readonly outcome: Outcome;
  /** The status that the client got. It is 499 if the client left before the headers. */
  readonly status: number;
  /** The status of the provider's response. Absent if there was none. */
  readonly upstreamStatus?: number;
  /** The provider's own id of the request. Quote it to the provider's support. */
  readonly upstreamRequestId?: string;
  /**
   * The provider's own code for its refusal, such as `NoSuchBucket`, `invalid_api_key` or `PERMISSION_DENIED`: at most
   * 64 token characters. Absent if the provider gave none.
   */
  readonly upstreamCode?: string;
  /**
   * The gateway's own id of the request: the `X-Request-Id` that a middleware set on the response before the router.
   */
  readonly requestId?: string;
  /**
   * The bytes of the body that were written to the client's connection. If the connection broke, the last of them may
   * not have left the process.
   */
  readonly bytesSent: number;
  /** The declared length of this response's body, in bytes. Absent if no length was declared. */
  readonly bytesExpected?: number;
  /**
   * Tells whether the client got the whole body. `unknown` where the client was sent to the provider, and where only
   * the closing of the provider's connection marks its end.
   *
   * @see RFC 9112, section 8
   */
  readonly complete: 'yes' | 'no' | 'unknown';
  /** When the client's request arrived. */
  readonly startedAt: Date;
  /**
   * The time from the request's arrival to the first byte of the body for the client, in milliseconds with at most
   * three decimals.
   */
  readonly firstByteMs?: number;
  /** The time from the request's arrival to the end of the transfer, in milliseconds with at most three decimals. */
  readonly durationMs: number;
  /**
   * The number of requests for the file that were sent to the provider, redirects included, or of calls of
   * `fetchContent` and `openContent`.
   */
  readonly attempts: number;
  /** How often the rest of a body that had broken off was requested. */
  readonly resumes: number;
  /**
   * Why the body was cut off, for each time that it was to be resumed. Absent if it was not. There is one more than
   * `resumes` if the transfer ended before the rest was requested, for example because the client left.
   */
  readonly interruptions?: readonly NonNullable<TransferRecord['error']>[];
  /** The tenant that the resolver named. Absent if it named none. */
  readonly tenant?: string;
  /** What the client was told, and its cause. Absent if nothing failed. */
  readonly error?: {
    /** Names the error. */
    readonly code: FileContentErrorCode;
    /** The message that the client got or would have got. */
    readonly message: string;
    /**
     * What was thrown, redacted. `stack` is there only where the gateway's own code failed (the resolver, a provider's
     * function, this package): at most 20 frames and 4 KiB.
     */
    readonly cause?: {
      /** The name of the error's class. */
      readonly name: string;
      /** The message, redacted. */
      readonly message: string;
      /** The system's or the library's code, such as `ECONNRESET`. */
      readonly code?: string;
      /** The frames of the stack. */
      readonly stack?: string;
    };
  };
  /**
   * `true` if `limits.store` was unavailable, and the transfer was allowed by the limits of its own process alone.
   * Absent otherwise.
   */
  readonly limitsUnchecked?: true;
  /**
   * The rows and tokens of a batch's output that the client was given. Absent unless the resolver asked for it with
   * `usage`, and for other files.
   */
  readonly usage?: BatchUsage;
  /** A copy of the resolver's `context`. Absent if it gave none. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * Receives the start and the final record of each transfer. An adapter that throws or rejects affects no transfer and
 * no other adapter. Its failure is one line on standard error, at most 10 a minute.
 *
 * Its functions are called in the asynchronous context of the request: they see the values that the application's
 * `AsyncLocalStorage` had when the request reached the router, and what an observer's `run` has set.
 */
export interface LoggingAdapter {
  /**
   * Called when the provider is resolved and its `locate()` has settled, before the content is requested. Not called
   * for requests rejected before that.
   */
  started?: ((transfer: TransferStart) => void) | undefined;
  /** Called exactly once for every request that the router handles, including rejected ones. */
  finished(transfer: TransferRecord): void;
  /**
   * Called when a request arrives. What it returns is told of the steps of this transfer, for traces: the resolver,
   * each request to the provider, the end.
   */
  observe?: ((transfer: TransferArrival) => TransferObserver | undefined) | undefined;
}
