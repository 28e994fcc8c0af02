import type { Page } from 'playwright-core';
import { describeInChromium } from '../../support/chromium';
import { heldFile, startConsoleGateway } from '../../support/console-gateway';

const LENGTH = 400_000;

/** Collects what the browser complains about: errors of the page's policy and of its script. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

describeInChromium('the console in Chromium', (browser) => {
  it('shows a transfer from its start to its end, without a complaint', async () => {
    const held = heldFile(LENGTH);
    await using gateway = await startConsoleGateway({ files: { 'file-1': held.file }, resolution: { tenant: 'acme' } });
    const page = await browser().newPage();
    const complaints = complaintsOf(page);
    try {
      await page.goto(`${gateway.origin}/transfers`);
      await page.getByText('No transfers are in flight.').waitFor();
      const downloaded = gateway.download('file-1');
      const row = page.getByRole('row', { name: 'file-1' });
      await row.getByText('200.0 kB of 400.0 kB').waitFor();
      expect(await row.getByRole('progressbar', { name: 'Progress of file-1' }).getAttribute('value')).toBe('50');
      expect(await row.getByText('fake · acme').isVisible()).toBe(true);
      held.release();
      await downloaded;
      await page.locator('#finished').getByText('Completed').waitFor();
      expect(await page.locator('#completed').textContent()).toBe('1');
      expect(await page.locator('#sent').textContent()).toBe('400.0 kB');
      expect(await page.locator('#connection').textContent()).toBe('Live');
      expect(complaints).toEqual([]);
    } finally {
      await page.close();
    }
  });
});
