import { DELIVERIES, runDelivery, says } from '../support/deliveries';

const FULL = [
  'HTTP/1.1 304 Not Modified',
  'ETag: "v1"',
  'Last-Modified: Mon, 02 Mar 2026 10:00:00 GMT',
  'Content-Length: 5',
  'Content-Type: text/csv',
  'Content-Encoding: gzip',
  'Content-Language: en',
  'Content-Range: bytes 0-4/5',
  'Content-Disposition: attachment; filename="a.csv"',
  'Content-MD5: abc',
  'x-request-id: req_1',
  '',
  '',
];

describe.each(DELIVERIES)('a 304 to a request without conditions (%s)', (delivery) => {
  it.each([
    ['GET', [] as string[]],
    ['HEAD', []],
    ['GET', ['If-Match: "v1"']],
    ['GET', ['Range: bytes=0-1', 'If-Range: "v1"']],
    ['GET', ['If-None-Match: "v1"', 'Connection: If-None-Match']],
  ])('%s with %j is an invalid response', async (method, headers) => {
    await using running = await runDelivery(delivery, says(...FULL));
    const { response } = await running.get({ method, headers });
    expect(response.status).toBe(502);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'upstream_invalid', upstreamStatus: 304 }]);
  });
});

describe('a 304 that was asked for', () => {
  it.each([
    ['GET', 'If-None-Match: "v1"'],
    ['HEAD', 'If-None-Match: "v1"'],
    ['GET', 'If-Modified-Since: Mon, 02 Mar 2026 10:00:00 GMT'],
  ])('%s with %s: keeps its validators and no headers that describe a body', async (method, header) => {
    await using running = await runDelivery('stream', says(...FULL), {
      headers: { response: ['content-md5'] },
      resolution: { responseHeaders: { 'content-type': 'text/plain', 'x-gateway': 'g' } },
    });
    const { response } = await running.get({ method, headers: [header] });
    expect(response.status).toBe(304);
    const { headers } = response;
    expect([headers.get('etag'), headers.get('x-request-id'), headers.get('x-gateway')]).toEqual([
      ['"v1"'],
      ['req_1'],
      ['g'],
    ]);
    expect([...headers.keys()].filter((name) => name.startsWith('content-'))).toEqual([]);
    expect(headers.has('transfer-encoding')).toBe(false);
  });
});
