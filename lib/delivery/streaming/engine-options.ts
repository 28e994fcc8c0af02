/**
 * Every option that http-proxy-middleware and httpxy read, so that none is read from `Object.prototype`: a `forward`
 * there would send the provider's key to a second server.
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
 * The target of the engine's request. The engine would parse a URL again for each request, and loses the query of one
 * with an IPv6 address. With DEBUG it prints the own members of this object, so the path and query, which may contain a
 * signature, are not among them. It inherits nothing from `Object.prototype`.
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
