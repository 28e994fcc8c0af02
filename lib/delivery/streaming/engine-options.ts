/**
 * Every option that http-proxy-middleware and httpxy read, so that they find none on `Object.prototype`: a `forward`
 * there would have the provider's key sent to a second server.
 */
export const NOT_USED = {
  agent: undefined,
  auth: undefined,
  buffer: undefined,
  ca: undefined,
  changeOrigin: false,
  followRedirects: false,
  forward: undefined,
  headers: undefined,
  ignorePath: false,
  localAddress: undefined,
  logger: undefined,
  method: undefined,
  pathRewrite: undefined,
  prependPath: true,
  proxyTimeout: undefined,
  secure: true,
  ssl: undefined,
  target: undefined,
  timeout: undefined,
  toProxy: false,
  ws: false,
  xfwd: false,
} as const;

/**
 * Where the engine sends the request. A URL would be parsed again for each request, and of one with an IPv6 address the
 * engine loses the query. What the engine prints with DEBUG is this object's own members, so path and query, which may
 * hold a signature, are none of them; nor does it inherit what somebody has put on `Object.prototype`.
 */
export class EngineTarget {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string;
  readonly #pathname: string;

  constructor({ protocol, hostname, port, pathname, search }: URL) {
    this.protocol = protocol;
    this.hostname = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    this.port = port;
    this.#pathname = pathname + search;
  }

  get pathname(): string {
    return this.#pathname;
  }

  toString(): string {
    return `${this.protocol}//${this.hostname}:${this.port}`;
  }
}
Object.setPrototypeOf(EngineTarget.prototype, null);
