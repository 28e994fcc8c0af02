/**
 * The smallest declared length, in bytes, that is relayed. A relayed connection is closed afterwards, so a smaller body
 * is cheaper to pass through the parser on a connection that is kept. Measured, a relay costs less CPU from about 200
 * kB over TCP and from about 1 MB over TLS; there the bound is higher, because a new connection costs the next request
 * a handshake's round trips before its first byte.
 */
export const RELAY_FROM_BYTES = { tcp: 256 * 1024, tls: 4 * 1024 * 1024 } as const;
