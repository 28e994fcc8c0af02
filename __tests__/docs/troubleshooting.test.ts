import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import OpenAI from 'openai';
import type { Delivery, FileContentRouterOptions } from '../../lib/index';
import { type FakeFile, fakeProvider } from '../../lib/testing/index';
import { makeCertificate } from '../support/certificates';
import { DELIVERIES } from '../support/deliveries';
import { download, patternBytes } from '../support/download';
import { startGateway } from '../support/gateway';
import { answer, startRawProvider } from '../support/raw-provider';

const guide = readFileSync(join(__dirname, '../../docs/guides/troubleshooting.md'), 'utf8');

/** Says that the guide has these words, and returns them. */
function said(words: string): string {
  expect(guide).toContain(words);
  return words;
}

const CUT: FakeFile = { content: Buffer.alloc(1_000_000), fault: { kind: 'cut', afterBytes: 500_000, by: 'fin' } };

describe('the download ends early', () => {
  async function startCut() {
    const provider = await fakeProvider({ files: { 'file-1': CUT } });
    const gateway = await startGateway({ upstream: provider.origin });
    return {
      base: `${gateway.origin}/v1`,
      url: `${gateway.origin}/v1/files/file-1/content`,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await provider.close();
      },
    };
  }

  test('fetch', async () => {
    await using cut = await startCut();
    const error: unknown = await (await fetch(cut.url)).arrayBuffer().catch((thrown: unknown) => thrown);
    expect(String(error)).toBe(said('TypeError: terminated'));
    expect(error).toMatchObject({ cause: { message: said('other side closed') } });
  });

  test("OpenAI's SDK", async () => {
    await using cut = await startCut();
    const response = await new OpenAI({ apiKey: 'key', baseURL: cut.base }).files.content('file-1');
    await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  });

  test("Node's http", async () => {
    await using cut = await startCut();
    await expect(download(cut.url)).rejects.toMatchObject({ message: 'aborted', code: said('ECONNRESET') });
  });
});

const CONTENT = patternBytes(5_000_000);
const certificate = makeCertificate();

/** One download from a provider with a certificate of its own. */
async function downloadWith(options: Partial<FileContentRouterOptions>, delivery: Delivery = 'stream') {
  await using provider = await startRawProvider(({ send }) => send(answer(CONTENT)), { tls: certificate });
  await using gateway = await startGateway({ upstream: provider.origin, delivery, ...options });
  const { status, body } = await download(`${gateway.origin}/v1/files/file-1/content`);
  const [record] = await gateway.recorded(1);
  return { status, isWhole: body.equals(CONTENT), record };
}

describe('a CA of your own', () => {
  test('without it, the cause names the reason', async () => {
    const { status, record } = await downloadWith({});
    expect(status).toBe(502);
    expect(record?.error).toMatchObject({
      code: 'provider_unreachable',
      cause: { code: said('DEPTH_ZERO_SELF_SIGNED_CERT') },
    });
  });

  test('with it, files are relayed', async () => {
    const ca = [...rootCertificates, certificate.cert];
    const { record, isWhole } = await downloadWith({ agents: { https: new https.Agent({ keepAlive: true, ca }) } });
    expect({ isWhole, via: record?.via }).toEqual({ isWhole: true, via: 'relay' });
  });
});

describe('a proxy between gateway and provider', () => {
  async function startProxy() {
    const tunnels: string[] = [];
    const server = http.createServer();
    server.on('connect', (req, client) => {
      tunnels.push(String(req.url));
      const [host, port] = String(req.url).split(':');
      const upstream = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      for (const side of [client, upstream]) side.on('error', () => upstream.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      tunnels,
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const onSuchNode = major > 24 || (major === 24 && minor >= 5) ? test : test.skip;

  onSuchNode.each(DELIVERIES)("is taken from Node's own agent (%s)", async (delivery) => {
    await using proxy = await startProxy();
    const proxyEnv = { HTTPS_PROXY: proxy.origin };
    const agent = new https.Agent({ keepAlive: true, ca: certificate.cert, proxyEnv });
    const { isWhole, record } = await downloadWith({ agents: { https: agent } }, delivery);
    agent.destroy();
    expect({ isWhole, tunnels: proxy.tunnels.length }).toEqual({ isWhole: true, tunnels: 1 });
    if (delivery === 'stream') expect(record).toMatchObject({ via: 'pipeline', viaReason: 'agent' });
  });
});

test('every symptom in the first table has its section', () => {
  const table = guide.slice(guide.indexOf('| what you see |'), guide.indexOf('\n## '));
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what'));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) expect(row).toMatch(/\]\(#[\w-]+\)/);
});
