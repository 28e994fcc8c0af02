import request from 'supertest';
import { sendError } from '../../../lib/delivery/client/error-response';
import { FileContentError } from '../../../lib/errors';
import { createApp, EXPRESS_MAJORS } from '../../support/gateway';

describe.each(EXPRESS_MAJORS)('sendError (Express %i)', (express) => {
  const error = new FileContentError('provider_timeout', 'Späte „Antwort“ …', { headers: { 'retry-after': '3' } });

  function app(before: Readonly<Record<string, string>> = {}): ReturnType<typeof createApp> {
    const application = createApp(express);
    application.use((_req, res) => {
      res.statusMessage = 'Of something else';
      res.set(before);
      sendError(res, error, 'transfer-1');
    });
    return application;
  }

  it('writes OpenAI’s error body, whole', async () => {
    const { status, headers, body } = await request(app()).get('/');
    expect(status).toBe(504);
    expect(body).toEqual({
      error: { message: 'Späte „Antwort“ …', type: 'upstream_error', param: null, code: 'provider_timeout' },
    });
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'transfer-1',
      'retry-after': '3',
    });
  });

  it('gives HEAD the same without the body', async () => {
    const get = await request(app()).get('/');
    const head = await request(app()).head('/');
    expect(head.status).toBe(504);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(head.text).toBeUndefined();
  });

  it('drops headers about a body that another middleware had set', async () => {
    const { headers, body } = await request(
      app({
        ETag: '"v1"',
        'Content-Encoding': 'gzip',
        'Content-Disposition': 'attachment; filename=a.bin',
        'Content-Range': 'bytes 0-1/2',
        'Last-Modified': 'Sun, 01 Nov 2026 00:00:00 GMT',
        'Accept-Ranges': 'bytes',
        'Cache-Control': 'public, max-age=3600',
        'Content-Language': 'de',
        'Access-Control-Allow-Origin': '*',
        'X-Request-Id': 'the-applications',
      }),
    ).get('/');
    const gone = ['etag', 'content-encoding', 'content-disposition', 'content-range', 'last-modified'];
    for (const name of [...gone, 'accept-ranges', 'content-language']) {
      expect([name, headers[name]]).toEqual([name, undefined]);
    }
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'x-request-id': 'the-applications',
    });
    expect(body).toHaveProperty('error');
  });
});
