/**
 * The smallest declared length, in bytes, that is relayed. A relayed connection is closed afterwards, so a smaller body is
 * cheaper to pass through the parser on a connection that is kept (docs/guides/performance.md has the measurement).
 */
export const RELAY_FROM_BYTES = 1024 * 1024;
