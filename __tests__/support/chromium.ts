/** Chromium, where it is installed, for tests of what a browser does with files. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Declares tests that are skipped where Chromium is not installed. `tests` gets a function that gives the browser. */
export function describeInChromium(title: string, tests: (browser: () => Browser) => void): void {
  const declare = EXECUTABLE === undefined ? describe.skip : describe;
  declare(`${title} (skipped where Chromium is not installed)`, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      browser = await chromium.launch({
        ...(EXECUTABLE !== undefined && { executablePath: EXECUTABLE }),
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      });
    });
    afterAll(() => browser?.close());
    tests(() => {
      if (browser === undefined) throw new Error('Chromium was not started');
      return browser;
    });
  });
}
