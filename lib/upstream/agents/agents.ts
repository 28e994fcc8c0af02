import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Agents } from '../../provider';
import { type ProviderAgentOptions, ProviderHttpAgent, ProviderHttpsAgent } from './provider-agents';

type Given = { readonly http?: http.Agent; readonly https?: https.Agent };

/** Enough for bursts; Node keeps 256 by default, of which a provider closes most unused. */
const MAX_IDLE_PER_ORIGIN = 64;
/** As nginx does. A provider whose `Keep-Alive` header names a shorter time is believed. */
const IDLE_MS = 60_000;

/**
 * Keep-alive agents without a cap on connections: the engine's own stop at 256 for each origin, where further transfers
 * wait unseen and without a limit of time. How many run at once is decided by `limits`, before a provider is asked.
 *
 * An agent's `timeout` closes idle connections only: on one that is in use it is an event, to which nobody listens.
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
 * Ends every connection of the agents that {@link createAgents} made. A given agent is left alone: it may serve others.
 */
export function destroyOwnAgents(agents: Agents, given: Given): void {
  if (given.http === undefined) agents.http.destroy();
  if (given.https === undefined) agents.https.destroy();
}

export function agentFor(url: URL, agents: Agents): http.Agent {
  return url.protocol === 'https:' ? agents.https : agents.http;
}
