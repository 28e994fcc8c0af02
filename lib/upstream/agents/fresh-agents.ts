import * as http from 'node:http';
import * as https from 'node:https';
import type { Agents, LocatedProvider } from '../../provider-contract/provider';
import { ownMembers } from '../../values/own-members';

const made = new WeakMap<http.Agent, http.Agent>();

/**
 * Makes agents that open a new connection for every request and keep none. Connections are made as by the given agents:
 * with their CA, proxy and address guard. They are for retries after a stale connection, and for providers whose
 * connections must not be reused.
 */
export function freshAgents(agents: Agents): Agents {
  return { http: freshAgent(agents.http, http.Agent), https: freshAgent(agents.https, https.Agent) };
}

/** Returns the agents for the first attempt at a provider. */
export function agentsOf({ reuseConnections }: Pick<LocatedProvider, 'reuseConnections'>, agents: Agents): Agents {
  return reuseConnections === false ? freshAgents(agents) : agents;
}

/** The methods by which an agent may make connections in its own way. */
const HOOKS = ['createConnection', 'createSocket', 'getName'] as const;

function freshAgent<T extends http.Agent>(agent: T, Base: new (options: http.AgentOptions) => T): T {
  const known = made.get(agent);
  if (known !== undefined) return known as T;
  const fresh = isNodeAgent(agent) ? withoutKeeping(agent, Base) : agent;
  made.set(agent, fresh);
  return fresh;
}

/** Tells whether an agent has Node's connection pool. Agents of other kinds, as in old proxy packages, have none. */
function isNodeAgent(agent: http.Agent): boolean {
  return typeof agent.createConnection === 'function' && typeof Reflect.get(agent, 'createSocket') === 'function';
}

function withoutKeeping<T extends http.Agent>(agent: T, Base: new (options: http.AgentOptions) => T): T {
  const options: object = ownMembers(Reflect.get(agent, 'options') ?? {});
  const fresh = new Base({ ...options, keepAlive: false, maxSockets: Infinity, maxTotalSockets: Infinity });
  for (const hook of HOOKS) {
    const own: unknown = Reflect.get(agent, hook);
    if (typeof own === 'function' && own !== Reflect.get(Base.prototype, hook))
      Reflect.set(fresh, hook, own.bind(agent));
  }
  return fresh;
}
