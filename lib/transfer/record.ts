import type { FileContentErrorCode } from '../errors';
import type { ContentResource } from '../http/routes';
import type { Provider } from '../provider';

/** How a transfer ended. */
export type Outcome =
  | 'completed'
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

/** How bytes reach the client: relayed as they arrive, or complete before the first one is sent. */
export type Delivery = 'stream' | 'buffer';

/** What is known when the provider is resolved and nothing has been asked of it yet. */
export interface TransferStart {
  readonly transferId: string;
  readonly resource: ContentResource;
  readonly method: string;
  readonly fileId: string;
  readonly upstreamFileId?: string;
  readonly provider: string;
  /** Scheme, host and port of the located URL; absent where the content comes from a function. */
  readonly upstreamOrigin?: string;
  readonly delivery: Delivery;
  readonly startedAt: Date;
  readonly tenant?: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The one final record of a transfer: plain data without secrets, the same object for no two adapters. */
export interface TransferRecord {
  readonly transferId: string;
  readonly resource: ContentResource;
  readonly method: string;
  readonly fileId: string;
  readonly upstreamFileId?: string;
  readonly provider?: string;
  readonly upstreamOrigin?: string;
  readonly delivery?: Delivery;
  readonly outcome: Outcome;
  /** What the client got; 499 where it left before headers. */
  readonly status: number;
  readonly upstreamStatus?: number;
  /** The provider's own id of the request, for its support. */
  readonly upstreamRequestId?: string;
  /**
   * The provider's own code for its refusal, such as `NoSuchBucket`, `invalid_api_key` or `PERMISSION_DENIED`: at most 64
   * token characters. Absent where the provider gave none.
   */
  readonly upstreamCode?: string;
  /** The gateway's own id of the request: the `X-Request-Id` that a middleware had set on the response before the router. */
  readonly requestId?: string;
  /** Content bytes given to the client's connection; where that broke, some of the last may not have left the process. */
  readonly bytesSent: number;
  /** The declared length of this response's content, where there is one. */
  readonly bytesExpected?: number;
  /** Did the client get the whole content? `unknown` where only the closing of the provider's connection marks its end. */
  readonly complete: 'yes' | 'no' | 'unknown';
  readonly startedAt: Date;
  /** Milliseconds from the request's arrival to the first content byte for the client. */
  readonly firstByteMs?: number;
  readonly durationMs: number;
  /** Requests made to the provider. */
  readonly attempts: number;
  /** Times that a cut response was resumed. */
  readonly resumes: number;
  readonly tenant?: string;
  readonly error?: {
    readonly code: FileContentErrorCode;
    readonly message: string;
    /**
     * What was thrown, redacted. `stack` is there only where the gateway's own code failed (the resolver, a provider's
     * function, this package): at most 20 frames and 4 KiB.
     */
    readonly cause?: {
      readonly name: string;
      readonly message: string;
      readonly code?: string;
      readonly stack?: string;
    };
  };
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * Receives a transfer's start and its one final record. What an adapter throws, or the rejection of what it returns, harms
 * no transfer and no other adapter: it is one line on standard error, at most 10 of them a minute.
 */
export interface LoggingAdapter {
  /** The provider is resolved, nothing has been asked of it yet. Not called for requests rejected before that. */
  started?(transfer: TransferStart): void;
  /** Exactly once for every request that the router answers, rejections included. */
  finished(transfer: TransferRecord): void;
}

/** A resolution after its run-time check, with every default applied. */
export interface ResolvedTransfer {
  readonly provider: Provider;
  readonly fileId: string;
  readonly delivery: Delivery;
  readonly tenant: string | undefined;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly context: Readonly<Record<string, unknown>> | undefined;
}
