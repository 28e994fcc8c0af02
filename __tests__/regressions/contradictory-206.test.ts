import { runDelivery, says } from '../support/deliveries';

function part(contentRange: string, length: number | string, body: string, ...more: readonly string[]) {
  return says(
    'HTTP/1.1 206 Partial Content',
    `Content-Range: ${contentRange}`,
    `Content-Length: ${length}`,
    ...more,
    '',
    body,
  );
}

/** The range that is asked for, what the provider says of its part, and the status that the client gets. */
const ROWS: readonly (readonly [string, string, number])[] = [
  ['bytes=2-4', 'bytes 2-4/10', 206],
  ['bytes=2-4', 'Bytes 2-4/10', 206],
  ['bytes=2-4', 'bytes 2-4/*', 206],
  ['bytes=,2-4 ,', 'bytes 2-4/10', 206],
  ['bytes=2-9', 'bytes 2-4/10', 206],
  ['bytes=2-', 'bytes 2-4/5', 206],
  ['bytes=2-', 'bytes 2-4/10', 206],
  ['bytes=2-99999999999999999999', 'bytes 2-4/5', 206],
  ['bytes=-3', 'bytes 7-9/10', 206],
  ['bytes=-3', 'bytes 0-2/3', 206],
  ['bytes=-99999999999999999999', 'bytes 0-2/3', 206],
  ['bytes=0-0,2-4', 'bytes 2-4/10', 206],
  ['bytes=2-3,3-4', 'bytes 2-4/10', 206],
  ['bytes=0-0,-3', 'bytes 7-9/10', 206],
  ['bytes=9007199254740993-9007199254740995', 'bytes 9007199254740993-9007199254740995/*', 206],
  // Contradicts itself.
  ['bytes=2-4', 'bytes 2-4/4', 502],
  ['bytes=2-4', 'bytes 2-4/3', 502],
  ['bytes=2-4', 'bytes 2-4/0', 502],
  ['bytes=2-101', 'bytes 2-101/1000', 502],
  ['bytes=2-4', 'bytes 2-3/10', 502],
  ['bytes=2-4', 'bytes 4-2/10', 502],
  ['bytes=2-4', 'bytes 2-4', 502],
  ['bytes=2-4', 'bytes */10', 502],
  ['bytes=2-4', 'bytes  2-4/10', 502],
  ['bytes=2-4', 'bytes 2 - 4/10', 502],
  ['bytes=2-4', 'bytes=2-4/10', 502],
  ['bytes=2-4', 'bytes 2-4/10, bytes 2-4/10', 502],
  ['bytes=2-4', 'bytes 2-4/10\r\nContent-Range: bytes 2-4/10', 502],
  ['bytes=2-4', 'bytes 2-4/10\r\nContent-Range: bytes 0-2/10', 502],
  ['bytes=2-4', 'bytes 2-4/-1', 502],
  ['bytes=2-4', 'bytes 0x2-4/10', 502],
  ['bytes=2-4', 'items 2-4/10', 502],
  ['bytes=2-4', 'bytes 2-4/10\r\nConnection: Content-Range', 502],
  ['bytes=0-', 'bytes 0-18446744073709551618/*', 502],
  // Answers another range.
  ['bytes=2-4', 'bytes 0-2/10', 502],
  ['bytes=2-4', 'bytes 3-5/10', 502],
  ['bytes=2-3', 'bytes 2-4/10', 502],
  ['bytes=2-', 'bytes 0-2/10', 502],
  ['bytes=-3', 'bytes 0-2/10', 502],
  ['bytes=-3', 'bytes 6-8/10', 502],
  ['bytes=-5', 'bytes 7-9/10', 502],
  ['bytes=-2', 'bytes 7-9/10', 502],
  ['bytes=-3', 'bytes 7-9/*', 502],
  ['bytes=-0', 'bytes 7-9/10', 502],
  ['bytes=9007199254740993-', 'bytes 9007199254740992-9007199254740994/*', 502],
  ['bytes=0-0,6-8', 'bytes 2-4/10', 502],
  ['bytes=0-0,2-3', 'bytes 2-4/10', 502],
  // Nothing that could be answered by a part was asked for.
  ['bytes=4-2', 'bytes 2-4/10', 502],
  ['bytes=', 'bytes 2-4/10', 502],
  ['bytes=a-b', 'bytes 2-4/10', 502],
  ['lines=2-4', 'bytes 2-4/10', 502],
];

describe.each(['GET', 'HEAD'])('a 206 to %s', (method) => {
  it.each(ROWS)('%j with the response %j: %d', async (range, contentRange, status) => {
    await using running = await runDelivery('stream', part(contentRange, 3, method === 'HEAD' ? '' : 'abc'));
    const { response } = await running.get({ method, headers: [`Range: ${range}`] });
    expect(response.status).toBe(status);
    const [record] = await running.app.recorded(1);
    if (status === 206) {
      expect(response.headers.get('content-range')).toEqual([contentRange]);
      expect(record).toMatchObject({ outcome: 'completed', complete: 'yes' });
    } else {
      expect(response.headers.has('content-range')).toBe(false);
      expect(record).toMatchObject({ outcome: 'upstream_invalid', upstreamStatus: 206, bytesSent: 0 });
    }
  });
});

describe('several parts', () => {
  const TYPE = 'Content-Type: multipart/byteranges; boundary=x';

  it.each([
    ['bytes=0-0,2-4', [TYPE], 206],
    ['bytes=0-0,2-4', [TYPE, 'Content-Range: bytes 2-4/10'], 502],
    ['bytes=2-4', [TYPE], 502],
    ['bytes=2-4,', [TYPE], 502],
    ['bytes=2-4', [TYPE.toUpperCase()], 502],
    ['bytes=2-4', [TYPE, 'Content-Range: bytes 2-4/10'], 502],
    ['bytes=a-b,c-d', [TYPE], 502],
    ['bytes=0-0,2-4', ['Content-Type: multipart/byteranges-of-mine'], 502],
  ])('%s answered with %j: %d', async (range, lines, status) => {
    await using running = await runDelivery(
      'stream',
      says('HTTP/1.1 206 Partial Content', 'Content-Length: 3', ...lines, '', 'abc'),
    );
    expect((await running.get({ headers: [`Range: ${range}`] })).response.status).toBe(status);
  });
});

describe('a part whose end its Content-Range alone tells', () => {
  const head = ['HTTP/1.1 206 Partial Content', 'Content-Range: bytes 0-5/10'];
  const chunked = 'Transfer-Encoding: chunked';
  const asked = { headers: ['Range: bytes=0-5'] };

  it.each([
    ['chunked', says(...head, chunked, '', '3', 'abc', '3', 'def', '0', '', '')],
    ['chunked and longer', says(...head, chunked, '', '3', 'abc', '5', 'defgh', '0', '', '')],
    ['chunked and longer by chunks', says(...head, chunked, '', '6', 'abcdef', '2', 'gh', '')],
    ['closed', says(...head, '', 'abcdef')],
    ['closed and longer', says(...head, '', 'abcdefgh')],
  ])('%s: is cut there', async (_how, script) => {
    await using running = await runDelivery('stream', (exchange) => {
      script(exchange);
      if (!_how.startsWith('chunked')) exchange.fin();
    });
    const { response } = await running.get(asked);
    expect([response.status, response.framing, response.complete]).toEqual([206, 'chunked', true]);
    expect(response.body.toString()).toBe('abcdef');
    expect(await running.app.recorded(1)).toMatchObject([
      { outcome: 'completed', complete: _how.startsWith('chunked') ? 'yes' : 'unknown' },
    ]);
  });

  it.each([
    ['chunked', says(...head, chunked, '', '3', 'abc', '0', '', '')],
    ['chunked and empty', says(...head, chunked, '', '0', '', '')],
    ['closed', says(...head, '', 'abc')],
  ])('%s and shorter: is truncated', async (_how, script) => {
    await using running = await runDelivery('stream', (exchange) => {
      script(exchange);
      if (!_how.startsWith('chunked')) exchange.fin();
    });
    const { response, ending } = await running.get(asked);
    if (response.status === 206) {
      expect([response.complete, response.body.toString()]).toEqual([false, 'abc']);
      expect(ending).toBeDefined();
    } else expect(response.status).toBe(502);
    expect(await running.app.recorded(1)).toMatchObject([{ outcome: 'upstream_truncated', complete: 'no' }]);
  });

  it('is not taken past the parser, whatever its size', async () => {
    const size = 4 * 1024 * 1024;
    const body = 'x'.repeat(size);
    await using running = await runDelivery(
      'stream',
      says(
        'HTTP/1.1 206 Partial Content',
        `Content-Range: bytes 0-${size - 1}/${size}`,
        chunked,
        '',
        size.toString(16),
        body,
        '0',
        '',
        '',
      ),
    );
    const { response } = await running.get({ headers: ['Range: bytes=0-'] });
    expect([response.framing, response.body.toString() === body]).toEqual(['chunked', true]);
  });
});

it.each(['stream', 'buffer'] as const)('a Content-Range of another status does not pass (%s)', async (delivery) => {
  for (const status of ['200 OK', '203 Other']) {
    await using running = await runDelivery(
      delivery,
      says(`HTTP/1.1 ${status}`, 'Content-Range: bytes 0-2/10', 'Content-Length: 3', '', 'abc'),
      { headers: { response: ['content-range'] } },
    );
    const { response } = await running.get();
    expect([response.body.toString(), response.headers.has('content-range')]).toEqual(['abc', false]);
  }
});
