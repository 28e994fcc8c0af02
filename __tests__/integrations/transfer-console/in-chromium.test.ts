import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describeInChromium } from '../../support/chromium';
import { type ConsoleGatewayOptions, heldFile, startConsoleGateway } from '../../support/console-gateway';

const LENGTH = 400_000;
const CUT = { content: Buffer.alloc(LENGTH), fault: { kind: 'cut', afterBytes: 100_000, by: 'fin' } } as const;
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

type Violations = readonly { readonly id: string; readonly nodes: readonly unknown[] }[];

/** Collects what the browser complains about: violations of the policy, and errors of the script. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

describeInChromium('the console in Chromium', (browser) => {
  async function open(options: ConsoleGatewayOptions, dark = false) {
    const gateway = await startConsoleGateway(options);
    const page = await browser().newPage({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    const complaints = complaintsOf(page);
    await page.goto(`${gateway.origin}/transfers`);
    await page.getByText('Live', { exact: true }).waitFor();
    return {
      gateway,
      page,
      complaints,
      async [Symbol.asyncDispose]() {
        await page.close();
        await gateway[Symbol.asyncDispose]();
      },
    };
  }

  it('shows a transfer from its start to its end, without a complaint', async () => {
    const held = heldFile(LENGTH);
    await using opened = await open({ files: { 'file-1': held.file }, resolution: { tenant: 'acme' } });
    const { gateway, page, complaints } = opened;
    await page.getByText('No transfers are in flight.').waitFor();
    const downloaded = gateway.download('file-1');
    const row = page.getByRole('row', { name: 'file-1' });
    await row.getByText('200.0 kB of 400.0 kB').waitFor();
    expect(await row.getByRole('progressbar', { name: 'Progress of file-1' }).getAttribute('value')).toBe('50');
    expect(await row.getByText('fake · acme').isVisible()).toBe(true);
    held.release();
    await downloaded;
    await page.locator('#finished').getByText('Completed').first().waitFor();
    expect(await page.locator('#completed').textContent()).toBe('1');
    expect(await page.locator('#sent').textContent()).toBe('400.0 kB');
    expect(complaints).toEqual([]);
  });

  it('shows hostile ids, providers, tenants and messages as text', async () => {
    const hostile = `<img src=x onerror="document.title='ran'">`;
    await using opened = await open({
      files: { [hostile]: CUT },
      resolution: { tenant: hostile, fileId: hostile },
      providerName: hostile,
    });
    const { gateway, page, complaints } = opened;
    await gateway.download('file-1');
    await page.locator('#failures').getByText('The provider cut the body off').waitFor();
    await page.locator('#failures summary').click();
    expect(await page.locator('#failures th bdi').allTextContents()).toContain(hostile);
    expect(await page.locator('#providers th').allTextContents()).toContain(hostile);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Transfers');
    expect(complaints).toEqual([]);
  });

  it('announces new failures, and none from before', async () => {
    await using opened = await open({ files: { 'file-cut': CUT } });
    const { gateway, page } = opened;
    await gateway.download('file-cut');
    const announcements = page.locator('[aria-live=polite]');
    await announcements.getByText('Failed: file-cut. The provider cut the body off.').waitFor();
    await page.reload();
    await page.locator('#failures').getByText('The provider cut the body off').waitFor();
    expect(await announcements.textContent()).toBe('');
  });

  it('keeps the focus and open details while rows come', async () => {
    await using opened = await open({ files: { 'file-cut': CUT } });
    const { gateway, page } = opened;
    await gateway.download('file-cut');
    const summaries = page.locator('#failures summary');
    await summaries.first().waitFor();
    // The keyboard alone: the first stop of the page is the details.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await gateway.download('file-none');
    await page.locator('#failures').getByText('file_not_found').waitFor();
    expect(await summaries.count()).toBe(2);
    expect(await page.locator('#failures details[open]').count()).toBe(1);
    const focused = await page.evaluate('document.activeElement.closest("tr").textContent');
    expect(focused).toContain('file-cut');
  });

  it('moves the focus to the title if the focused row goes', async () => {
    await using opened = await open({ files: { 'file-cut': CUT }, console: { maxFailures: 1 } });
    const { gateway, page } = opened;
    await gateway.download('file-none');
    await page.locator('#failures summary').focus();
    await gateway.download('file-cut');
    await page.locator('#failures').getByText('The provider cut the body off').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('failures-title');
  });

  it('says when it is disconnected, and comes back with the gateway', async () => {
    await using opened = await open({});
    const { gateway, page } = opened;
    await gateway[Symbol.asyncDispose]();
    await page.getByText('Disconnected. Reconnecting', { exact: true }).waitFor();
    await using again = await startConsoleGateway({ port: gateway.port, files: { 'file-1': 'hello' } });
    await page.getByText('Live', { exact: true }).waitFor();
    await again.download('file-1');
    await page.locator('#finished').getByText('file-1').waitFor();
  });

  it('comes back after a refusal, such as a proxy’s while the gateway restarts', async () => {
    let isRefusing = false;
    await using opened = await open({
      before: [(_req, res, next) => void (isRefusing ? res.sendStatus(502) : next())],
    });
    const { gateway, page } = opened;
    isRefusing = true;
    gateway.server.closeAllConnections();
    await page.waitForResponse((response) => response.status() === 502);
    await page.getByText('Disconnected. Reconnecting', { exact: true }).waitFor();
    isRefusing = false;
    await page.getByText('Live', { exact: true }).waitFor();
  });

  it('lists the oldest transfers and counts the rest', async () => {
    const held = heldFile(LENGTH);
    await using opened = await open({ files: { 'file-1': held.file }, console: { maxTransfers: 2 } });
    const { gateway, page } = opened;
    const downloads = Array.from({ length: 5 }, () => gateway.download('file-1'));
    await page.getByText('3 more in flight').waitFor();
    expect(await page.locator('#transfers tbody tr').count()).toBe(2);
    expect(await page.locator('#in-flight').textContent()).toBe('5');
    held.release();
    await Promise.all(downloads);
    await page.getByText('No transfers are in flight.').waitFor();
  });

  it('lets the keyboard reach a table that is wider than the window', async () => {
    const held = heldFile(LENGTH);
    await using opened = await open({ files: { 'file-1': held.file } });
    const { gateway, page } = opened;
    const downloaded = gateway.download('file-1');
    await page.getByText('200.0 kB of 400.0 kB').waitFor();
    expect(await page.locator('.scroll[tabindex]').count()).toBe(0);
    await page.setViewportSize({ width: 400, height: 800 });
    const wide = page.locator('.scroll[tabindex="0"]', { has: page.locator('#transfers') });
    await wide.waitFor();
    await page.keyboard.press('Tab');
    expect(await wide.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await page.setViewportSize({ width: 1280, height: 800 });
    await wide.waitFor({ state: 'detached' });
    held.release();
    await downloaded;
  });

  it.each([
    ['light', false, 1280],
    ['dark', true, 1280],
    ['a narrow window', false, 400],
  ])('has no problem that axe finds, in %s', async (_name, dark, width) => {
    const held = heldFile(LENGTH);
    await using opened = await open({ files: { 'file-1': held.file, 'file-cut': CUT } }, dark);
    const { gateway, page } = opened;
    await page.setViewportSize({ width, height: 800 });
    await gateway.download('file-cut');
    const downloaded = gateway.download('file-1');
    await page.getByText('200.0 kB of 400.0 kB').waitFor();
    await page.locator('#failures summary').click();
    // By the debugger, which the page's policy does not concern.
    await page.evaluate(AXE);
    const violations = await page.evaluate<Violations>('axe.run().then(({ violations }) => violations)');
    expect(violations.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes)}`)).toEqual([]);
    held.release();
    await downloaded;
  });
});
