import type * as http from 'node:http';
import type * as https from 'node:https';
import { checkObject, fail } from '../values/option-checks';
import { memberOf } from '../values/own-members';
import type { Settings } from './options';

/** Reads `allowedOrigins`. Undefined if every origin is allowed. @throws TypeError for a wrong value */
export function parseOrigins(where: string, value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return fail(where, 'allowedOrigins', 'an array of origins', value);
  if (value.length === 0)
    fail(where, 'allowedOrigins', 'an array of at least one origin; leave it out to allow every one', value);
  return new Set(
    value.map((item: unknown) => {
      if (typeof item === 'string' && item.includes('*')) {
        fail(
          where,
          'allowedOrigins',
          'an array of whole origins, since wildcards are not supported; list each one',
          item,
        );
      }
      const url = typeof item === 'string' && URL.canParse(item) ? new URL(item) : undefined;
      const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
      return isOrigin
        ? url.origin
        : fail(where, 'allowedOrigins', "an array of origins such as 'https://api.openai.com'", item);
    }),
  );
}

/** Reads the group `agents`. @throws TypeError for a wrong value */
export function parseAgents(where: string, value: unknown): Settings['agents'] {
  const given = checkObject(where, 'agents', value, ['http', 'https']);
  const agents: { http?: http.Agent; https?: https.Agent } = {};
  for (const scheme of ['http', 'https'] as const) {
    const agent = given[scheme];
    if (agent === undefined) continue;
    // A structural check: agents of proxy packages extend their own copy of the class.
    if (typeof agent !== 'object' || agent === null || typeof memberOf(agent, 'addRequest') !== 'function') {
      fail(where, `agents.${scheme}`, `an ${scheme}.Agent`, agent);
    }
    // An own member of Node's agents. Those of proxy packages have an accessor instead, and serve both schemes.
    const protocol: unknown = Object.hasOwn(agent as object, 'protocol') && Reflect.get(agent as object, 'protocol');
    if (typeof protocol === 'string' && protocol !== `${scheme}:`) {
      fail(where, `agents.${scheme}`, `an ${scheme}.Agent`, `an agent for ${protocol}`);
    }
    agents[scheme] = agent as https.Agent;
  }
  return Object.freeze(agents);
}
