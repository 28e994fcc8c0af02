/** Stands in for lib/delivery/relay-bound.ts where the suite runs with every body relayed that can be. */
export const RELAY_FROM_BYTES = 1;
