import type { FileContentErrorCode } from '../../errors';
import type { ResourceName } from '../../http/routes';
import type { TransferRecord } from '../record';

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
  /** What failed: the code of an error of this package, or of the error that a callback threw. Absent on success. */
  readonly error?: {
    /** The code, such as `provider_unreachable`; `error` if what was thrown has none. */
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

/** Is told of the steps of one transfer. If it throws, the transfer continues as if it had not been asked. */
export interface TransferObserver {
  /** Called when a step begins. */
  step?: ((step: TransferStep) => StepObserver | undefined) | undefined;
  /** Called once at the end, with the record. Without one if the resolver declined the request. */
  ended?: ((record: TransferRecord | undefined) => void) | undefined;
}
