import { readFile } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import type { Page } from 'playwright-core';
import { type LocatedProvider, openaiCompatible } from '../../../lib';
import { type FakeProvider, fakeProvider } from '../../../lib/testing';
import { describeInChromium } from '../../support/chromium';
import { type LinkGateway, startLinkGateway } from '../../support/link-gateway';
import { frameOfWebP, webm } from '../../support/webm';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const RUNS = `fetch('/it-ran').catch(() => {})`;
const HTML = `<!doctype html><script>${RUNS}</script><img src="/it-ran" onerror="${RUNS}">`;
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="${RUNS}"><script>${RUNS}</script></svg>`;
const STYLE = 'body { background: url(/it-ran) }';
const PDF = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert("ran"))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Size 4/Root 1 0 R>>
%%EOF`;

/** An image in which nothing repeats, so that it stays large. */
const NOISE = `(() => {
  const canvas = document.createElement('canvas');
  canvas.width = 160;
  canvas.height = 120;
  const context = canvas.getContext('2d', { alpha: false });
  const noise = context.createImageData(160, 120);
  for (let at = 0; at < noise.data.length; at += 1) noise.data[at] = Math.random() * 256;
  context.putImageData(noise, 0, 0);
  return canvas.toDataURL('image/webp', 0.9);
})()`;

describeInChromium('T7: links, and files that a browser shows, in Chromium', (browser) => {
  let provider: FakeProvider;
  let store: FakeProvider;
  let gateway: LinkGateway;
  let page: Page;
  let ran = 0;
  const pages = new Map<string, string>();

  /** The pages of the application, and a sign that a file has run. */
  const application: RequestHandler = (req, res, next) => {
    const html = pages.get(req.path);
    if (html !== undefined) return void res.type('html').send(html);
    if (req.path !== '/it-ran') return next();
    ran += 1;
    res.status(204).end();
  };

  beforeAll(async () => {
    provider = await fakeProvider({
      // As OpenAI does: every file has the same type.
      files: { png: PNG, html: HTML, svg: SVG, pdf: PDF, js: RUNS, css: STYLE, txt: 'plain <script>text</script>' },
    });
    store = await fakeProvider({ respond: (_req, res) => res.setHeader('content-type', 'image/png').end(PNG) });
    const signing: LocatedProvider = {
      name: 'store',
      streaming: true,
      locate: () => ({ url: store.origin }),
      // By another name, to which the browser sends no cookie of the gateway's.
      presign: () => ({ url: `http://localhost:${store.port}/stored?signature=1` }),
    };
    const held = openaiCompatible({ name: 'held', baseURL: provider.baseURL });
    gateway = await startLinkGateway(
      ({ fileId, account }) => ({
        ...(fileId === 'stored' ? { provider: signing, delivery: 'redirect' } : { provider: held }),
        ...(account !== undefined && { contentType: account }),
      }),
      { before: [application] },
    );
    const drawing = await browser().newPage();
    const image = await drawing.evaluate<string>(NOISE);
    await drawing.close();
    const webp = Buffer.from(image.slice(image.indexOf(',') + 1), 'base64');
    provider.setFile('webm', webm(frameOfWebP(webp, 160, 120), 600));
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await provider?.close();
    await store?.close();
  });
  beforeEach(async () => {
    ran = 0;
    page = await browser().newPage({ acceptDownloads: true });
    page.on('dialog', (dialog) => {
      ran += 1;
      void dialog.dismiss();
    });
  });
  afterEach(async () => {
    await page.close();
    expect(ran).toBe(0);
  });

  function link(fileId: string, filename?: string, more: { account?: string; expiresInSeconds?: number } = {}): string {
    const token = gateway.links.sign({ provider: 'held', fileId, filename, disposition: 'inline', ...more });
    return `/d/${token}/${filename ?? 'file'}`;
  }

  async function show(html: string, origin = gateway.origin): Promise<void> {
    pages.set('/page', html);
    await page.goto(`${origin}/page`);
  }

  it('an image is shown, in a page and by itself', async () => {
    await show(`<img src="${link('png', 'dot.png')}">`);
    await page.waitForFunction('document.images[0]?.naturalWidth > 0');
    await page.goto(gateway.origin + link('png', 'dot.png'));
    expect(await page.evaluate('[document.contentType, self.origin, document.images.length]')).toEqual([
      'image/png',
      'null',
      1,
    ]);
  });

  it('a text is shown as text', async () => {
    await page.goto(gateway.origin + link('txt', 'a.txt'));
    expect(await page.evaluate('[self.origin, document.body.textContent]')).toEqual([
      'null',
      'plain <script>text</script>',
    ]);
  });

  it.each(['in a page', 'by itself'])('a video is shown and seeks, %s', async (where) => {
    provider.clear();
    const url = link('webm', 'film.webm');
    if (where === 'in a page') await show(`<video src="${url}" preload="metadata" controls></video>`);
    else await page.goto(gateway.origin + url);
    // From here and not by listeners in the page: in the sandbox there are no scripts.
    const video = (expression: string) => page.evaluate<number>(`document.querySelector('video').${expression}`);
    while ((await video('readyState')) === 0);
    await video('currentTime = 500');
    while ((await video('seeking ? 1 : 0')) === 1);
    const at = [await video('duration'), await video('currentTime'), await video('videoWidth')];
    expect(at).toEqual([600, expect.any(Number), 160]);
    expect(at[1]).toBeGreaterThanOrEqual(500);
    const starts = provider.requests.map(({ headers }) => Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0));
    expect(Math.max(...starts)).toBeGreaterThan(1_000_000);
    const records = await gateway.log.finished(1);
    expect(records.every(({ fileId }) => fileId !== undefined)).toBe(true);
  });

  it.each([
    ['an HTML file', 'html', 'a.html', HTML],
    ['an SVG file', 'svg', 'a.svg', SVG],
    ['an XHTML file', 'svg', 'a.xhtml', SVG],
    ['a file of an unknown type', 'html', 'a.unknown', HTML],
    ['a PDF', 'pdf', 'a.pdf', PDF],
  ])('%s downloads and does not run, although `inline` was signed', async (_what, fileId, filename, content) => {
    const downloading = page.waitForEvent('download');
    // Chromium gives up the navigation when it turns out to be a download.
    const [download] = await Promise.all([
      downloading,
      page.goto(gateway.origin + link(fileId, filename)).catch(() => undefined),
    ]);
    expect(await readFile(await download.path(), 'utf8')).toBe(content);
    expect(download.suggestedFilename()).toBe(filename);
    expect(page.url()).toBe('about:blank');
  });

  it.each([
    ['a text', 'text/plain'],
    ['an image', 'image/png'],
    ['a video', 'video/mp4'],
    ['a text in an old charset', 'text/plain; charset=iso-2022-jp'],
  ])('an HTML file that is said to be %s does not run', async (_what, account) => {
    await page.goto(gateway.origin + link('html', undefined, { account }));
    expect(await page.evaluate('document.contentType')).toBe(account.split(';')[0]);
    expect(await page.evaluate('document.scripts.length')).toBe(0);
  });

  it('an SVG file in a frame of a page does not run', async () => {
    const downloading = page.waitForEvent('download');
    await show(`<iframe src="${link('svg', 'a.svg')}"></iframe>`);
    await downloading;
  });

  it.each<[string, string, (url: string, refused: string) => string]>([
    ['a script', 'text/javascript', (url, refused) => `<script src="${url}" onerror="${refused}"></script>`],
    [
      'a module',
      'application/javascript',
      (url, refused) => `<script type="module" src="${url}" onerror="${refused}">`,
    ],
    [
      'a worker',
      'text/ecmascript',
      (url, refused) => `<script>new Worker('${url}').onerror = () => ${refused}</script>`,
    ],
    ['a style sheet', 'text/css', (url, refused) => `<link rel="stylesheet" href="${url}" onerror="${refused}">`],
  ])('a file that a page of the application loads as %s does not run', async (_what, account, html) => {
    const url = link(account === 'text/css' ? 'css' : 'js', undefined, { account });
    // The browser has it in its cache, too.
    await show(`<script>fetch('${url}').then(() => { document.title = 'fetched' })</script>`);
    await page.waitForFunction("document.title === 'fetched'");
    await show(`${html(url, "document.title = 'refused'")}</script><body>`);
    await page.waitForFunction("document.title === 'refused'");
  });

  it('a link that has expired shows nothing', async () => {
    const url = link('png', 'dot.png', { expiresInSeconds: 0.001 });
    await show(`<img src="${url}" onerror="document.title = 'gone'">`);
    await page.waitForFunction("document.title === 'gone'");
  });

  it('an image is shown from the store that it is redirected to, which learns nothing of the link', async () => {
    const url = link('stored', 'dot.png', { account: 'image/png' });
    store.clear();
    await page.context().addCookies([{ name: 'session', value: 'secret', url: gateway.origin }]);
    await show(`<img src="${url}">`);
    await page.waitForFunction('document.images[0]?.naturalWidth > 0');
    const heard = JSON.stringify(store.requests.map(({ url: target, rawHeaders }) => [target, rawHeaders]));
    expect(heard).toContain('/stored?signature=1');
    expect(heard).not.toContain(url.split('/')[2]?.slice(0, 12));
    expect(heard).not.toContain('secret');
  });

  it('a page of another site cannot show it', async () => {
    const { port } = gateway;
    const html = (url: string): string =>
      `<img src="http://127.0.0.1:${port}${url}" onload="document.title = 'shown'" ` +
      `onerror="document.title = 'refused'">`;
    await show(html(link('png', 'dot.png')), `http://localhost:${port}`);
    await page.waitForFunction("document.title !== ''");
    expect(await page.title()).toBe('refused');
  });
});
