// Takes the pictures of the console in docs/images from the page itself, with the downloads of
// `npm run demo -- --watch`.
//
//   npm run build && node scripts/console-screenshot.mts
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startWatchedGateway } from '../docs/examples/demo-watch.mts';

const IMAGES = join(import.meta.dirname, '../docs/images');
const WIDTH = 1080;
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

mkdirSync(IMAGES, { recursive: true });
const gateway = await startWatchedGateway();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: 1400 },
    reducedMotion: 'reduce',
  });
  await page.goto(gateway.console);
  // Each kind of end has happened, and the slow downloads still go on.
  await page.locator('#failures').getByText('The provider cut the body off').waitFor();
  await page.locator('#finished').getByText('Completed').waitFor({ timeout: 60_000 });
  const last = await page.locator('section', { has: page.locator('#failures') }).boundingBox();
  const clip = { x: 0, y: 0, width: WIDTH, height: Math.ceil((last?.y ?? 0) + (last?.height ?? 0)) + 24 };
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(IMAGES, `console-${colorScheme}.png`), clip });
  }
} finally {
  await browser.close();
  await gateway.close();
}
