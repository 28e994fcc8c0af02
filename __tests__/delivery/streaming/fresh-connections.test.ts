import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { guardedAgents, hostedVllm, type LocatedProvider, openai, openaiCompatible } from '../../../lib';
import { makeCertificate } from '../../support/certificates';
import { download } from '../../support/download';
import { startGateway } from '../../support/gateway';
import { answer, startRawProvider } from '../../support/raw-provider';

const tls = makeCertificate();

describe.each(['stream', 'buffer'] as const)('reuseConnections: false (%s)', (delivery) => {
  it.each([
    ['the router’s agents', () => ({})],
    ['own agents', () => ({ agents: { http: new Agent({ keepAlive: true, maxSockets: 5 }) } })],
    ['guarded agents', () => ({ agents: guardedAgents({ allow: ['127.0.0.1'] }) })],
    ['own agents over TLS', () => ({ agents: { https: new TlsAgent({ keepAlive: true, ca: tls.cert }) } })],
  ])('opens a connection for every request and closes it, through %s', async (name, options) => {
    await using provider = await startRawProvider(
      ({ send }) => send(answer('content')),
      name.endsWith('TLS') ? { tls } : {},
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin, reuseConnections: false });
    await using app = await startGateway({ resolveProvider: () => ({ provider: held, delivery }), ...options() });
    for (let index = 0; index < 3; index += 1) {
      expect((await download(`${app.origin}/v1/files/file-1/content`)).status).toBe(200);
      await provider.connections[index]?.closed;
    }
    expect(provider.connections).toHaveLength(3);
    for (const head of provider.requests) expect(head.toLowerCase()).toContain('connection: close');
  });

  it('asks the guard of guarded agents, too', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin, reuseConnections: false });
    await using app = await startGateway({
      resolveProvider: () => ({ provider: held, delivery }),
      agents: guardedAgents(),
      buffer: { retries: 0 },
    });
    expect((await download(`${app.origin}/v1/files/file-1/content`)).status).toBe(502);
    expect(provider.connections).toHaveLength(0);
  });

  it('leaves connections of other providers alone', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin, reuseConnections: true });
    await using app = await startGateway({ resolveProvider: () => ({ provider: held, delivery }) });
    for (let index = 0; index < 3; index += 1) await download(`${app.origin}/v1/files/file-1/content`);
    expect(provider.connections).toHaveLength(1);
  });

  it.each(['no', 0, null])('is a mistake of the gateway’s where it is %j', async (reuseConnections) => {
    const held = { ...openai({ apiKey: 'key' }), reuseConnections } as object as LocatedProvider;
    await using app = await startGateway({ resolveProvider: () => ({ provider: held, delivery }) });
    expect((await download(`${app.origin}/v1/files/file-1/content`)).status).toBe(500);
    const [record] = await app.recorded(1);
    expect(record?.error?.cause?.message).toContain('"reuseConnections" must be true or false');
  });
});

it.each([
  [
    'openai',
    () => openai({ apiKey: 'key', reuseConnections: false }),
    () => openai({ apiKey: 'key', reuseConnections: 1 as never }),
  ],
  [
    'openaiCompatible',
    () => openaiCompatible({ name: 'a', baseURL: 'http://a.test', reuseConnections: false }),
    () => openaiCompatible({ name: 'a', baseURL: 'http://a.test', reuseConnections: 1 as never }),
  ],
  [
    'hostedVllm',
    () => hostedVllm({ baseURL: 'http://a.test', reuseConnections: false }),
    () => hostedVllm({ baseURL: 'http://a.test', reuseConnections: 1 as never }),
  ],
])('%s takes reuseConnections', (name, make, wrong) => {
  expect(make().reuseConnections).toBe(false);
  expect(wrong).toThrow(
    new TypeError(
      `${name}: "reuseConnections" must be true or false, got number 1. See express-file-content/docs/errors.md#invalid-option`,
    ),
  );
});
