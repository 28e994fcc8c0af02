import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Agents } from '../../provider-contract/provider';
import { type ProviderAgentOptions, ProviderHttpAgent, ProviderHttpsAgent } from './provider-agents';

type Given = { readonly http?: http.Agent; readonly https?: https.Agent };

/** Enough for bursts. Node keeps 256 by default, most of which the provider closes unused. */
const MAX_IDLE_PER_ORIGIN = 64;
/** The same as nginx's. A shorter time in the provider's `Keep-Alive` header is obeyed. */
const IDLE_MS = 60_000;

/**
 * Options of keep-alive agents without a limit on connections. The engine's own agents stop at 256 per origin, and
 * further transfers wait unseen and without a time limit. Here `limits` bounds the number of transfers before a
 * provider is requested.
 *
 * An agent's `timeout` closes only idle connections: on a connection in use it is an event without a listener.
 */
export const KEEP_ALIVE = Object.freeze({
  keepAlive: true,
  maxSockets: Infinity,
  maxFreeSockets: MAX_IDLE_PER_ORIGIN,
  scheduling: 'lifo',
  timeout: IDLE_MS,
} as const);

/** @param options other bounds, for tests */
export function createAgents(given: Given, options: ProviderAgentOptions = {}): Agents {
  const settings = { ...KEEP_ALIVE, ...options };
  return {
    http: given.http ?? new ProviderHttpAgent(settings),
    https: given.https ?? new ProviderHttpsAgent(settings),
  };
}

/**
 * Closes every connection of the agents that {@link createAgents} made. A given agent is left alone, because other code
 * may use it.
 */
export function destroyOwnAgents(agents: Agents, given: Given): void {
  if (given.http === undefined) agents.http.destroy();
  if (given.https === undefined) agents.https.destroy();
}

export function agentFor(url: URL, agents: Agents): http.Agent {
  return url.protocol === 'https:' ? agents.https : agents.http;
}
