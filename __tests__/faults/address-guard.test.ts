import type { LookupFunction } from 'node:net';
import { guardedAgents, openaiCompatible } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { makeCertificate } from '../support/certificates';
import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/** A resolver of names that gives these addresses, one list for each look-up, the last one for ever. */
function lookupOf(...answers: readonly (readonly string[])[]): { lookup: LookupFunction; asked: string[] } {
  const asked: string[] = [];
  const given: LookupFunction = (hostname, options, callback) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? [];
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    setImmediate(() => {
      if (options.all) callback(null, all);
      else callback(null, all[0]?.address ?? '', all[0]?.family);
    });
  };
  return { lookup: given, asked };
}

const REFUSED = [
  ['loopback', 'http://127.0.0.1'],
  ['loopback, another address', 'http://127.8.9.1'],
  ['loopback as a number', 'http://2130706433'],
  ['loopback in octal', 'http://0177.0.0.1'],
  ['this host', 'http://0.0.0.0'],
  ['cloud metadata', 'http://169.254.169.254'],
  ['private, 10/8', 'http://10.1.2.3'],
  ['private, 172.16/12', 'http://172.20.0.1'],
  ['private, 192.168/16', 'http://192.168.1.1'],
  ['shared by carriers', 'http://100.64.0.1'],
  ['IPv6 loopback', 'http://[::1]'],
  ['IPv4 in IPv6', 'http://[::ffff:127.0.0.1]'],
  ['IPv4 in IPv6, old form', 'http://[::127.0.0.1]'],
  ['IPv4 behind NAT64', 'http://[64:ff9b::7f00:1]'],
  ['unique local IPv6', 'http://[fd00::1]'],
  ['link-local IPv6', 'http://[fe80::1]'],
  ['a name of this host', 'http://localhost'],
  ['the platform of Azure', 'http://168.63.129.16'],
  ['the platform of Azure, mapped', 'http://[::ffff:168.63.129.16]'],
  ['the metadata of Alibaba Cloud', 'http://100.100.100.200'],
  ['the metadata of AWS over IPv6', 'http://[fd00:ec2::254]'],
  ['the credentials of AWS containers', 'http://169.254.170.2'],
  ['loopback in short', 'http://127.1'],
  ['loopback in hexadecimal', 'http://0x7f000001'],
  ['private, ISATAP', 'http://[2001:470::5efe:10.0.0.1]'],
  ['private, ISATAP, universal', 'http://[2001:470::200:5efe:192.168.0.1]'],
  ['loopback, ISATAP, group', 'http://[2001:470::300:5efe:127.0.0.1]'],
  ['the platform of Azure, ISATAP', 'http://[2001:470::5efe:168.63.129.16]'],
  ['6to4', 'http://[2002:7f00:1::]'],
  ['Teredo', 'http://[2001:0:7f00:1::]'],
  ['local NAT64', 'http://[64:ff9b:1::7f00:1]'],
  ['the relays of 6to4', 'http://192.88.99.1'],
  ['IPv4 translated', 'http://[::ffff:0:127.0.0.1]'],
] as const;

describe.each(DELIVERIES)('the address guard (%s)', (delivery) => {
  it.each(REFUSED)('refuses %s', async (_name, origin) => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const upstream = `${origin}:${provider.port}`;
    await using gateway = await startGateway({ upstream, delivery, agents: guardedAgents() });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(502);
    expect(provider.connections).toHaveLength(0);
    expect(await gateway.recorded(1)).toMatchObject([
      { outcome: 'upstream_unreachable', error: { cause: { code: 'ERR_ADDRESS_REFUSED' } } },
    ]);
  });

  it('refuses a name that has a public and a private address', async () => {
    const { lookup } = lookupOf(['93.184.215.14', '127.0.0.1']);
    await using gateway = await startGateway({
      upstream: 'http://provider.test',
      delivery,
      agents: guardedAgents({ agent: { lookup } }),
    });
    expect((await rawRequest(gateway.port)).response.status).toBe(502);
    expect(gateway.records).toMatchObject([{ error: { cause: { code: 'ERR_ADDRESS_REFUSED' } } }]);
  });

  it('refuses a name whose address changes after it was allowed (rebinding)', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    // Allowed at first, as a public address would be; then the attacker's name server answers with another one.
    const names = lookupOf(['127.0.0.1'], ['127.0.0.2']);
    const target = openaiCompatible({
      name: 'tenant',
      baseURL: `http://tenant.test:${provider.port}/v1`,
      apiKey: PROVIDER_KEY,
    });
    await using gateway = await startGateway({
      resolveProvider: () => ({ provider: target, delivery }),
      agents: guardedAgents({ allow: ['127.0.0.1'], agent: { lookup: names.lookup, keepAlive: false } }),
    });
    expect((await rawRequest(gateway.port)).response.body.toString()).toBe('content');
    expect((await rawRequest(gateway.port)).response.status).toBe(502);
    // One look-up for one connection: there is no second one between the check and the connection.
    expect(names.asked).toEqual(['tenant.test', 'tenant.test']);
    expect(provider.connections).toHaveLength(1);
  });

  it('reaches allowed addresses, over http and https', async () => {
    const tls = makeCertificate();
    for (const options of [{}, { tls }]) {
      await using provider = await startRawProvider(({ send }) => send(answer('content')), options);
      const agents = guardedAgents({ allow: ['127.0.0.0/8', 'fd00::/8'], agent: { ca: tls.cert } });
      await using gateway = await startGateway({ upstream: provider.origin, delivery, agents });
      expect((await rawRequest(gateway.port)).response.body.toString()).toBe('content');
    }
  });
});

it('lets public addresses of both families pass', async () => {
  for (const address of ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c', '2001:470::5efe:5db8:d70e']) {
    const { http } = guardedAgents({ agent: { lookup: lookupOf([address]).lookup } });
    // One family at a time: then the look-up is an event of its own, before anything is sent.
    const options = { host: 'public.test', port: 9, autoSelectFamily: false };
    const [error, seen] = await new Promise<[Error | null, string]>((resolve) => {
      const socket = http.createConnection(options);
      socket?.once('error', (problem: Error) => resolve([problem, '']));
      socket?.once('lookup', (problem: Error | null, given: string) => {
        socket.destroy();
        resolve([problem, given]);
      });
    });
    expect([error, seen]).toEqual([null, address]);
  }
});

it.each(['10.0.0.0/33', 'nonsense', '10.0.0', '10.0.0.0/', 'fd00::/129', ''])('says what is wrong with %j', (entry) => {
  expect(() => guardedAgents({ allow: [entry] })).toThrow(TypeError);
  expect(() => guardedAgents({ allow: [entry] })).toThrow(/"allow" must be an array of addresses and ranges such as/);
});

it.each<[string, unknown, RegExp]>([
  ['a misspelt option', { alow: [] }, /^guardedAgents: unknown option "alow"\. Did you mean `allow`\? See /],
  [
    'an option of the agent',
    { lookup() {} },
    /^guardedAgents: unknown option "lookup"; write one of allow, agent\. See /,
  ],
  ['a text for a list', { allow: '10.0.0.0/8' }, /^guardedAgents: "allow" must be an array .*got "10.0.0.0\/8"\. See /],
  ['null for a list', { allow: null }, /^guardedAgents: "allow" must be left out or have a value, got null\. See /],
  ['a text for the agent', { agent: 'x' }, /^guardedAgents: "agent" must be an object, got a string\. See /],
  ['two prefixes', { allow: ['10.0.0.0/8/9'] }, /"allow" must be an array of addresses and ranges such as/],
  ['a zone', { allow: ['fe80::1%lo'] }, /"allow" must be an array of addresses and ranges such as/],
  ['null', null, /^guardedAgents: "options" must be an object, got null; write guardedAgents\(\{ allow \}\)\. See /],
])('refuses %s', (_what, options, message) => {
  const make = () => Reflect.apply(guardedAgents, undefined, [options]);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});

it.each([
  ['no address', []],
  ['a text', ['not an address']],
  ['an address with a dot', ['127.0.0.1.']],
  ['an address with a zone', ['::1%lo']],
  ['an empty text', ['']],
])('refuses a look-up that gives %s, and the process lives', async (_what, addresses) => {
  const { lookup } = lookupOf(addresses);
  await using gateway = await startGateway({
    upstream: 'http://provider.test',
    agents: guardedAgents({ agent: { lookup } }),
  });
  expect((await rawRequest(gateway.port)).response.status).toBe(502);
  expect(gateway.records).toMatchObject([{ error: { cause: { code: 'ERR_ADDRESS_REFUSED' } } }]);
});
