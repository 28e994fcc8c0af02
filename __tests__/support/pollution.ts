/** Members on `Object.prototype`, as another package may leave them. */
import { IncomingMessage } from 'node:http';

function rootOf(object: object): object {
  const above: unknown = Object.getPrototypeOf(object);
  return typeof above === 'object' && above !== null ? rootOf(above) : object;
}

/** Under Jest, tests have an `Object` of their own; Node's modules, and what they make, have another. */
const PROTOTYPES = new Set<object>([Object.prototype, rootOf(IncomingMessage.prototype)]);

/** Puts members on every object there is, until it is disposed of. */
export function pollute(members: Readonly<Record<string, unknown>>): Disposable {
  const names = Object.keys(members);
  for (const prototype of PROTOTYPES) {
    for (const name of names) {
      const value = members[name];
      Object.defineProperty(prototype, name, { value, configurable: true, writable: true, enumerable: false });
    }
  }
  return {
    [Symbol.dispose]() {
      for (const prototype of PROTOTYPES) for (const name of names) Reflect.deleteProperty(prototype, name);
    },
  };
}

function refuse(): never {
  throw new Error('polluted');
}

/**
 * What some other package may have put on every object, by the names that this one, Node and its libraries read. Not
 * `timeout` and other names of events: with those, Node's sockets fail without this package, too.
 */
export const POLLUTION: Readonly<Record<string, unknown>> = {
  polluted: 'yes',
  // Headers of a request and of a response.
  accept: 'polluted/type',
  'accept-encoding': 'gzip',
  'accept-ranges': 'polluted',
  authorization: 'Bearer polluted',
  'cache-control': 'polluted',
  connection: 'authorization, etag',
  'content-disposition': 'polluted',
  'content-encoding': 'polluted',
  'content-language': 'polluted',
  'content-length': '1',
  'content-range': 'bytes 0-0/1',
  'content-type': 'polluted/type',
  cookie: 'polluted=1',
  etag: '"polluted"',
  host: 'polluted.test',
  'if-match': '"polluted"',
  'if-modified-since': 'Thu, 01 Jan 2099 00:00:00 GMT',
  'if-none-match': '"polluted"',
  'if-range': '"polluted"',
  'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT',
  'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
  location: 'https://polluted.test/',
  'openai-processing-ms': '1',
  'openai-version': 'polluted',
  range: 'bytes=0-0',
  'retry-after': '999',
  'retry-after-ms': '1',
  'set-cookie': 'polluted=1',
  'transfer-encoding': 'polluted',
  'x-api-key': 'polluted',
  'x-request-id': 'polluted',
  'x-should-retry': 'false',
  // Options of the engine, of axios and of requests and connections.
  agent: false,
  auth: 'polluted:polluted',
  baseURL: 'http://127.0.0.1:1',
  buffer: { maxBytes: 1 },
  changeOrigin: true,
  followRedirects: true,
  forward: 'http://127.0.0.1:1',
  headers: { 'x-polluted': '1' },
  hostname: 'polluted.test',
  ignorePath: true,
  localAddress: '127.0.0.2',
  maxBytes: 1,
  maxRedirects: 5,
  method: 'DELETE',
  params: { polluted: 1 },
  path: '/polluted',
  port: 1,
  prependPath: false,
  proxy: { host: '127.0.0.1', port: 1 },
  secure: false,
  socketPath: '/polluted',
  ssl: {},
  target: 'http://127.0.0.1:1',
  timeouts: { total: 1 },
  toProxy: true,
  xfwd: true,
  // Members of options, resolutions, providers, contents, errors and records.
  allowedOrigins: [],
  attempts: 99,
  body: Buffer.from('polluted'),
  bytesExpected: 999,
  cause: 'polluted',
  classifyRefusal: () => ({ code: 'file_not_found' }),
  code: 'polluted',
  contentType: 'polluted/type',
  context: { polluted: true },
  convert: () => ({ body: Buffer.from('polluted') }),
  delivery: 'buffer',
  error: { code: 'polluted', message: 'polluted' },
  errors: 'next',
  fetchContent: async () => ({ body: Buffer.from('polluted') }),
  fileId: '../polluted',
  filename: 'polluted',
  finished: refuse,
  idle: 1,
  lastModified: new Date(0),
  level: 'error',
  levels: { completed: 'error' },
  limits: { maxBytes: 1 },
  logger: { finished: refuse },
  maxConcurrent: 0,
  message: 'polluted',
  param: 'polluted',
  provider: 'polluted',
  query: ['polluted'],
  redactedError: () => ({ message: 'polluted' }),
  translateRefusal: () => ({ message: 'polluted' }),
  addHeaders: () => ({ 'x-polluted': '1' }),
  redirects: 'follow',
  relay: false,
  resources: ['videos'],
  responseHeaders: { 'x-polluted': '1' },
  reuseConnections: false,
  started: refuse,
  status: 418,
  streaming: false,
  tenant: 'polluted',
  transform: refuse,
  type: 'polluted',
};
