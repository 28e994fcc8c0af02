import * as http from 'node:http';
import * as https from 'node:https';
import { TappedHttpAgent, TappedHttpsAgent } from './delivery/socket-tap';

/** The pair of agents that a router sends its requests through. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

type Given = { readonly http?: http.Agent; readonly https?: https.Agent };

/** Enough for bursts; Node keeps 256 by default, of which a provider closes most unused. */
const MAX_IDLE_PER_ORIGIN = 64;

/**
 * Keep-alive agents without a cap on connections: the engine's own stop at 256 for each origin, where further transfers
 * wait unseen and without a limit of time. How many run at once is decided by `limits`, before a provider is asked.
 */
export const KEEP_ALIVE = Object.freeze({
  keepAlive: true,
  maxSockets: Infinity,
  maxFreeSockets: MAX_IDLE_PER_ORIGIN,
  scheduling: 'lifo',
} as const);

export function createAgents(given: Given, relay = false): Agents {
  return fill(given, relay, KEEP_ALIVE);
}

/** The agents for repeating a request that a stale connection swallowed: every connection is new. Those of the gateway stay its own. */
export function createFreshAgents(given: Given, relay = false): Agents {
  return fill(given, relay, { keepAlive: false, maxSockets: Infinity });
}

function fill(given: Given, relay: boolean, options: http.AgentOptions): Agents {
  const [Http, Https] = relay ? [TappedHttpAgent, TappedHttpsAgent] : [http.Agent, https.Agent];
  return { http: given.http ?? new Http(options), https: given.https ?? new Https(options) };
}

export function agentFor(url: URL, agents: Agents): http.Agent {
  return url.protocol === 'https:' ? agents.https : agents.http;
}
