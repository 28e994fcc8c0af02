import { DELIVERIES, hasHeader, runDelivery } from '../support/deliveries';
import { answer, type RawScript } from '../support/raw-provider';

const LINES = ['ETag: "v1"', 'Content-Type: text/csv'];

/** A server whose routes know GET alone; its body is large and never ends. */
function getOnly(statusLine: string): RawScript {
  return ({ head, send }) => {
    if (head.startsWith('HEAD')) return send(`HTTP/1.1 ${statusLine}\r\nAllow: GET\r\nContent-Length: 31\r\n\r\n`);
    if (/^if-none-match: "v1"/im.test(head)) return send('HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\n\r\n');
    return send(['HTTP/1.1 200 OK', ...LINES, 'Content-Length: 1000000', '', 'beginning'].join('\r\n'));
  };
}

describe.each(DELIVERIES)('HEAD if the provider does not implement it (%s)', (delivery) => {
  it.each(['405 Method Not Allowed', '501 Not Implemented'])('%s: is sent as GET', async (statusLine) => {
    const located: [string, number][] = [];
    await using running = await runDelivery(delivery, getOnly(statusLine), {
      provider: {
        locate({ method, attempt }: { method: string; attempt: number }) {
          located.push([method, attempt]);
          return { url: `${running.provider.origin}/file` };
        },
      },
    });
    const { response } = await running.get({ method: 'HEAD', headers: ['Range: bytes=0-1', 'If-Range: "v1"'] });
    expect([response.status, response.body.length]).toEqual([200, 0]);
    expect(response.headers.get('content-length')).toEqual(['1000000']);
    expect(response.headers.get('etag')).toEqual(['"v1"']);
    expect(located).toEqual([
      ['HEAD', 1],
      ['GET', 2],
    ]);
    expect(hasHeader(running.provider.requests[1], 'range')).toBe(false);
    // Nobody waits for the body.
    await running.provider.connections.at(-1)?.closed;
    expect(await running.app.recorded(1)).toMatchObject([
      { method: 'HEAD', outcome: 'completed', complete: 'yes', attempts: 2, upstreamStatus: 200, bytesSent: 0 },
    ]);
  });

  it('conditions work as for any HEAD', async () => {
    await using running = await runDelivery(delivery, getOnly('405 No'));
    const { response } = await running.get({ method: 'HEAD', headers: ['If-None-Match: "v1"'] });
    expect([response.status, response.headers.get('etag')]).toEqual([304, ['"v1"']]);
  });

  it('a refusal of the GET is the answer, and there is no third request', async () => {
    await using running = await runDelivery(delivery, ({ head, send }) =>
      send(head.startsWith('HEAD') ? answer('', [], '405 No') : answer('{}', [], '404 Not Found')),
    );
    expect((await running.get({ method: 'HEAD' })).response.status).toBe(404);
    await using stubborn = await runDelivery(delivery, ({ send }) => send(answer('', [], '405 No')));
    expect((await stubborn.get({ method: 'HEAD' })).response.status).toBe(405);
    expect(stubborn.provider.requests).toHaveLength(2);
  });

  it('is not asked for again after another refusal, nor is a GET', async () => {
    await using running = await runDelivery(delivery, ({ head, send }) =>
      send(answer('', [], head.startsWith('HEAD') ? '403 Forbidden' : '405 No')),
    );
    expect((await running.get({ method: 'HEAD' })).response.status).toBe(502);
    expect((await running.get()).response.status).toBe(405);
    expect(running.provider.requests).toHaveLength(2);
  });

  it('is sent again after a redirect', async () => {
    await using running = await runDelivery(
      delivery,
      (exchange) =>
        exchange.head.includes(' /there ')
          ? getOnly('405 No')(exchange)
          : exchange.send('HTTP/1.1 307 There\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n'),
      { provider: { redirects: 'follow' } },
    );
    const { response } = await running.get({ method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, ['1000000']]);
  });
});
