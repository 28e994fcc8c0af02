import type { FileContentErrorCode } from '../../errors';
import type { ResourceName } from '../../http/routes';
import type { Outcome, TransferRecord } from '../record';

/**
 * Describes a client's HTTP request. The path, the query and other headers are left out, because they may be secret.
 * Members are absent if they are not known.
 */
export interface ArrivalRequest {
  /** How the client reached the gateway, or a proxy in front of it that Express trusts. */
  readonly scheme: 'http' | 'https';
  /** The version of HTTP, such as `1.1`. */
  readonly httpVersion: string;
  /**
   * The host that the client requested, without the port: of `Host`, or of the `X-Forwarded-Host` of a proxy that
   * Express trusts. An IPv6 address has no brackets.
   */
  readonly host?: string;
  /** The port in `Host`, or that of the scheme. Absent if `host` is of `X-Forwarded-Host`. */
  readonly port?: number;
  /** The header `User-Agent`. */
  readonly userAgent?: string;
  /** The IP address of the client: of the connection, or of the `X-Forwarded-For` of a proxy that Express trusts. */
  readonly clientAddress?: string;
  /** The IP address at the other end of the connection. */
  readonly peerAddress?: string;
  /** The port at the other end of the connection. */
  readonly peerPort?: number;
}

/** Describes a request for a file on its arrival, before anything is known of the provider. */
export interface TransferArrival {
  /** The unique id of the transfer, as in its record. */
  readonly transferId: string;
  /** The kind of content that was requested. */
  readonly resource: ResourceName;
  /** The method of the client's request. `GET` for `open()`. */
  readonly method: string;
  /**
   * The path pattern of the route with the path of its mount: `/v1/files/:file_id/content`. It has no ids, so that it
   * can be a label. Absent for `open()`, and where no router has named the route.
   */
  readonly route?: string;
  /** Whether a client sent the request. `false` for `open()`, whose reader is in this process. */
  readonly hasClient: boolean;
  /** The client's HTTP request. Absent for `open()`. */
  readonly request?: ArrivalRequest;
  /** When the request arrived. */
  readonly startedAt: Date;
}

/** Describes a step of a transfer as it begins. */
export interface TransferStep {
  /**
   * What happens: `resolve` calls the resolver, `locate` a provider's `locate` or `presign`, `function` its
   * `fetchContent`, `openContent` or `describeFile`; `request` is an HTTP request for the file.
   */
  readonly kind: 'resolve' | 'locate' | 'function' | 'request';
  /** The name of the provider. Absent for `resolve`. */
  readonly provider?: string;
  /** The method of a `request`. */
  readonly method?: 'GET' | 'HEAD';
  /** Scheme, host and port of a `request`. The path and the query are left out, because they may be secret. */
  readonly origin?: string;
  /** The number of a `request` in this transfer, from 1. */
  readonly attempt?: number;
}

/** Says how a step ended. */
export interface StepEnd {
  /** The status of the provider's response. Absent if none came, and for steps that are no `request`. */
  readonly status?: number;
  /** The version of HTTP in the provider's response, such as `1.1`. Absent where `status` is. */
  readonly httpVersion?: string;
  /** The IP address that responded: the provider's, or that of a proxy on the way to it. Absent where `status` is. */
  readonly peerAddress?: string;
  /** The port that responded. Absent where `peerAddress` is. */
  readonly peerPort?: number;
  /** What failed: the code of an error of this package, or of the error that a callback threw. Absent on success. */
  readonly error?: {
    /**
     * The code, such as `provider_unreachable`. The name of an error that has no code, such as `TypeError`, and `error`
     * if what was thrown is no error. `client_aborted` or `client_stalled` if the step was cancelled because the client
     * left or stopped reading.
     */
    readonly code: FileContentErrorCode | (string & Record<never, never>);
    /** The message, redacted. */
    readonly message: string;
  };
}

/** Is told of one step of a transfer. Every member may be left out. */
export interface StepObserver {
  /**
   * Calls `work`, which runs the step's synchronous part: set the context there that the gateway's own functions should
   * see. If it is not called, the step runs without.
   */
  run?: ((work: () => void) => void) | undefined;
  /**
   * Returns headers to add to a `request`, such as a trace context. Those that frame the message, and those that the
   * request has already, are ignored.
   */
  headers?: (() => Readonly<Record<string, string>> | undefined) | undefined;
  /**
   * Called once when the step ends. A `request` ends with its body, and with the transfer at the latest: a body that
   * was cut off has an error.
   */
  ended?: ((end: StepEnd) => void) | undefined;
}

/** Says why a transfer fails, before its client learns of it. */
export interface TransferFailure {
  /** How the transfer will end. */
  readonly outcome: Outcome;
  /** The error of the record, redacted. Absent if the client stopped reading. */
  readonly error?: {
    /** The code, such as `provider_timeout`. */
    readonly code: FileContentErrorCode;
    /** The message. */
    readonly message: string;
  };
  /** The status that the client has got already: its download will be cut off. Absent if it has got none. */
  readonly status?: number;
}

/** Is told of the steps of one transfer. If it throws, the transfer continues as if it had not been asked. */
export interface TransferObserver {
  /**
   * Calls `work`, in which the file is served: set the context there that the gateway's functions, the logging adapters
   * and taps should see. If it is not called, the file is served without.
   */
  run?: ((work: () => void) => void) | undefined;
  /** Called when a step begins. */
  step?: ((step: TransferStep) => StepObserver | undefined) | undefined;
  /**
   * Called at most once, when the transfer fails: before an error is sent, or the connection of the client closed. Not
   * called if the client leaves.
   */
  failed?: ((failure: TransferFailure) => void) | undefined;
  /** Called once at the end, with the record. Without one if the resolver declined the request. */
  ended?: ((record: TransferRecord | undefined) => void) | undefined;
}
