import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type * as http from 'node:http';
import type * as https from 'node:https';
import { BlockList, isIP, type LookupFunction, Socket } from 'node:net';
import { parse } from 'ipaddr.js';
import type { Agents } from '../../provider-contract/provider';
import { describeKind, describeValue } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { isRecord, ownMembers } from '../../values/own-members';
import { readOptions } from '../../values/read-options';
import { KEEP_ALIVE } from './agents';
import { ProviderHttpAgent, ProviderHttpsAgent } from './provider-agents';

/** Options of {@link guardedAgents}. */
export interface GuardedAgentsOptions {
  /**
   * Addresses and ranges that may be reached even though they are not public: `10.1.2.3`, `10.1.0.0/16`, `fd00::/8`.
   * Defaults to `[]`.
   */
  allow?: readonly string[] | undefined;
  /**
   * Options of both agents, for example your own CA, client certificates or `lookup`. Defaults to keep-alive agents.
   */
  agent?: https.AgentOptions | undefined;
}

/** The address was refused before a connection was opened. */
class AddressRefusedError extends Error {
  readonly code = 'ERR_ADDRESS_REFUSED';

  constructor(host: string, address: string) {
    super(
      host === address
        ? `${address} is not a public address`
        : `${host} has the address ${address}, which is not public`,
    );
    this.name = 'AddressRefusedError';
  }
}

const ADDRESSES = 'an array of addresses and ranges';

function parseAllowed(given: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of given) {
    const [address = '', prefix, ...rest] = typeof entry === 'string' ? entry.split('/') : [];
    const family = isIP(address);
    const bits = prefix === undefined ? undefined : Number(prefix);
    const isRange = bits !== undefined && /^\d+$/.test(prefix ?? '') && bits <= (family === 4 ? 32 : 128);
    if (family === 0 || address.includes('%') || rest.length > 0 || (bits !== undefined && !isRange)) {
      throw invalidOption('guardedAgents', 'allow', `${ADDRESSES} such as '10.1.0.0/16'`, describeValue(entry));
    }
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, bits, type);
  }
  return list;
}

/** Addresses of cloud services that lie in public ranges: Azure's platform (DNS, health probes, VM agent). */
const OF_PLATFORMS = new Set(['168.63.129.16']);

/**
 * Tells whether an address is public by the IANA registries of special-purpose addresses. In IPv6 only global unicast
 * (2000::/3) is public, without transition addresses (6to4, Teredo, NAT64, mapped: none of them is `unicast`) and
 * without ISATAP addresses that contain a private IPv4 address.
 *
 * @see RFC 5214, section 6.1 (ISATAP)
 */
function isPublic(address: string): boolean {
  const parsed = parse(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed.kind() === 'ipv4') return !OF_PLATFORMS.has(parsed.toString());
  const bytes = parsed.toByteArray();
  if (((bytes[0] ?? 0) & 0xe0) !== 0x20) return false;
  // The interface identifier is 0000:5efe or 0200:5efe, followed by the IPv4 address. The bits "universal" and "group"
  // are ignored.
  const isISATAP = ((bytes[8] ?? 0) & 0xfc) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
  return !isISATAP || isPublic(bytes.slice(12).join('.'));
}

/** Checks the address that the connection is made to, so that a second lookup cannot return another one. */
function guard<T extends http.Agent>(agent: T, allowed: BlockList, lookup: LookupFunction): T {
  const problem = (host: string, address: string): Error | undefined => {
    // A custom lookup may return something that is not an address, for which the check would throw.
    const isAddress = typeof address === 'string' && isIP(address) !== 0 && !address.includes('%');
    if (isAddress && (allowed.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') || isPublic(address))) return;
    return new AddressRefusedError(host, address);
  };

  const guardedLookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const addresses: readonly LookupAddress[] = Array.isArray(address) ? address : [{ address, family: family ?? 0 }];
      const none = addresses.length === 0 ? new AddressRefusedError(hostname, 'none') : undefined;
      const refusal = error ?? none ?? addresses.map((item) => problem(hostname, item.address)).find(Boolean);
      if (refusal) callback(refusal, '', 0);
      else callback(null, address, family);
    });
  };

  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const host = options.host ?? 'localhost';
    // For an address in the URL, Node makes no lookup.
    const refusal = isIP(host) === 0 ? undefined : problem(host, host);
    if (refusal) {
      callback?.(refusal, new Socket());
      return undefined;
    }
    return createConnection({ ...options, lookup: guardedLookup }, callback);
  };
  return agent;
}

/** Refuses unknown options: a misspelt `allow`, or a `lookup` outside of `agent`, would have no effect. */
function checkOptions(given: GuardedAgentsOptions): { allow: readonly string[]; agent: https.AgentOptions } {
  const { allow = [], agent = {} } = readOptions('guardedAgents', given, { allow: true, agent: true });
  if (!Array.isArray(allow)) throw invalidOption('guardedAgents', 'allow', ADDRESSES, describeValue(allow));
  if (!isRecord(agent)) throw invalidOption('guardedAgents', 'agent', 'an object', describeKind(agent));
  return { allow, agent };
}

/**
 * Makes agents that connect only to public addresses, for gateways whose base URLs come from tenants. Loopback,
 * private, link-local (cloud metadata), shared, documentation and other special-purpose addresses are refused, whether
 * they are in the URL or a name resolves to them. The checked address is the one that is connected to, so a name whose
 * address changes between two lookups (DNS rebinding) is refused too. The client gets a 502 `provider_unreachable`.
 *
 * @example
 * createFileContentRouter({ resolveProvider, agents: guardedAgents() })
 *
 * @throws TypeError for an unknown option, and for an entry of `allow` that is not an address or a range
 */
export function guardedAgents(options: GuardedAgentsOptions = {}): Agents {
  const { allow, agent } = checkOptions(options);
  const allowed = parseAllowed(allow);
  const settings = ownMembers<https.AgentOptions>({ ...KEEP_ALIVE, ...agent });
  const { lookup = systemLookup } = settings;
  return {
    http: guard(new ProviderHttpAgent(settings), allowed, lookup),
    https: guard(new ProviderHttpsAgent(settings), allowed, lookup),
  };
}
