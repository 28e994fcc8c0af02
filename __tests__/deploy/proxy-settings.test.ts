import { get } from 'node:http';
import { fakeProvider } from '../../lib/testing';
import { startBehind } from '../support/behind-proxy';
import { startConsoleGateway } from '../support/console-gateway';
import { PROXIES, type ProxyName, startProxy, until } from '../support/deployment';
import { download, open } from '../support/download';
import { openEvents } from '../support/event-stream';
import { describeWith } from '../support/programs';

const LARGE = Buffer.alloc(60_000_000);
const TEXT = { content: Buffer.alloc(100_000, 'text '), contentType: 'text/plain', headers: { etag: '"strong"' } };

const withoutBuffering = /proxy_buffering off;\s*proxy_max_temp_file_size 0;/;
const at = ({ port }: { port: number }, id = 'file-1'): string => `http://127.0.0.1:${port}/v1/files/${id}/content`;

for (const name of Object.keys(PROXIES) as ProxyName[]) {
  describeWith([name], `the configuration of ${name}`, () => {
    it('holds the gateway to the pace of the client, and tells it when the client leaves', async () => {
      await using provider = await fakeProvider({ files: { 'file-1': LARGE } });
      await using gateway = await startBehind(provider);
      await using proxy = await startProxy(name, [gateway.port]);
      const response = await open(at(proxy));
      await until(() => gateway.files.active()[0]?.phase === 'paused');
      response.destroy();
      expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', complete: 'no' }]);
      expect(await provider.requests[0]?.ended).toBe('aborted');
    });

    it('tells the gateway when the client leaves before there is a response', async () => {
      const silent = { content: 'content', fault: { kind: 'stall' } } as const;
      await using provider = await fakeProvider({ files: { 'file-1': silent } });
      await using gateway = await startBehind(provider);
      await using proxy = await startProxy(name, [gateway.port]);
      const request = get(at(proxy)).on('error', () => undefined);
      await provider.requestsReceived(1);
      request.destroy();
      expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', status: 499 }]);
      expect(await provider.requests[0]?.ended).toBe('aborted');
    });

    it('passes on the address and the scheme of the client, and nothing that the client says of them', async () => {
      await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
      await using gateway = await startBehind(provider);
      const seen: unknown[] = [];
      gateway.server.prependListener('request', ({ url, headers }) => {
        // HAProxy's own health checks have no client.
        if (url === '/readyz') return;
        seen.push(headers['x-forwarded-for'], headers['x-forwarded-proto'], headers['x-forwarded-host']);
      });
      await using proxy = await startProxy(name, [gateway.port]);
      const claims = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'other.test' };
      await download(at(proxy), { headers: claims });
      expect(seen).toEqual(['127.0.0.1', 'http', undefined]);
    });

    it('passes the events of the console as they come, and tells the gateway when the page is closed', async () => {
      await using gateway = await startConsoleGateway({ files: { 'file-1': 'content' } });
      await using proxy = await startProxy(name, [gateway.port]);
      const left = new Promise<void>((resolve) => {
        gateway.server.on('request', ({ url }, res) => url?.endsWith('/events') && res.once('close', resolve));
      });
      const events = await openEvents(`http://127.0.0.1:${proxy.port}/transfers/events`);
      await events.update();
      await gateway.download('file-1');
      await events.update(({ finished }) => finished.length === 1);
      events[Symbol.dispose]();
      await left;
    });

    it('leaves bodies as they are, also for clients that accept gzip', async () => {
      await using provider = await fakeProvider({ files: { 'file-1': TEXT } });
      await using gateway = await startBehind(provider);
      await using proxy = await startProxy(name, [gateway.port]);
      const { headers, body } = await download(at(proxy), { headers: { 'accept-encoding': 'gzip' } });
      expect(headers).toMatchObject({ etag: '"strong"', 'content-length': `${TEXT.content.length}` });
      expect(body.equals(TEXT.content)).toBe(true);
    });
  });
}

describeWith(['nginx'], 'what nginx does with other settings', () => {
  it('with buffering, the gateway takes a download for delivered that the client never got', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': LARGE } });
    await using gateway = await startBehind(provider);
    await using proxy = await startProxy('nginx', [gateway.port], (it) => it.replace(withoutBuffering, ''));
    const response = await open(at(proxy));
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', bytesSent: LARGE.length }]);
    response.destroy();
  });

  it('X-Accel-Buffering in responseHeaders turns buffering off for a response', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': LARGE } });
    await using gateway = await startBehind(provider, { responseHeaders: { 'X-Accel-Buffering': 'no' } });
    await using proxy = await startProxy('nginx', [gateway.port], (it) => it.replace(withoutBuffering, ''));
    const response = await open(at(proxy));
    await until(() => gateway.files.active()[0]?.phase === 'paused');
    response.destroy();
  });

  it('a provider cannot send nginx to another file with X-Accel-Redirect', async () => {
    const headers = { 'x-accel-redirect': '/elsewhere', 'x-accel-buffering': 'yes', 'x-accel-limit-rate': '1' };
    await using provider = await fakeProvider({ files: { 'file-1': { content: 'content', headers } } });
    await using gateway = await startBehind(provider);
    await using proxy = await startProxy('nginx', [gateway.port]);
    expect(`${(await download(at(proxy))).body}`).toBe('content');
  });

  it('gzip compresses in spite of no-transform: the length is lost and the ETag weak', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': TEXT } });
    await using gateway = await startBehind(provider);
    await using proxy = await startProxy('nginx', [gateway.port], (it) =>
      it.replace('gzip off;', 'gzip on; gzip_types text/plain; gzip_proxied any;'),
    );
    const { headers } = await download(at(proxy), { headers: { 'accept-encoding': 'gzip' } });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', etag: 'W/"strong"' });
    expect(headers['cache-control']).toContain('no-transform');
    expect(headers['content-length']).toBeUndefined();
  });

  it('a head larger than proxy_buffer_size is a 502', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': 'content' } });
    await using gateway = await startBehind(provider, { responseHeaders: { 'x-large': 'x'.repeat(10_000) } });
    await using proxy = await startProxy('nginx', [gateway.port]);
    expect((await download(at(proxy))).status).toBe(502);
    await using wider = await startProxy('nginx', [gateway.port], (it) =>
      it.replace('proxy_buffering off;', '$& proxy_buffer_size 16k; proxy_buffers 8 16k;'),
    );
    expect((await download(at(wider))).status).toBe(200);
  });
});

describeWith(['haproxy'], 'what HAProxy does with other settings', () => {
  it('compression leaves alone what has no-transform, as every response of the package has', async () => {
    await using provider = await fakeProvider({ files: { 'file-1': TEXT } });
    await using gateway = await startBehind(provider);
    await using proxy = await startProxy('haproxy', [gateway.port], (it) =>
      it.replace('option redispatch', '$&\n  compression algo gzip\n  compression type text/plain'),
    );
    const { headers } = await download(at(proxy), { headers: { 'accept-encoding': 'gzip' } });
    expect(headers).toMatchObject({ etag: '"strong"', 'content-length': `${TEXT.content.length}` });
    expect(headers['content-encoding']).toBeUndefined();
  });
});
