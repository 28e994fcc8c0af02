import type { LimitStore } from '../transfer/shared-limits/limit-store';

/** Timeouts in milliseconds. `0` or `Infinity` means no limit. */
export interface TimeoutOptions {
  /**
   * Limits the resolver and the first `locate()` together, in milliseconds; each further `locate()` gets the full time.
   * Defaults to `10000` (10 seconds).
   */
  resolve?: number | undefined;
  /**
   * Limits DNS, TCP and TLS to the provider, and the wait for a connection of your own agent, in milliseconds. Defaults
   * to `10000` (10 seconds).
   */
  connect?: number | undefined;
  /**
   * Limits the wait for the provider's response headers once the request is sent, in milliseconds. Defaults to `60000`
   * (1 minute).
   */
  headers?: number | undefined;
  /**
   * Limits the time in which the provider sends nothing although the client is ready, in milliseconds. Defaults to
   * `60000` (1 minute).
   */
  idle?: number | undefined;
  /**
   * Limits the time in which the client takes nothing although bytes wait for it, in milliseconds. Defaults to `120000`
   * (2 minutes).
   */
  clientIdle?: number | undefined;
  /**
   * Limits the whole transfer, in milliseconds, from the moment its response is next on its connection. Defaults to `0`
   * (no limit).
   */
  total?: number | undefined;
}

/** Limits on transfers. `Infinity` means no limit; `0` is not allowed. */
export interface LimitOptions {
  /**
   * Limits the transfers in flight in this router, or in all that share `store`. Above it the client gets a 503 with
   * `Retry-After`. Defaults to `Infinity`.
   *
   * @see RFC 9110, section 10.2.3
   */
  maxConcurrent?: number | undefined;
  /**
   * Limits the transfers in flight of one tenant, in this router or in all that share `store`. Above it the client gets
   * a 429 with `Retry-After`. Defaults to `Infinity`.
   *
   * @see RFC 6585, section 4
   */
  maxConcurrentPerTenant?: number | undefined;
  /**
   * Counts the transfers of several processes, so that `maxConcurrent` and `maxConcurrentPerTenant` hold for all that
   * use the same store: `redisLimits(client)` of `express-file-content/redis`, or your own. Defaults to none: each
   * router counts its own transfers.
   */
  store?: LimitStore | undefined;
  /** Limits the body of one transfer, in bytes. They are counted as they pass. Defaults to `Infinity`. */
  maxBytes?: number | undefined;
}

/** Options of the `buffer` delivery, which fetches the whole file before it sends the first byte. */
export interface BufferOptions {
  /**
   * Limits the size of a buffered file, in bytes. Defaults to `536870912` (512 MiB), the largest file that OpenAI
   * accepts.
   */
  maxBytes?: number | undefined;
  /**
   * Limits the bytes of one transfer that are kept in memory. The rest goes to a temporary file, and so does what
   * exceeds 16 MiB for all transfers together. Defaults to `1048576` (1 MiB).
   */
  memoryPerTransfer?: number | undefined;
  /**
   * Limits the bytes in temporary files of all transfers of this router together. Above it the client gets a 503 with
   * `Retry-After`. Defaults to `10737418240` (10 GiB).
   */
  maxDiskBytes?: number | undefined;
  /** The directory for temporary files. It must exist and be writable. Defaults to `os.tmpdir()`. */
  directory?: string | undefined;
  /** How often a failed fetch is retried. Nothing has been sent to the client yet. Defaults to `2`. */
  retries?: number | undefined;
}

/** Options of the `redirect` delivery, which sends the client to a URL that the provider has signed. */
export interface RedirectOptions {
  /**
   * How long a signed URL may be used, in seconds: 1 to `604800` (7 days). A download that has begun continues after
   * that. Defaults to `60` (1 minute).
   */
  expiresInSeconds?: number | undefined;
}

/** Headers that pass in addition to the allow-lists. */
export interface HeaderOptions {
  /** Names that are added to the allow-list of the client's request. Defaults to `[]`. */
  request?: readonly string[] | undefined;
  /** Names that are added to the allow-list of the provider's response. Defaults to `[]`. */
  response?: readonly string[] | undefined;
  /**
   * Names the header that gives the client the provider's own request id, such as `x-upstream-request-id`, on every
   * response except a 404. Defaults to none.
   */
  upstreamRequestId?: string | undefined;
  /**
   * `Cross-Origin-Resource-Policy` of responses that a browser may show (`disposition: 'inline'`): which pages may load
   * them with `<img>`, `<audio>` or `<video>`. Defaults to the value that a middleware has set, otherwise
   * `same-site`.
   *
   * @see https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
   */
  crossOriginResourcePolicy?: 'same-origin' | 'same-site' | 'cross-origin' | undefined;
}
