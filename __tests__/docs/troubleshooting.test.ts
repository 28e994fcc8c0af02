import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import axios from 'axios';
import express from 'express';
import OpenAI from 'openai';
import {
  consoleLogger,
  createFileContent,
  createFileContentRouter,
  type Delivery,
  type FileContentRouterOptions,
  openai,
  openaiCompatible,
  winstonLogger,
} from '../../lib/index';
import { type FakeFile, fakeProvider } from '../../lib/testing/index';
import { makeCertificate } from '../support/certificates';
import { DELIVERIES } from '../support/deliveries';
import { download, patternBytes } from '../support/download';
import { startGateway } from '../support/gateway';
import { describeWith } from '../support/programs';
import { answer, startRawProvider } from '../support/raw-provider';

const guide = readFileSync(join(__dirname, '../../docs/guides/troubleshooting.md'), 'utf8');

/** Says that the guide has these words, and returns them. */
function said(words: string): string {
  expect(guide).toContain(words);
  return words;
}

const CUT = { content: Buffer.alloc(1_000_000), fault: { kind: 'cut', afterBytes: 500_000, by: 'fin' } } as const;

describe('the download ends early', () => {
  async function startCut(file: FakeFile = CUT) {
    const provider = await fakeProvider({ files: { 'file-1': file } });
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

  test('axios', async () => {
    await using cut = await startCut();
    await expect(axios.get(cut.url)).rejects.toMatchObject({
      message: said('stream has been aborted'),
      code: said('ERR_BAD_RESPONSE'),
    });
  });

  describeWith(['curl'], 'curl', () => {
    test.each([
      [1_000_000, 'transfer closed with 500000 bytes remaining to read'],
      ['chunked', 'with outstanding read data remaining'],
    ] as const)('of a body with length %s', async (length, words) => {
      await using cut = await startCut({ ...CUT, length });
      const failed = await promisify(execFile)('curl', ['-sS', '-o', '/dev/null', cut.url]).catch((error) => error);
      expect(failed).toMatchObject({ code: 18, stderr: expect.stringContaining(said(words)) });
    });
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
  const isSuch = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
  const onSuchNode = isSuch ? test : test.skip;

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

describe('what the guide says of a 200', () => {
  test('a page of HTML from another server is passed on', async () => {
    await using other = await startRawProvider(({ send }) => send(answer('<html>', ['Content-Type: text/html'])));
    await using gateway = await startGateway({ upstream: other.origin });
    const { status, body } = await download(`${gateway.origin}/v1/files/file-1/content`);
    expect([status, body.toString()]).toEqual([200, '<html>']);
    said('The package cannot tell it from a file');
  });

  test.each([
    ['buffer', 200, 'Buffered delivery ignores it'],
    ['stream', 416, 'refuse it with a 416'],
  ] as const)('an invalid Range, delivered by %s', async (delivery, expected, words) => {
    await using provider = await fakeProvider({ files: { 'file-1': 'hello' } });
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    const headers = { range: said('bytes=4-2') };
    const { status } = await download(`${gateway.origin}/v1/files/file-1/content`, { headers });
    expect(status).toBe(expected);
    said(words);
  });
});

const resolveProvider = () => undefined;

test.each<[said: string, mistake: () => unknown]>([
  ['got an empty string', () => openai({ apiKey: '' })],
  ['got undefined', () => openai({ apiKey: undefined as never })],
  ['unknown option "apikey". Did you mean', () => openai({ apikey: 'sk' } as never)],
  ['got a Map', () => openaiCompatible({ name: 'own', baseURL: 'http://own/v1', headers: new Map() as never })],
  ['got a Headers', () => openaiCompatible({ name: 'own', baseURL: 'http://own/v1', headers: new Headers() as never })],
  ['which was not called; write', () => createFileContentRouter({ resolveProvider, logger: consoleLogger as never })],
  ['argument handler must be a function', () => express().use('/v1', createFileContent({ resolveProvider }) as never)],
  ['app.use() requires a middleware function', () => express().use(createFileContent({ resolveProvider }) as never)],
  ['winstonLogger: ', () => winstonLogger(console as never)],
  ['"resolveProvider" must be a function such as () => provider', () => createFileContent({}).router],
  ['buffer.directory', () => createFileContentRouter({ resolveProvider, buffer: { directory: '/none' } })],
])('an error at start is in the guide: %s', (words, mistake) => {
  expect(mistake).toThrow(TypeError);
  expect(mistake).toThrow(said(words));
});

test('every symptom in the first table has its section', () => {
  const table = guide.slice(guide.indexOf('| what you see |'), guide.indexOf('\n## '));
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what'));
  expect(rows.length).toBeGreaterThan(10);
  for (const row of rows) expect(row).toMatch(/\]\(#[\w-]+\)/);
});
