import type { OutgoingHttpHeaders } from 'node:http';
import { NEUTRAL } from './content-type';

/** What a page loads to run it with its own rights, whatever Content-Disposition says (Fetch metadata). */
const CODE = new Set([
  'audioworklet',
  'paintworklet',
  'script',
  'serviceworker',
  'sharedworker',
  'style',
  'worker',
  'xslt',
]);

/** Types that browsers take for a script, a style sheet or an XSLT. */
const TYPES = /(?:java|ecma|j|live)script|\/css\b|xml\b|\/xslt?\b/i;

/**
 * Keeps a page of the gateway's origin from loading a file as a script or a style sheet, which its own
 * Content-Security-Policy may allow for every URL of that origin. Browsers run nothing of another type (`nosniff`).
 *
 * @param headers of a success; changed
 * @param destination the request's `Sec-Fetch-Dest`, which no page can change
 * @param vary the response's `Vary` so far
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header
 */
export function refuseToLoad(headers: OutgoingHttpHeaders, destination: unknown, vary: unknown): void {
  if (!TYPES.test(String(headers['content-type'] ?? ''))) return;
  if (typeof destination === 'string' && CODE.has(destination)) headers['content-type'] = NEUTRAL;
  // A download that the browser has cached must not be loaded instead.
  headers['vary'] = [vary ?? [], 'Sec-Fetch-Dest'].flat().join(', ');
}
