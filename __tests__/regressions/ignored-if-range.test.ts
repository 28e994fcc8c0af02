import { hasHeader, runDelivery } from '../support/deliveries';
import { answer, type RawExchange, type RawScript } from '../support/raw-provider';

const MODIFIED = 'Mon, 02 Mar 2026 10:00:00 GMT';
const OTHER = 'Tue, 03 Mar 2026 10:00:00 GMT';

/** An object store that has a new version and ignores If-Range. */
function store(lines: readonly string[], { status = 206, total = 10 } = {}): RawScript {
  return ({ head, send }) => {
    const withoutBody = head.startsWith('HEAD');
    const whole = answer('new-456789', lines);
    const part =
      status === 206
        ? answer('456', [...lines, `Content-Range: bytes 4-6/${total}`], '206 Partial Content')
        : answer('<Error/>', [...lines, `Content-Range: bytes */${total}`], '416 Range Not Satisfiable');
    const bytes = hasHeader(head, 'range') ? part : whole;
    return send(withoutBody ? bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4) : bytes);
  };
}

const NEW = ['ETag: "v2"', `Last-Modified: ${OTHER}`];

const HELD: readonly (readonly [string, readonly string[]])[] = [
  ['"v2"', NEW],
  [OTHER, NEW],
  ['Tuesday, 03-Mar-26 10:00:00 GMT', NEW],
];
const NOT_HELD: readonly (readonly [string, readonly string[]])[] = [
  ['"v1"', NEW],
  ['W/"v2"', NEW],
  ['"V2"', NEW],
  ['"v1", "v2"', NEW],
  ['v2', NEW],
  ['*', NEW],
  ['"v2"', ['ETag: W/"v2"']],
  ['W/"v2"', ['ETag: W/"v2"']],
  ['"v2"', []],
  ['"v2"', [`Last-Modified: ${OTHER}`]],
  [MODIFIED, NEW],
  [OTHER, ['ETag: "v2"']],
  ['Wed, 04 Mar 2026 10:00:00 GMT', NEW],
];

describe.each(['GET', 'HEAD'])('%s with If-Range of a provider that ignores it', (method) => {
  it.each(HELD)('%j holds for %j: the part is passed on', async (ifRange, lines) => {
    await using running = await runDelivery('stream', store(lines));
    const { response } = await running.get({ method, headers: ['Range: bytes=4-6', `If-Range: ${ifRange}`] });
    expect(response.status).toBe(206);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'completed', attempts: 1 }]);
  });

  it.each(NOT_HELD)('%j does not match %j: the whole file is requested', async (ifRange, lines) => {
    await using running = await runDelivery('stream', store(lines));
    const { response } = await running.get({ method, headers: ['Range: bytes=4-6', `If-Range: ${ifRange}`] });
    expect([response.status, response.body.toString()]).toEqual([200, method === 'GET' ? 'new-456789' : '']);
    expect(response.headers.get('content-length')).toEqual(['10']);
    expect(response.headers.has('content-range')).toBe(false);
    const { requests } = running.provider;
    expect(requests).toHaveLength(2);
    for (const name of ['range', 'if-range']) expect([name, hasHeader(requests[1], name)]).toEqual([name, false]);
    expect(requests[1]).toMatch(/^authorization: Bearer key\r$/im);
    expect(await running.app.recorded(1)).toMatchObject([
      { outcome: 'completed', status: 200, upstreamStatus: 200, attempts: 2, complete: 'yes' },
    ]);
  });
});

it('the client’s If-Range counts also where Connection keeps it from being sent', async () => {
  await using running = await runDelivery('stream', store(NEW));
  const headers = ['Range: bytes=4-6', 'If-Range: "v1"', 'Connection: If-Range'];
  expect((await running.get({ headers })).response.status).toBe(200);
});

it('several parts of another version are not passed on either', async () => {
  await using running = await runDelivery('stream', ({ head, send }) =>
    hasHeader(head, 'range')
      ? send(answer('--x--', [...NEW, 'Content-Type: multipart/byteranges; boundary=x'], '206 Partial Content'))
      : send(answer('new-456789', NEW)),
  );
  const { response } = await running.get({ headers: ['Range: bytes=0-0,4-6', 'If-Range: "v1"'] });
  expect([response.status, response.body.toString()]).toEqual([200, 'new-456789']);
});

describe('a range that lies outside the new version', () => {
  it('is ignored, as If-Range does not hold', async () => {
    await using running = await runDelivery('stream', store(NEW, { status: 416 }));
    const { response } = await running.get({ headers: ['Range: bytes=40-', 'If-Range: "v1"'] });
    expect([response.status, response.body.toString()]).toEqual([200, 'new-456789']);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'completed', attempts: 2 }]);
  });

  it.each([
    ['the refusal names the version', NEW, 1],
    ['only the whole names the version', [], 2],
  ])('is refused where If-Range holds: %s', async (_how, lines, attempts) => {
    const script = (exchange: RawExchange) =>
      hasHeader(exchange.head, 'range')
        ? store(lines, { status: 416 })(exchange)
        : exchange.send(answer('new-456789', NEW));
    await using running = await runDelivery('stream', script);
    const { response } = await running.get({ headers: ['Range: bytes=40-', 'If-Range: "v2"'] });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, ['bytes */10']]);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'upstream_error', upstreamStatus: 416, attempts }]);
  });
});

it('redirects are followed again, and the second question is the last', async () => {
  let locates = 0;
  const part = answer('456', [...NEW, 'Content-Range: bytes 4-6/10'], '206 Partial Content');
  await using running = await runDelivery(
    'stream',
    ({ head, send }) =>
      head.startsWith('GET /there')
        ? send(part)
        : send('HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n'),
    {
      provider: {
        redirects: 'follow',
        locate: () => {
          locates += 1;
          return { url: `${running.provider.origin}/here`, headers: { authorization: 'Bearer key' } };
        },
      },
    },
  );
  const { response } = await running.get({ headers: ['Range: bytes=4-6', 'If-Range: "v1"'] });
  // A part that nobody asked for.
  expect(response.status).toBe(502);
  expect(locates).toBe(1);
  expect(running.provider.requests.map((head) => head.split(' ')[1])).toEqual(['/here', '/there', '/here', '/there']);
  expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'upstream_invalid', attempts: 4 }]);
});

it('a part without If-Range is passed on as ever', async () => {
  await using running = await runDelivery('stream', store(NEW));
  expect((await running.get({ headers: ['Range: bytes=4-6'] })).response.status).toBe(206);
  expect((await running.get({ headers: ['If-Range: "v1"'] })).response.status).toBe(200);
  expect(running.provider.requests).toHaveLength(2);
});
