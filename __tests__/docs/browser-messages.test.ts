import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openaiCompatible } from '../../lib/index';
import { type FakeFile, fakeProvider } from '../../lib/testing/index';
import { describeInChromium } from '../support/chromium';
import { startGateway } from '../support/gateway';
import { serve } from '../support/local-server';

const guide = readFileSync(join(__dirname, '../../docs/guides/troubleshooting.md'), 'utf8');

/** More than arrives at once: a cut that is there before the first byte was passed on is a 502. */
const HALF = 1024 * 1024;
const CUT = { kind: 'cut', afterBytes: HALF, by: 'fin' } as const;

const FILES: Readonly<Record<string, FakeFile>> = {
  'file-1': { content: 'hello', contentType: 'image/png' },
  'file-code': { content: 'window.ran = 1', contentType: 'text/javascript' },
  'file-cut': { content: Buffer.alloc(2 * HALF), fault: CUT },
  'file-chunked': { content: Buffer.alloc(2 * HALF), length: 'chunked', fault: CUT },
};

const FETCH = (headers = {}) => `fetch(url, { headers: ${JSON.stringify(headers)} }).then((res) => res.arrayBuffer())`;
const LOAD = (tag: 'img' | 'script') =>
  `new Promise((resolve) => document.body.append(Object.assign(document.createElement('${tag}'), ` +
  '{ src: url, onload: resolve, onerror: resolve })))';

interface Visit {
  readonly fileId: string;
  /** Runs in a page, with `url`. */
  readonly code: string;
  readonly isOwnPage: boolean;
}

/** Waits until the console or the network view shows the words while a page of this or another site runs the code. */
async function waitUntilShown(words: string, browser: Browser, { fileId, code, isOwnPage }: Visit): Promise<void> {
  await using provider = await fakeProvider({ files: FILES });
  const held = openaiCompatible({ name: 'held', baseURL: provider.baseURL });
  await using gateway = await startGateway({
    resolveProvider: () => ({ provider: held, disposition: 'inline' }),
    before: [(req, res, next) => (req.path === '/page' ? void res.send('<body>') : next())],
  });
  await using other = await serve((_req, res) => res.end('<body>'));
  // 127.0.0.1 and localhost are two sites.
  const origin = isOwnPage ? gateway.origin : gateway.origin.replace('127.0.0.1', 'localhost');
  const page = await browser.newPage();
  await page.goto(isOwnPage ? `${gateway.origin}/page` : other.origin);
  const seen = new Set<string>();
  page.on('console', (message) => seen.add(message.text()));
  page.on('requestfailed', (request) => seen.add(request.failure()?.errorText ?? ''));
  const url = `${origin}/v1/files/${fileId}/content`;
  // A cut may also be a reset to the browser, and a message may come after its request has ended.
  for (let left = 50; ![...seen].some((line) => line.includes(words)); left -= 1) {
    if (left === 0) throw new Error(`not shown: ${words}; but ${[...seen].join('; ')}`);
    await page.evaluate(`((url) => ${code}.catch(() => undefined).then(() => undefined))('${url}')`);
  }
  await page.close();
}

describeInChromium('what the guide quotes of a browser', (browser) => {
  test.each([
    ['net::ERR_CONTENT_LENGTH_MISMATCH', 'file-cut', FETCH(), true],
    ['net::ERR_INCOMPLETE_CHUNKED_ENCODING', 'file-chunked', FETCH(), true],
    [
      "blocked by CORS policy: Response to preflight request doesn't pass access control check",
      'file-1',
      FETCH({ Authorization: 'Bearer key' }),
      false,
    ],
    ["No 'Access-Control-Allow-Origin' header is present", 'file-1', FETCH(), false],
    ['ERR_BLOCKED_BY_RESPONSE.NotSameSite', 'file-1', LOAD('img'), false],
    ["MIME type ('application/octet-stream') is not executable", 'file-code', LOAD('script'), true],
  ])('%s', async (words, fileId, code, isOwnPage) => {
    expect(guide).toContain(words);
    await waitUntilShown(words, browser(), { fileId, code, isOwnPage });
  });
});
