import { ownMember, ownMembers } from '../../values/own-members';
import { isPrototypePolluted } from '../../values/polluted-prototype';

/** The options that `http.request` and the agents read, in all supported versions of Node. */
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

/** The options that `net.connect`, `tls.connect` and `tls.createSecureContext` read. */
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
 * Makes the options of a request. Node and the engine copy options into plain objects, so a missing member would be
 * read from `Object.prototype`. If any code has added a name there, every option becomes an own member, with the value
 * undefined if it is not given.
 *
 * The provider's certificate is verified whatever NODE_TLS_REJECT_UNAUTHORIZED says; an agent's own option wins over
 * this.
 */
export function requestOptions<T extends object>(given: T): T & { rejectUnauthorized: true } {
  // Sixty more members would cost a tenth of the CPU time of a small file.
  if (!isPrototypePolluted()) return { rejectUnauthorized: true, ...given };
  return ownMembers({ ...BLANK_REQUEST, rejectUnauthorized: true as const, ...given });
}

/**
 * Options that a connection does not need and that may be secret: Node prints a connection's options with NODE_DEBUG.
 */
const NOT_OF_CONNECTIONS = Object.freeze({
  agent: undefined,
  agents: undefined,
  auth: undefined,
  createConnection: undefined,
  headers: undefined,
  method: undefined,
});

/** Makes the options of a connection, as {@link requestOptions} does for a request. */
export function connectionOptions<T extends object>(given: T & { readonly rejectUnauthorized?: boolean }): T {
  const rejectUnauthorized = ownMember(given, 'rejectUnauthorized') ?? true;
  const options = { ...given, ...NOT_OF_CONNECTIONS, rejectUnauthorized };
  // Sixty more members, which Node copies, would be a sixth of what a new connection allocates.
  return isPrototypePolluted() ? ownMembers({ ...BLANK_CONNECTION, ...options }) : options;
}
