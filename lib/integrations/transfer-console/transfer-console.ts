import type { IncomingMessage, ServerResponse } from 'node:http';
import { Router } from 'express';
import { requireService } from '../../delivery/serve';
import type { FileContent } from '../../file-content';
import { readOptions, requireInteger } from '../../values/read-options';
import { History } from './history';
import { type Asset, loadPage } from './page';
import { takeSnapshot } from './snapshot';
import { Viewers } from './viewers';

/** Options of {@link transferConsole}. */
export interface TransferConsoleOptions {
  /** The most pages that may be open at once, 1 to 1000. Others get a 503. Defaults to `20`. */
  readonly maxViewers?: number | undefined;
  /** The most transfers in flight that are shown, the oldest first, 1 to 500. Defaults to `100`. */
  readonly maxTransfers?: number | undefined;
  /** The most recent failures that are kept, 1 to 200. Defaults to `50`. */
  readonly maxFailures?: number | undefined;
  /** The time between two updates of the page, in milliseconds, 250 to 10000. Defaults to `1000` (1 second). */
  readonly intervalMs?: number | undefined;
}

const FACTORY = 'transferConsole';

/** Everything is the page's own; nothing in it may run or load anything else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const EVENTS = '/events';

/**
 * Creates a page of the transfers in flight, with recent failures and totals since this call. It is read-only, and
 * reads only what {@link FileContent.active} and the records say.
 *
 * It does not authenticate. Put your authentication in front of it: it shows file ids, tenants and providers.
 *
 * @param files what `createFileContent` returned
 * @throws TypeError for anything else, and for a wrong option
 *
 * @example
 * app.use('/transfers', requireAdmin, transferConsole(files));
 */
export function transferConsole(files: FileContent, options: TransferConsoleOptions = {}): Router {
  const service = requireService(FACTORY, files, 'transferConsole(files)');
  const { maxViewers, maxTransfers, maxFailures, intervalMs } = parseOptions(options);
  const history = new History(maxFailures);
  const page = loadPage();
  service.listeners.add((record) => history.add(record));
  const { transfers } = service;
  const viewers = new Viewers(
    {
      describe: () => JSON.stringify(takeSnapshot(service, history, maxTransfers)),
      isOver: (isListening) => (transfers.isClosing || !isListening) && transfers.size === 0,
    },
    intervalMs,
  );

  function sendEvents(req: IncomingMessage, res: ServerResponse): void {
    if (viewers.size >= maxViewers) {
      res.setHeader('Retry-After', '10');
      sendText(req, res, 503, 'Too many viewers.');
      return;
    }
    res.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    // Compressed or buffered, events would arrive late.
    res.setHeader('Cache-Control', 'no-store, no-transform');
    res.setHeader('X-Accel-Buffering', 'no');
    // The server closes only when the connection is gone. HTTP/2 has no such header.
    if (req.httpVersionMajor === 1) res.setHeader('Connection', 'close');
    if (req.method === 'HEAD') res.end();
    else viewers.add(req, res);
  }

  const router = Router();
  router.use(function transferConsole(req, res, next): void {
    const asset = page.get(req.path);
    if (asset === undefined && req.path !== EVENTS) {
      next();
      return;
    }
    setPolicy(res);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD');
      sendText(req, res, 405, 'This page is read-only.');
      return;
    }
    if (asset === undefined) sendEvents(req, res);
    else if (req.path === '/' && lacksSlash(req.originalUrl)) redirectToFolder(req, res, req.originalUrl);
    else send(req, res, 200, asset);
  });
  return router;
}

function parseOptions(options: TransferConsoleOptions): Required<{ [K in keyof TransferConsoleOptions]: number }> {
  const given = readOptions<TransferConsoleOptions>(FACTORY, options, {
    maxViewers: true,
    maxTransfers: true,
    maxFailures: true,
    intervalMs: true,
  });
  const { maxViewers = 20, maxTransfers = 100, maxFailures = 50, intervalMs = 1000 } = given;
  return {
    maxViewers: requireInteger(FACTORY, 'maxViewers', maxViewers, 1, 1000),
    maxTransfers: requireInteger(FACTORY, 'maxTransfers', maxTransfers, 1, 500),
    maxFailures: requireInteger(FACTORY, 'maxFailures', maxFailures, 1, 200),
    intervalMs: requireInteger(FACTORY, 'intervalMs', intervalMs, 250, 10_000),
  };
}

function setPolicy(res: ServerResponse): void {
  res.setHeader('Content-Security-Policy', POLICY);
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
}

function lacksSlash(url: string): boolean {
  return !pathOf(url).endsWith('/');
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/**
 * The page names its parts relative to its own folder, which works under any mount path and behind a proxy that adds a
 * prefix. So does the redirect. `./` keeps a segment with a colon from being read as a scheme.
 */
function redirectToFolder(req: IncomingMessage, res: ServerResponse, url: string): void {
  const path = pathOf(url);
  const segment = path.slice(path.lastIndexOf('/') + 1);
  res.setHeader('Location', `./${segment}/${url.slice(path.length)}`);
  sendText(req, res, 308, 'The page is here, with a slash at the end.');
}

function sendText(req: IncomingMessage, res: ServerResponse, status: number, text: string): void {
  send(req, res, status, { type: 'text/plain; charset=utf-8', content: Buffer.from(`${text}\n`) });
}

function send(req: IncomingMessage, res: ServerResponse, status: number, { type, content }: Asset): void {
  res.statusCode = status;
  res.setHeader('Content-Type', type);
  res.setHeader('Content-Length', content.length);
  res.end(req.method === 'HEAD' ? undefined : content);
}
