/**
 * The smallest declared length that is relayed, in bytes. A relayed connection is closed afterwards, so for a smaller
 * body the parser and a kept connection are cheaper. In measurements a relay costs less CPU from about 200 kB over TCP
 * and from about 1 MB over TLS. For TLS the bound is higher, because a new connection delays the next request by the
 * round trips of a handshake.
 */
export const RELAY_FROM_BYTES = { tcp: 256 * 1024, tls: 4 * 1024 * 1024 } as const;
