import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { setImmediate } from 'node:timers/promises';
import compression from 'compression';
import cors from 'cors';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { openaiCompatible } from '../../lib/index';
import { fakeProvider, generatedFile, recordingAdapter } from '../../lib/testing/index';
import { describeInChromium } from '../support/chromium';
import { download, open, readAll } from '../support/download';
import { EXPRESS_MAJORS, type ExpressMajor, type GatewayOptions, startGateway } from '../support/gateway';
import { serve } from '../support/local-server';

type Program = typeof import('../../docs/examples/middleware.mjs');

/** The program as it is. Every module in it gets the same version of Express. */
function program(major: ExpressMajor): Program {
  let loaded: Program | undefined;
  jest.isolateModules(() => {
    if (major === 4) jest.doMock('express', () => jest.requireActual('express4'));
    else jest.dontMock('express');
    loaded = require('../../docs/examples/middleware.mts');
  });
  if (loaded === undefined) throw new Error('the program was not loaded');
  return loaded;
}

const CONTENT = randomBytes(1_000_000);
const SITE = 'https://pages.example';
const CALLER = { authorization: 'Bearer key of alice', origin: SITE, 'accept-encoding': 'gzip' };

async function start(major: ExpressMajor, requestsPerMinute = 100) {
  const provider = await fakeProvider({
    files: {
      'file-1': { content: CONTENT, filename: 'a.bin', headers: { etag: '"1"' } },
      'file-large': generatedFile(100_000_000),
      'file-cut': { content: CONTENT, fault: { kind: 'cut', afterBytes: 500_000, by: 'fin' } },
    },
  });
  const log = recordingAdapter();
  const lines: string[] = [];
  const app = program(major).createApplication({
    provider: openaiCompatible({ name: 'fake', baseURL: provider.baseURL }),
    logger: log,
    userOf: (key) => (key === 'key of alice' ? 'alice' : undefined),
    site: SITE,
    sessionSecret: 'secret of the session',
    accessLog: { write: (line) => void lines.push(line) },
    requestsPerMinute,
  });
  const server = await serve(app);
  return {
    log,
    lines,
    provider,
    file: (id: string) => `${server.origin}/v1/files/${id}/content`,
    origin: server.origin,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

describe.each(EXPRESS_MAJORS)('the application with all middleware, on Express %i', (major) => {
  test('a file is relayed, with the headers of every middleware', async () => {
    await using app = await start(major);
    const { status, headers, body } = await download(app.file('file-1'), { headers: CALLER });
    expect([status, body.equals(CONTENT)]).toEqual([200, true]);
    const [record] = await app.log.finished(1);
    expect(record).toMatchObject({ outcome: 'completed', via: 'relay', tenant: 'alice' });
    expect(record?.requestId).toBe(headers['x-request-id']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': SITE,
      'access-control-expose-headers': expect.stringContaining('Content-Disposition'),
      'content-disposition': 'attachment; filename="a.bin"',
      'content-length': String(CONTENT.length),
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'cross-origin-resource-policy': 'same-origin',
      ratelimit: expect.stringContaining('r=99'),
      'strict-transport-security': expect.any(String),
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('content-encoding');
  });

  test('ranges and HEAD work', async () => {
    await using app = await start(major);
    const part = await download(app.file('file-1'), { headers: { ...CALLER, range: 'bytes=0-9' } });
    expect([part.status, part.body]).toEqual([206, CONTENT.subarray(0, 10)]);
    const whole = await download(app.file('file-1'), { method: 'HEAD', headers: CALLER });
    expect(whole.headers['content-length']).toBe(String(CONTENT.length));
  });

  test('a preflight request is allowed before anybody asks for a key', async () => {
    await using app = await start(major);
    const { status, headers } = await download(app.file('file-1'), {
      method: 'OPTIONS',
      headers: {
        origin: SITE,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,if-range',
      },
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-headers']).toBe('authorization,if-range');
  });

  test('a session is enough to get a file, and the file is still relayed', async () => {
    await using app = await start(major);
    const login = await fetch(`${app.origin}/session`, { method: 'POST', headers: CALLER });
    const [cookie = ''] = login.headers.getSetCookie().map((line) => line.split(';')[0]);
    const { status } = await download(app.file('file-1'), { headers: { cookie } });
    expect(status).toBe(200);
    const [record] = await app.log.finished(1);
    expect(record).toMatchObject({ tenant: 'alice', via: 'relay' });
    expect(JSON.stringify(app.provider.requests)).not.toContain('connect.sid');
  });

  test('every error has one shape: no key, no file, no route, too many requests, a wrong body', async () => {
    await using app = await start(major, 5);
    const answers = [
      await fetch(app.file('file-1')),
      await fetch(app.file('file-2'), { headers: CALLER }),
      await fetch(`${app.origin}/nowhere`, { headers: CALLER }),
      await fetch(app.file('file-1'), { method: 'POST', headers: CALLER }),
      await fetch(`${app.origin}/v1/echo`, {
        method: 'POST',
        headers: { ...CALLER, 'content-type': 'application/json' },
        body: '{',
      }),
      await fetch(app.file('file-1'), { headers: CALLER }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 404, 405, 400, 429]);
    expect(answers.at(-1)?.headers.get('retry-after')).toMatch(/^\d+$/);
    for (const answer of answers) {
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const { error } = JSON.parse(await answer.text());
      expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
    }
  });

  test("the application's other routes are compressed, and their bodies parsed", async () => {
    await using app = await start(major);
    const sent = JSON.stringify({ text: 'again '.repeat(1000) });
    const answer = await fetch(`${app.origin}/v1/echo`, {
      method: 'POST',
      headers: { ...CALLER, 'content-type': 'application/json' },
      body: sent,
    });
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toBe(sent);
  });

  test.each([
    ['the provider cuts', 'file-cut', 'upstream_truncated'],
    ['the client leaves', 'file-large', 'client_aborted'],
  ])('a download that %s is a 200 in access logs; the record tells', async (_what, id, outcome) => {
    await using app = await start(major);
    const response = await open(app.file(id), { headers: CALLER });
    if (outcome === 'client_aborted') response.destroy();
    else await expect(readAll(response)).rejects.toThrow('aborted');
    const [record] = await app.log.finished(1);
    expect(record).toMatchObject({ outcome, status: 200, complete: 'no' });
    while (app.lines.length < 2) await setImmediate();
    const [object = '', line = ''] = app.lines.toSorted((one) => (one.startsWith('{') ? -1 : 1));
    expect(line).toMatch(new RegExp(`^GET /v1/files/${id}/content 200 ${record?.requestId} `));
    expect(JSON.parse(object)).toMatchObject({
      level: 30,
      msg: 'request aborted',
      res: { statusCode: 200 },
      req: { headers: { authorization: '[Redacted]' } },
    });
  });
});

describe('in another order', () => {
  const file = randomBytes(300_000);

  async function startBehind(before: RequestHandler, options: Partial<GatewayOptions> = {}) {
    const provider = await fakeProvider({ files: { 'file-1': { content: file, contentType: 'image/png' } } });
    const gateway = await startGateway({ upstream: provider.origin, before: [before], ...options });
    return {
      gateway,
      url: `${gateway.origin}/v1/files/file-1/content`,
      async [Symbol.asyncDispose]() {
        await gateway.close();
        await provider.close();
      },
    };
  }

  test('compression in front keeps downloads from the relay, and the record says so', async () => {
    await using app = await startBehind(compression());
    await download(app.url, { headers: CALLER });
    expect(await app.gateway.recorded(1)).toMatchObject([{ via: 'pipeline', viaReason: 'wrapped_write' }]);
  });

  test('without cors in front, a preflight request is a 405', async () => {
    await using app = await startBehind((_req, _res, next) => next());
    expect((await download(app.url, { method: 'OPTIONS', headers: { origin: SITE } })).status).toBe(405);
  });

  test('a body parser in front does not change that a GET has no body', async () => {
    await using app = await startBehind(express.json());
    const headers = { 'content-type': 'application/json', 'content-length': 2 };
    const request = http.request(app.url, { method: 'GET', headers }).end('{}');
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(400);
    response.resume();
  });

  test("a file that is shown has its own policy, and helmet's Cross-Origin-Resource-Policy", async () => {
    await using provider = await fakeProvider({ files: { 'file-1': { content: file, contentType: 'image/png' } } });
    const shown = {
      provider: openaiCompatible({ name: 'held', baseURL: provider.baseURL }),
      disposition: 'inline',
    } as const;
    await using app = await startBehind(helmet(), { resolveProvider: () => shown });
    const { headers } = await download(app.url);
    expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'; style-src 'unsafe-inline'");
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  });
});

describeInChromium('a page of another origin', (browser) => {
  test.each([
    [undefined, null],
    [['Content-Disposition'], 'attachment; filename="a.bin"'],
  ])('with %j exposed, reads %j as Content-Disposition', async (exposedHeaders, expected) => {
    await using provider = await fakeProvider({ files: { 'file-1': { content: 'text', filename: 'a.bin' } } });
    await using gateway = await startGateway({ upstream: provider.origin, before: [cors({ exposedHeaders })] });
    await using site = await serve((_req, res) => res.setHeader('content-type', 'text/html').end('<p>page</p>'));
    const page = await browser().newPage();
    await page.goto(site.origin);
    const file = JSON.stringify(`${gateway.origin}/v1/files/file-1/content`);
    const read = await page.evaluate(`fetch(${file}).then((response) =>
      ['content-length', 'content-type', 'content-disposition'].map((name) => response.headers.get(name)))`);
    expect(read).toEqual(['4', 'application/octet-stream', expected]);
    await page.close();
  });
});
