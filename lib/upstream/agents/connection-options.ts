import { ownMembers } from '../../values/own-members';
import { isPrototypePolluted } from '../../values/polluted-prototype';

/** What `http.request` and the agents read of a request's options, in all versions of Node that are supported. */
const OF_REQUESTS = [
  '_defaultAgent',
  'agent',
  'auth',
  'createConnection',
  'defaultPort',
  'family',
  'headers',
  'hints',
  'highWaterMark',
  'host',
  'hostname',
  'httpValidation',
  'insecureHTTPParser',
  'joinDuplicateHeaders',
  'localAddress',
  'localPort',
  'lookup',
  'maxHeaderSize',
  'method',
  'onread',
  'path',
  'port',
  'protocol',
  'servername',
  'setDefaultHeaders',
  'setHost',
  'signal',
  'socketPath',
  'timeout',
  'uniqueHeaders',
] as const;

/** What `net.connect`, `tls.connect` and `tls.createSecureContext` read. */
const OF_CONNECTIONS = [
  'ALPNProtocols',
  'allowHalfOpen',
  'allowPartialTrustChain',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'blockList',
  'ca',
  'cert',
  'certificateCompression',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'enableTrace',
  'family',
  'fd',
  'handle',
  'highWaterMark',
  'hints',
  'honorCipherOrder',
  'host',
  'keepAlive',
  'keepAliveInitialDelay',
  'key',
  'localAddress',
  'localPort',
  'lookup',
  'maxVersion',
  'minVersion',
  'noDelay',
  'objectMode',
  'onread',
  'passphrase',
  'path',
  'pfx',
  'port',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'pskCallback',
  'readable',
  'readableHighWaterMark',
  'readableObjectMode',
  'requestOCSP',
  'secureContext',
  'secureOptions',
  'secureProtocol',
  'servername',
  'session',
  'sessionIdContext',
  'sessionTimeout',
  'sigalgs',
  'signal',
  'socket',
  'ticketKeys',
  'timeout',
  'writable',
  'writableHighWaterMark',
  'writableObjectMode',
] as const;

function blank(names: readonly string[]): object {
  return Object.freeze(Object.fromEntries(names.map((name) => [name, undefined])));
}

const BLANK_REQUEST = blank(OF_REQUESTS);
const BLANK_CONNECTION = blank(OF_CONNECTIONS);

/**
 * The options of one request. Node and the engine copy options into plain objects, so a member that is missing would be
 * read off `Object.prototype`. Where somebody has put a name there, all members are own ones, those that are not given
 * undefined.
 *
 * The provider's certificate is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says; an agent's own option wins over
 * this.
 */
export function requestOptions<T extends object>(given: T): T & { rejectUnauthorized: true } {
  // Sixty members more cost a small file a tenth of its CPU.
  if (!isPrototypePolluted()) return { rejectUnauthorized: true, ...given };
  return ownMembers({ ...BLANK_REQUEST, rejectUnauthorized: true as const, ...given });
}

/**
 * Of the request alone, or secret, and of no use to a connection: Node prints a connection's options with NODE_DEBUG.
 */
const NOT_OF_CONNECTIONS = new Set(['agent', 'agents', 'auth', 'headers', 'method', 'createConnection']);

/** The options of one connection as own members, as {@link requestOptions} has those of a request. */
export function connectionOptions<T extends object>(given: T): T {
  const options: Record<string, unknown> = { ...BLANK_CONNECTION, rejectUnauthorized: true };
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !NOT_OF_CONNECTIONS.has(name)) options[name] = value;
  }
  return ownMembers(options) as T;
}
