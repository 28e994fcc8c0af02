import compression from 'compression';
import { openaiCompatible } from '../../../lib';
import { startContentProvider } from '../../support/content-provider';
import { download, open } from '../../support/download';
import { EXPRESS_MAJORS, startGateway } from '../../support/gateway';

const TEXT = Buffer.from('{"custom_id":"request-1"}\n'.repeat(100_000));
const ASKING = { headers: { 'accept-encoding': 'gzip, br' } };

describe.each(EXPRESS_MAJORS)('behind compression() (Express %i)', (express) => {
  it.each([
    ['declared', 'stream'],
    ['chunked', 'stream'],
    ['declared', 'buffer'],
  ] as const)('bytes and length stay those of the provider (%s, %s)', async (framing, delivery) => {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      const length = framing === 'declared' ? { 'content-length': TEXT.length } : {};
      response.writeHead(200, { 'content-type': 'application/json', etag: '"v1"', ...length });
      response.end(TEXT);
    };
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({
      express,
      before: [compression({ threshold: 0 })],
      resolveProvider: () => ({ provider: held, delivery }),
    });
    const { headers, body } = await download(`${app.origin}/v1/files/file-1/content`, ASKING);
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers.etag).toBe('"v1"');
    if (framing === 'declared') expect(headers['content-length']).toBe(String(TEXT.length));
    expect(body.equals(TEXT)).toBe(true);
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'completed', bytesSent: TEXT.length }]);
  });

  it('also where the resolution sets its own Cache-Control', async () => {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => void response.writeHead(200, { 'content-type': 'text/csv' }).end(TEXT);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({
      express,
      before: [compression({ threshold: 0 })],
      resolveProvider: () => ({ provider: held, responseHeaders: { 'cache-control': 'max-age=60' } }),
    });
    const { headers, body } = await download(`${app.origin}/v1/files/file-1/content`, ASKING);
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.equals(TEXT)).toBe(true);
  });

  it('the first byte leaves at once, and a cut body still looks cut', async () => {
    await using provider = await startContentProvider();
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' });
      response.write('first');
    };
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({
      express,
      before: [compression({ threshold: 0 })],
      resolveProvider: () => held,
    });
    const response = await open(`${app.origin}/v1/files/file-1/content`, ASKING);
    const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('first');
    await provider[Symbol.asyncDispose]();
    await expect(chunks.next()).rejects.toThrow('aborted');
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_truncated' }]);
  });

  it('an error is one, whether it is compressed or not', async () => {
    await using provider = await startContentProvider();
    const message = 'Not now. '.repeat(150);
    provider.respond = (_request, response) => void response.writeHead(503).end(JSON.stringify({ error: { message } }));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({
      express,
      before: [compression({ threshold: 0 })],
      resolveProvider: () => held,
    });
    const response = await fetch(`${app.origin}/v1/files/file-1/content`, ASKING);
    expect(response.status).toBe(503);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.json()).toMatchObject({ error: { message, code: 'provider_error' } });
  });
});
