/** Stands in for lib/upstream/agents/relay-bound.ts where the suite runs with every body relayed that can be. */
export const RELAY_FROM_BYTES = { tcp: 1, tls: 1 } as const;
