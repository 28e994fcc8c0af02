import { readFile } from 'node:fs/promises';
import { describeInChromium } from '../support/chromium';
import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { answer, startRawProvider } from '../support/raw-provider';

/** Content that tells the gateway's server that it ran. */
const RUNS = `fetch('/it-ran').catch(() => {})`;

const UPLOADS = [
  ['an HTML file', 'text/html', `<!doctype html><script>${RUNS}</script><img src="/it-ran" onerror="${RUNS}">`],
  [
    'an SVG file',
    'image/svg+xml',
    `<svg xmlns="http://www.w3.org/2000/svg" onload="${RUNS}"><script>${RUNS}</script></svg>`,
  ],
  ['an HTML file of no type', 'application/octet-stream', `<!doctype html><script>${RUNS}</script>`],
  [
    'an XHTML file',
    'application/xhtml+xml',
    `<html xmlns="http://www.w3.org/1999/xhtml"><script>${RUNS}</script></html>`,
  ],
  ['a script', 'text/javascript', RUNS],
] as const;

describeInChromium('T7: an uploaded file that a person opens in Chromium', (browser) => {
  describe.each(DELIVERIES)('%s', (delivery) => {
    it.each(UPLOADS)('%s downloads and does not run', async (_name, type, content) => {
      // A provider that would have it shown, as one does that keeps what its uploader declared.
      await using provider = await startRawProvider(({ send }) =>
        send(answer(content, [`Content-Type: ${type}`, 'Content-Disposition: inline; filename="page"'])),
      );
      let ran = 0;
      await using gateway = await startGateway({
        upstream: provider.origin,
        delivery,
        before: [
          (req, res, next) => {
            if (req.path !== '/it-ran') return next();
            ran += 1;
            res.status(204).end();
          },
        ],
      });
      const page = await browser().newPage({ acceptDownloads: true });
      try {
        const downloading = page.waitForEvent('download');
        // Chromium gives up the navigation when it turns out to be a download.
        const [download] = await Promise.all([
          downloading,
          page.goto(`${gateway.origin}/v1/files/file-1/content`).catch(() => undefined),
        ]);
        expect(await readFile(await download.path(), 'utf8')).toBe(content);
        expect(page.url()).toBe('about:blank');
        expect(ran).toBe(0);
      } finally {
        await page.close();
      }
    });
  });

  it('runs if it is served without the router: the test can see it', async () => {
    await using provider = await startRawProvider(() => undefined);
    let ran: () => void = () => undefined;
    const hasRun = new Promise<void>((resolve) => {
      ran = resolve;
    });
    await using gateway = await startGateway({
      upstream: provider.origin,
      before: [
        (req, res, next) => {
          if (req.path === '/page') res.type('html').send(UPLOADS[0][2]);
          else if (req.path === '/it-ran') {
            ran();
            res.status(204).end();
          } else next();
        },
      ],
    });
    const page = await browser().newPage();
    await page.goto(`${gateway.origin}/page`);
    await hasRun;
    await page.close();
  });
});
