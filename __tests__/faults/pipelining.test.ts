import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { expectReleased, settled, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

function ask(id: string): string {
  return requestBytes({ path: `/v1/files/${id}/content` });
}

describe.each(DELIVERIES)('row 47: requests behind one another on a connection (%s)', (delivery) => {
  it('that wait are cancelled with their client', async () => {
    using watch = watchProcess();
    await using provider = await startRawProvider(() => undefined);
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    const client = await connectRaw(gateway.port);
    client.send(ask('file-1') + ask('file-2') + ask('file-3'));
    await provider.requestsReceived(1);
    client.rst();
    expect((await gateway.recorded(3)).map(({ outcome }) => outcome)).toEqual(Array(3).fill('client_aborted'));
    expect(await settled(() => (provider.openConnections > 0 ? ['open'] : []))).toEqual([]);
    watch.expectQuiet();
  });

  it('are all served if one in the middle fails before its body', async () => {
    await using provider = await startRawProvider(({ send, rst, head }) =>
      head.includes('file-2') ? rst() : send(answer('content')),
    );
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    client.send(ask('file-1') + ask('file-2') + ask('..') + ask('file-3'));
    const { responses } = await client.result(4);
    expect(responses.map(({ status }) => status)).toEqual([200, 502, 400, 200]);
    expect(gateway.openConnections).toBe(1);
  });

  it('are not read behind a body that is refused', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    const body = ask('file-2');
    client.send(requestBytes({ headers: [`Content-Length: ${body.length}`] }) + body + ask('file-3'));
    await client.closed;
    expect(client.responses().map(({ status }) => status)).toEqual([400]);
    expect(provider.requests).toEqual([]);
  });
});

describe('row 47: requests behind a body that was cut', () => {
  it('are not served behind a body that was cut', async () => {
    using watch = watchProcess();
    const baseline = await takeBaseline();
    let cut: (() => void) | undefined;
    const provider = await startRawProvider(async ({ send, fin, head }) => {
      if (!head.includes('file-cut')) return send(answer('content'));
      await send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
      cut = fin;
    });
    const gateway = await startGateway({ upstream: provider.origin, delivery: 'stream' });
    const client = await connectRaw(gateway.port);
    client.send(ask('file-cut') + ask('file-2') + ask('file-3'));
    await client.until((bytes) => bytes.includes('half'));
    cut?.();
    await client.closed;
    expect(client.responses()).toMatchObject([{ status: 200, complete: false, body: Buffer.from('half') }]);
    expect(provider.requests).toHaveLength(1);
    const records = await gateway.recorded(3);
    expect(records.map(({ fileId, outcome }) => [fileId, outcome]).sort()).toEqual([
      ['file-2', 'client_aborted'],
      ['file-3', 'client_aborted'],
      ['file-cut', 'upstream_truncated'],
    ]);
    await gateway.close();
    await provider.close();
    await expectReleased(baseline);
    watch.expectQuiet();
  });

  it('are served behind a body that was cut before any of it was sent', async () => {
    await using provider = await startRawProvider(async ({ send, fin, head }) => {
      if (!head.includes('file-cut')) return send(answer('content'));
      await send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf');
      fin();
    });
    await using gateway = await startGateway({
      upstream: provider.origin,
      delivery: 'buffer',
      buffer: { retries: 0 },
    });
    using client = await connectRaw(gateway.port);
    client.send(ask('file-cut') + ask('file-2') + ask('file-3'));
    const { responses } = await client.result(3);
    expect(responses.map(({ status }) => status)).toEqual([502, 200, 200]);
  });
});

describe('a request that asks for another protocol', () => {
  it.each([
    [
      'a web socket',
      ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'],
    ],
    [
      'HTTP/2 in the clear',
      ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
    ],
  ])('gets its file and not %s', async (_name, headers) => {
    await using provider = await startRawProvider(({ send }) => send(answer('content')));
    await using gateway = await startGateway({ upstream: provider.origin });
    using client = await connectRaw(gateway.port);
    client.send(['GET /v1/files/file-1/content HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n'));
    const { response } = await client.result(1);
    expect(response).toMatchObject({ status: 200, body: Buffer.from('content') });
    expect(provider.requests[0]).not.toMatch(/^(upgrade|http2-settings|sec-websocket-key):/im);
  });
});
