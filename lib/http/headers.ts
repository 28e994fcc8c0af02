/**
 * The properties of a header. Every header list of this package is a filter over them, so that a header added to the
 * table below is treated the same everywhere.
 */
export type Nature =
  /** Passed from the client to the provider by default: validators, ranges, content negotiation, no identity. */
  | 'from client'
  /** Passed from the provider to the client as it was sent, by default (contract C1). */
  | 'from provider'
  /** Concerns one connection and never passes (RFC 9110, section 7.6.1). */
  | 'hop-by-hop'
  /** Determines where the message ends. */
  | 'framing'
  /** Carries a credential or requests one. */
  | 'credential'
  /** Chooses the server that handles the request. */
  | 'target'
  /** Makes the client wait before it sends a body (RFC 9110, section 10.1.1). */
  | 'expectation'
  /** Says which representations the client accepts. */
  | 'negotiation'
  /** Asks for a part of the file (RFC 9110, section 14). */
  | 'range'
  /** Makes the request conditional (RFC 9110, section 13.1). */
  | 'condition'
  /** Describes the body. A 304 has none and keeps only its validators (RFC 9110, section 15.4.5). */
  | 'content'
  /** Names the encoding of the body. */
  | 'coding'
  /** Describes the bytes that the provider sent, and is wrong after a transformation. */
  | 'bytes'
  /** A checksum of the bytes. */
  | 'checksum'
  /** Identifies a version of the file (RFC 9110, section 8.8). */
  | 'validator'
  /** Says how long a response may be stored. */
  | 'caching'
  /** Restricts what a browser does with the body. */
  | 'protection'
  /** The provider's id for the request. */
  | 'request id'
  /** Set by Node or by the application's own middleware. */
  | 'application'
  /** Safe to show in a record: it is the same for every caller, or names an account without giving access to it. */
  | 'public';

/**
 * Every header that this package treats specially. A name that ends with `*` stands for every name with that prefix.
 * The order of the rows is the order in which headers are forwarded and request ids are looked for.
 */
const TABLE = {
  accept: ['from client', 'negotiation', 'public'],
  range: ['from client', 'range', 'public'],
  'if-range': ['from client', 'range', 'condition', 'public'],
  'if-match': ['from client', 'condition', 'public'],
  'if-none-match': ['from client', 'condition', 'public'],
  'if-modified-since': ['from client', 'condition', 'public'],
  'if-unmodified-since': ['from client', 'condition', 'public'],
  'accept-encoding': ['negotiation', 'public'],
  'accept-charset': ['public'],
  'accept-language': ['public'],
  host: ['target', 'public'],
  expect: ['expectation'],

  'content-type': ['from provider', 'content', 'public'],
  'content-encoding': ['from provider', 'content', 'coding', 'bytes'],
  'content-language': ['from provider', 'content'],
  'content-range': ['from provider', 'bytes'],
  'accept-ranges': ['from provider', 'bytes'],
  etag: ['from provider', 'bytes', 'validator'],
  'last-modified': ['from provider', 'bytes', 'validator'],
  'x-request-id': ['from provider', 'request id', 'public'],
  'openai-version': ['from provider'],
  'openai-processing-ms': ['from provider'],
  'retry-after': ['from provider'],
  'content-length': ['framing', 'content', 'bytes'],
  'content-disposition': ['content'],
  'cache-control': ['caching', 'public'],
  'x-content-type-options': ['protection'],
  date: ['application', 'public'],
  location: ['application'],
  'set-cookie': ['application'],
  vary: ['application'],

  connection: ['hop-by-hop'],
  'proxy-connection': ['hop-by-hop'],
  'keep-alive': ['hop-by-hop'],
  te: ['hop-by-hop'],
  trailer: ['hop-by-hop'],
  upgrade: ['hop-by-hop'],
  'transfer-encoding': ['hop-by-hop', 'framing'],
  'proxy-authenticate': ['hop-by-hop', 'credential'],
  'proxy-authorization': ['hop-by-hop', 'credential'],

  authorization: ['credential'],
  cookie: ['credential'],
  'x-api-key': ['credential'],
  'api-key': ['credential'],
  api_key: ['credential'],
  'x-manus-api-key': ['credential'],
  'x-goog-api-key': ['credential'],
  'x-goog-iam-authorization-token': ['credential'],
  'x-amz-security-token': ['credential'],
  'x-auth-token': ['credential'],
  'x-ms-copy-source-authorization': ['credential'],

  'request-id': ['request id'],
  'apim-request-id': ['request id'],
  'x-amz-request-id': ['request id'],
  'x-ms-request-id': ['request id'],
  'x-goog-request-id': ['request id'],

  'content-md5': ['checksum'],
  'content-digest': ['checksum'],
  digest: ['checksum'],
  'repr-digest': ['checksum'],
  'x-goog-hash': ['checksum'],
  'x-goog-stored-content-*': ['checksum'],
  'x-amz-checksum-*': ['checksum'],
  'x-ms-blob-content-md5': ['checksum'],
  'x-ms-content-crc64': ['checksum'],

  'anthropic-beta': ['public'],
  'anthropic-dangerous-direct-browser-access': ['public'],
  'anthropic-version': ['public'],
  'anthropic-workspace-id': ['public'],
  from: ['public'],
  'http-referer': ['public'],
  'openai-beta': ['public'],
  'openai-organization': ['public'],
  'openai-project': ['public'],
  origin: ['public'],
  pragma: ['public'],
  prefer: ['public'],
  priority: ['public'],
  referer: ['public'],
  traceparent: ['public'],
  tracestate: ['public'],
  'user-agent': ['public'],
  via: ['public'],
  'x-amz-checksum-mode': ['public'],
  'x-amz-content-sha256': ['public'],
  'x-amz-date': ['public'],
  'x-amz-expected-bucket-owner': ['public'],
  'x-amz-request-payer': ['public'],
  'x-amz-server-side-encryption-customer-algorithm': ['public'],
  'x-amz-server-side-encryption-customer-key-md5': ['public'],
  'x-amz-user-agent': ['public'],
  'x-goog-api-client': ['public'],
  'x-goog-user-project': ['public'],
  'x-ms-client-request-id': ['public'],
  'x-ms-date': ['public'],
  'x-ms-encryption-algorithm': ['public'],
  'x-ms-range': ['public'],
  'x-ms-version': ['public'],
  'x-title': ['public'],
} as const satisfies Readonly<Record<string, readonly Nature[]>>;

const ROWS: readonly (readonly [name: string, natures: readonly Nature[]])[] = Object.entries(TABLE);

/** A set of header names. */
export interface HeaderSet {
  /** The names in the order of the table, without those that stand for many. */
  readonly names: readonly string[];
  /** Tells whether a header is in the set. The name is in lower case. */
  has(name: string): boolean;
}

/** The headers whose natures satisfy a condition, for example `headersThat((is) => is('range') || is('condition'))`. */
export function headersThat(condition: (is: (nature: Nature) => boolean) => boolean): HeaderSet {
  const found = ROWS.filter(([, natures]) => condition((nature) => natures.includes(nature))).map(([name]) => name);
  const prefixes = found.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  const names = new Set(found.filter((name) => !name.endsWith('*')));
  return Object.freeze({
    names: Object.freeze([...names]),
    has(name: string): boolean {
      return names.has(name) || prefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length);
    },
  });
}
