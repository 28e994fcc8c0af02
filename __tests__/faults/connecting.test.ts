import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { connect, type LookupFunction, type Socket } from 'node:net';
import { makeCertificate, makeExpiredCertificate, makeForeignCertificate } from '../support/certificates';
import { DELIVERIES, type Fault, runFault, sendContent, variantsOf } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { freePort } from '../support/programs';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const UNREACHABLE = { kind: 'error', status: 502, code: 'provider_unreachable' } as const;
const TIMED_OUT = { kind: 'error', status: 504, code: 'provider_timeout' } as const;
const INVALID = { kind: 'error', status: 502, code: 'provider_invalid_response' } as const;

const trusted = makeCertificate();
const expired = makeExpiredCertificate();
const foreign = makeForeignCertificate();

const refusingLookup: LookupFunction = (host, _options, callback) => {
  callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), '', 0);
};

function untrustedTls(name: string, tls: typeof trusted, code: string, ca?: string): Fault {
  return {
    row: 3,
    name: `T5: TLS, ${name}`,
    tls,
    gateway: () => ({ agents: { https: new TlsAgent(ca === undefined ? {} : { ca }) } }),
    expected: () => ({
      client: UNREACHABLE,
      outcome: 'upstream_unreachable',
      requests: 0,
      record: {
        error: expect.objectContaining({ cause: expect.objectContaining({ code }) }),
      },
    }),
    also: ({ provider }) => expect(provider.received.toString()).toBe(''),
  };
}

const faults: Fault[] = [
  {
    row: 2,
    name: 'the name cannot be resolved',
    gateway: () => ({ upstream: 'http://provider.test', agents: { http: new Agent({ lookup: refusingLookup }) } }),
    expected: () => ({ client: UNREACHABLE, outcome: 'upstream_unreachable', requests: 0 }),
  },
  untrustedTls('an unknown authority', trusted, 'DEPTH_ZERO_SELF_SIGNED_CERT'),
  untrustedTls('expired', expired, 'CERT_HAS_EXPIRED', expired.cert),
  untrustedTls('another host', foreign, 'ERR_TLS_CERT_ALTNAME_INVALID', foreign.cert),
  {
    row: 5,
    name: 'a FIN without a byte on a fresh connection',
    provider: ({ fin }) => fin(),
    expected: () => ({ client: UNREACHABLE, outcome: 'upstream_unreachable', record: { attempts: 1 } }),
  },
  {
    row: 7,
    name: 'an RST before the headers',
    provider: ({ rst }) => rst(),
    expected: () => ({ client: UNREACHABLE, outcome: 'upstream_unreachable' }),
  },
  {
    row: 8,
    name: 'half a header, then a FIN',
    async provider({ send, fin }) {
      await send('HTTP/1.1 200 OK\r\nContent-Len');
      fin();
    },
    expected: () => ({ client: INVALID, outcome: 'upstream_invalid' }),
  },
  {
    row: 9,
    name: 'silence before the headers',
    provider: () => undefined,
    gateway: () => ({ timeouts: { headers: 100 } }),
    expected: () => ({ client: TIMED_OUT, outcome: 'upstream_timeout' }),
  },
];

describe.each(faults.map((fault) => [`row ${fault.row}: ${fault.name}`, fault] as const))('%s', (_name, fault) => {
  it.each(variantsOf(fault))('%s', (_variant, variant) => runFault(fault, variant));
});

describe('row 1: the connection is refused', () => {
  const fault: Fault = {
    row: 1,
    name: 'refused',
    expected: () => ({
      client: UNREACHABLE,
      outcome: 'upstream_unreachable',
      requests: 0,
      record: {
        error: expect.objectContaining({ cause: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
      },
    }),
  };
  it.each(variantsOf(fault))('%s', async (_variant, variant) => {
    const upstream = `http://127.0.0.1:${await freePort()}`;
    await runFault({ ...fault, gateway: () => ({ upstream }) }, variant);
  });
});

describe.each(DELIVERIES)('row 4: connecting never ends (%s)', (delivery) => {
  it('in the TLS handshake', async () => {
    await using provider = await startRawProvider(() => undefined);
    const upstream = `https://127.0.0.1:${provider.port}`;
    await using gateway = await startGateway({ upstream, delivery, timeouts: { connect: 200 } });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(504);
    expect(response.body.toString()).toContain('"provider_timeout"');
    await provider.connections[0]?.closed;
    expect(gateway.records).toMatchObject([{ outcome: 'upstream_timeout', status: 504 }]);
    expect(provider.requests).toEqual([]);
  });

  it('in TCP, as a stopped listener with a full queue makes it', async () => {
    const script =
      "const s=require('node:net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))";
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    const port = Number(line);
    child.kill('SIGSTOP');
    const fillers: Socket[] = [];
    try {
      // The kernel completes as many handshakes as its queue holds; one that stays unanswered shows that it is full.
      for (let isFull = false; !isFull; ) {
        const filler = connect(port, '127.0.0.1').on('error', () => undefined);
        fillers.push(filler);
        const timer = AbortSignal.timeout(300);
        isFull = await once(filler, 'connect', { signal: timer }).then(
          () => false,
          () => true,
        );
      }
      await using gateway = await startGateway({
        upstream: `http://127.0.0.1:${port}`,
        delivery,
        timeouts: { connect: 200 },
      });
      const { response } = await rawRequest(gateway.port);
      expect(response.status).toBe(504);
      expect(gateway.records).toMatchObject([{ outcome: 'upstream_timeout' }]);
    } finally {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
    }
  });
});

describe('row 6: a FIN without a byte on a kept-alive connection', () => {
  it.each(DELIVERIES)('is retried once, without the client noticing (%s)', async (delivery) => {
    await using provider = await startRawProvider((exchange) =>
      exchange.index === 1 ? exchange.fin() : sendContent(exchange, 'content'),
    );
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.result(1);
    client.send(requestBytes());
    const { responses } = await client.result(2);
    expect(responses[1]?.body.toString()).toBe('content');
    const records = await gateway.recorded(2);
    expect(records[1]).toMatchObject({ outcome: 'completed', attempts: 2 });
    expect(provider.requests).toHaveLength(3);
    expect(provider.connections).toHaveLength(2);
  });

  it('is retried only once: after a second FIN the client gets an error', async () => {
    await using provider = await startRawProvider(({ index, send, fin }) =>
      index === 0 ? send(answer('content')) : fin(),
    );
    await using gateway = await startGateway({ upstream: provider.origin });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.result(1);
    client.send(requestBytes());
    const { responses } = await client.result(2);
    expect(responses[1]?.status).toBe(502);
    expect(provider.requests).toHaveLength(3);
  });
});
