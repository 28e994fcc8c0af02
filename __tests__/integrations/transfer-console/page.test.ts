import express, { Router } from 'express';
import express4 from 'express4';
import helmet from 'helmet';
import { createFileContent } from '../../../lib/index';
import { transferConsole } from '../../../lib/integrations/console';
import { startConsoleGateway } from '../../support/console-gateway';
import { serve } from '../../support/local-server';

const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

function policyOf(response: Response): Record<string, string> {
  const header = response.headers.get('content-security-policy') ?? '';
  return Object.fromEntries(header.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));
}

describe('the page of the console', () => {
  it.each([
    ['/transfers/', 'text/html; charset=utf-8'],
    ['/transfers/console.css', 'text/css; charset=utf-8'],
    ['/transfers/console.js', 'text/javascript; charset=utf-8'],
    ['/transfers/rows.js', 'text/javascript; charset=utf-8'],
  ])('serves %s with a strict policy, and without caching', async (path, type) => {
    await using gateway = await startConsoleGateway();
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${gateway.origin}${path}`, { method });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(policyOf(response)).toEqual(POLICY);
      expect((await response.text()).length > 0).toBe(method === 'GET');
      expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0);
    }
  });

  it('names every part of itself relative to its folder, and has nothing inline', async () => {
    await using gateway = await startConsoleGateway();
    const html = await (await fetch(`${gateway.origin}/transfers/`)).text();
    const script = await (await fetch(`${gateway.origin}/transfers/console.js`)).text();
    const parts = [...html.matchAll(/(?:href|src)="([^"]*)"/g), ...script.matchAll(/^import .* from '(.*)'/gm)].map(
      ([, it]) => it,
    );
    expect(parts).toHaveLength(5);
    for (const part of parts) {
      expect(part).toMatch(/^(?:\.\/)?[a-z.]+$/);
      expect((await fetch(new URL(`${part}`, `${gateway.origin}/transfers/`))).status).toBe(200);
    }
    expect(html).not.toMatch(/<style|style=| on[a-z]+=|<script(?![^>]*src=)/);
  });

  it.each([
    ['the mount path without a slash', '/transfers', './transfers/'],
    ['a query', '/transfers?a=b', './transfers/?a=b'],
  ])('leads from %s to the folder, also behind a prefix', async (_name, path, location) => {
    await using gateway = await startConsoleGateway();
    const response = await fetch(`${gateway.origin}${path}`, { redirect: 'manual' });
    expect(response.status).toBe(308);
    expect(response.headers.get('location')).toBe(location);
    const followed = await fetch(`${gateway.origin}${path}`);
    expect(followed.status).toBe(200);
    expect(new URL(followed.url).pathname).toBe('/transfers/');
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('refuses %s', async (method) => {
    await using gateway = await startConsoleGateway();
    for (const path of ['/transfers/', '/transfers/events', '/transfers/console.js']) {
      const response = await fetch(`${gateway.origin}${path}`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  it('responds to HEAD of the events with the head alone', async () => {
    await using gateway = await startConsoleGateway();
    const response = await fetch(`${gateway.origin}/transfers/events`, { method: 'HEAD' });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await response.text()).toBe('');
  });

  it('leaves other paths to the application', async () => {
    await using gateway = await startConsoleGateway();
    for (const path of ['/transfers/none', '/transfers/console.js/', '/transfers/page/rows.js', '/other']) {
      expect((await fetch(`${gateway.origin}${path}`)).status).toBe(404);
    }
  });

  it('keeps its own policy behind helmet', async () => {
    await using gateway = await startConsoleGateway({ before: [helmet()] });
    expect(policyOf(await fetch(`${gateway.origin}/transfers/`))).toEqual(POLICY);
  });

  it.each([
    ['the root', '/', ''],
    ['a deep path', '/admin/a/b', '/admin/a/b'],
  ])('can be mounted at %s', async (_name, mount, prefix) => {
    await using gateway = await startConsoleGateway({ mount });
    for (const path of ['/', '/console.js'])
      expect((await fetch(`${gateway.origin}${prefix}${path}`)).status).toBe(200);
  });

  it('works in Express 4 and in nested routers', async () => {
    const files = createFileContent({});
    const inner = Router();
    inner.use('/transfers', transferConsole(files));
    await using newer = await serve(express().use('/admin', inner));
    await using older = await serve(express4().use('/admin/transfers', transferConsole(files)));
    for (const { origin } of [newer, older]) {
      const response = await fetch(`${origin}/admin/transfers`);
      expect(response.status).toBe(200);
      expect(new URL(response.url).pathname).toBe('/admin/transfers/');
    }
  });

  it('is behind the authentication that stands before it', async () => {
    await using gateway = await startConsoleGateway({ before: [(_req, res) => void res.sendStatus(401)] });
    for (const path of ['/', '/events', '/console.js']) {
      expect((await fetch(`${gateway.origin}/transfers${path}`)).status).toBe(401);
    }
  });
});
