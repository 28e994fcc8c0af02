import * as http from 'node:http';
import * as https from 'node:https';

/** The pair of agents that a router sends its requests through. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** Enough for bursts; Node keeps 256 by default, of which a provider closes most unused. */
const MAX_IDLE_PER_ORIGIN = 64;

/**
 * Keep-alive agents without a cap on connections: the engine's own stop at 256 for each origin, where further transfers
 * wait unseen and without a limit of time. How many run at once is decided by `limits`, before a provider is asked.
 */
export function createAgents(given: { readonly http?: http.Agent; readonly https?: https.Agent }): Agents {
  const options = {
    keepAlive: true,
    maxSockets: Infinity,
    maxFreeSockets: MAX_IDLE_PER_ORIGIN,
    scheduling: 'lifo',
  } as const;
  return {
    http: given.http ?? new http.Agent(options),
    https: given.https ?? new https.Agent(options),
  };
}

/** The agents for repeating a request that a stale connection swallowed: every connection is new. Those of the gateway stay its own. */
export function createFreshAgents(given: { readonly http?: http.Agent; readonly https?: https.Agent }): Agents {
  return {
    http: given.http ?? new http.Agent({ keepAlive: false, maxSockets: Infinity }),
    https: given.https ?? new https.Agent({ keepAlive: false, maxSockets: Infinity }),
  };
}

export function agentFor(url: URL, agents: Agents): http.Agent {
  return url.protocol === 'https:' ? agents.https : agents.http;
}
