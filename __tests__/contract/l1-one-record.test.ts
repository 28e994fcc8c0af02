import type { Outcome } from '../../lib/index';
import { FileContentError, openaiCompatible } from '../../lib/index';
import { EXPRESS_MAJORS, type Gateway, startGateway } from '../support/gateway';
import { connectRaw, type RawClient, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../support/raw-provider';

interface Ending {
  readonly name: string;
  readonly outcome: Outcome;
  readonly status: number;
  /** Default: answers with five bytes. */
  readonly script?: RawScript;
  readonly request?: string;
  /** What the client does after its request; default: reads until the end of the response. */
  readonly client?: (client: RawClient, provider: RawProvider) => Promise<void>;
  readonly resolve?: () => undefined;
  readonly message?: RegExp;
}

const whole: RawScript = ({ send }) => send(answer('hello'));
const silent: RawScript = () => undefined;
const half: RawScript = ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');

async function leaveMidBody(client: RawClient): Promise<void> {
  await client.until((bytes) => bytes.includes('hello'));
  client.rst();
}

const ENDINGS: readonly Ending[] = [
  { name: 'a success', outcome: 'completed', status: 200 },
  { name: 'HEAD', outcome: 'completed', status: 200, request: requestBytes({ method: 'HEAD' }) },
  {
    name: 'a refusal of the provider',
    outcome: 'upstream_error',
    status: 503,
    script: ({ send }) => send(answer('no', [], '503 Service Unavailable')),
  },
  {
    name: 'a cut body',
    outcome: 'upstream_truncated',
    status: 200,
    script: async (exchange) => {
      await half(exchange);
      exchange.fin();
    },
  },
  { name: 'a provider that says nothing', outcome: 'upstream_unreachable', status: 502, script: ({ fin }) => fin() },
  { name: 'nonsense', outcome: 'upstream_invalid', status: 502, script: ({ send }) => send('nonsense\r\n\r\n') },
  {
    name: 'a client that leaves before the headers',
    outcome: 'client_aborted',
    status: 499,
    script: silent,
    client: async (client, provider) => {
      await provider.requestsReceived(1);
      client.rst();
    },
  },
  {
    name: 'a client that leaves in the body',
    outcome: 'client_aborted',
    status: 200,
    script: half,
    client: leaveMidBody,
  },
  { name: 'a bad id', outcome: 'rejected', status: 400, request: requestBytes({ path: '/v1/files/%2e%2e/content' }) },
  { name: 'another method', outcome: 'rejected', status: 405, request: requestBytes({ method: 'DELETE' }) },
  {
    name: 'a body',
    outcome: 'rejected',
    status: 400,
    request: `${requestBytes({ headers: ['Content-Length: 2'] })}{}`,
  },
  {
    name: 'a resolver that throws',
    outcome: 'resolver_failed',
    status: 500,
    resolve: () => {
      throw new Error('no');
    },
  },
  {
    name: 'a resolver that refuses',
    outcome: 'rejected',
    status: 404,
    resolve: () => {
      throw new FileContentError('file_not_found', 'No such file.');
    },
  },
];

async function run(app: Gateway, provider: RawProvider, ending: Ending): Promise<void> {
  using client = await connectRaw(app.port);
  client.send(ending.request ?? requestBytes());
  if (ending.client) await ending.client(client, provider);
  else await client.result(1, [ending.request?.startsWith('HEAD') ? 'HEAD' : 'GET']);
}

describe.each(EXPRESS_MAJORS)(
  'L1, L6: every request ends, with exactly one record, which says how (Express %i)',
  (express) => {
    it.each(ENDINGS)('$name', async (ending) => {
      await using provider = await startRawProvider(ending.script ?? whole);
      const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
      await using app = await startGateway({ express, resolveProvider: ending.resolve ?? (() => held) });
      await run(app, provider, ending);
      const [record] = await app.recorded(1);
      expect(record).toMatchObject({ outcome: ending.outcome, status: ending.status, resource: 'files' });
      const asked = provider.requests.length;
      // A record of a second request comes after whatever the first still had to say.
      using client = await connectRaw(app.port);
      client.send(requestBytes({ path: '/v1/files/%00/content' }));
      await client.result();
      await app.recorded(2);
      expect(app.records).toHaveLength(2);
      expect(new Set(app.records.map(({ transferId }) => transferId)).size).toBe(2);
      expect(provider.requests).toHaveLength(asked);
    });

    it('started() is called once, before the provider is requested, with the id of the record', async () => {
      const order: string[] = [];
      await using provider = await startRawProvider((exchange) => {
        order.push('asked');
        return whole(exchange);
      });
      const held = openaiCompatible({ name: 'held', baseURL: `${provider.origin}/v1` });
      await using app = await startGateway({
        express,
        resolveProvider: () => ({ provider: held, fileId: 'native-1', tenant: 'acme', context: { user: 7 } }),
        logger: { started: () => void order.push('started'), finished: () => void order.push('finished') },
      });
      using client = await connectRaw(app.port);
      client.send(requestBytes());
      await client.result();
      const [record] = await app.recorded(1);
      expect(order).toEqual(['started', 'asked', 'finished']);
      expect(app.starts).toEqual([
        {
          transferId: record?.transferId,
          resource: 'files',
          method: 'GET',
          fileId: 'file-1',
          upstreamFileId: 'native-1',
          upstreamOrigin: provider.origin,
          provider: 'held',
          delivery: 'stream',
          startedAt: expect.any(Date),
          tenant: 'acme',
          context: { user: 7 },
        },
      ]);
      expect(record).toMatchObject({
        ...app.starts[0],
        outcome: 'completed',
        status: 200,
        upstreamStatus: 200,
        bytesSent: 5,
        bytesExpected: 5,
        complete: 'yes',
        attempts: 1,
        resumes: 0,
      });
      expect(record?.durationMs).toBeGreaterThanOrEqual(record?.firstByteMs ?? Number.NaN);
    });

    it('a request that the resolver declines is not a transfer and has no record', async () => {
      await using app = await startGateway({
        express,
        resolveProvider: () => undefined,
        after: (behind) => void behind.use((_req, res) => void res.status(418).end('behind')),
      });
      using client = await connectRaw(app.port);
      client.send(requestBytes());
      const { response } = await client.result();
      expect(response.status).toBe(418);
      client.send(requestBytes({ path: '/v1/files/%00/content' }));
      await client.result(2);
      expect((await app.recorded(1)).map(({ outcome }) => outcome)).toEqual(['rejected']);
      expect(app.starts).toEqual([]);
    });
  },
);
