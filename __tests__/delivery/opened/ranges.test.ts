import type { OpenRequest } from '../../../lib/index';
import { FileContentError } from '../../../lib/index';
import { startGateway } from '../../support/gateway';
import { startOpened, watchedBody } from '../../support/opened';
import { rawRequest } from '../../support/raw-client';
import { startRawProvider } from '../../support/raw-provider';

const FILE = Buffer.from('0123456789');

/** Serves the range that is asked for, as S3 does. */
function withRanges(asked: OpenRequest['range'][], etag = '"v1"') {
  return ({ range }: OpenRequest) => {
    asked.push(range);
    if (range === undefined) return { body: FILE.subarray(), etag, contentType: 'text/plain' };
    if (range.start >= FILE.length) {
      throw new FileContentError('range_not_satisfiable', 'The range lies outside the file.', {
        headers: { 'content-range': `bytes */${FILE.length}` },
      });
    }
    const end = Math.min(range.end ?? Infinity, FILE.length - 1);
    const body = watchedBody('node', [FILE.subarray(range.start, end + 1)]).body;
    return { body, etag, range: { start: range.start, end, total: FILE.length } };
  };
}

describe('a range of an opened file', () => {
  it.each([
    ['bytes=2-5', { start: 2, end: 5 }, '2345', 'bytes 2-5/10'],
    ['bytes=7-', { start: 7 }, '789', 'bytes 7-9/10'],
    ['bytes=0-99', { start: 0, end: 99 }, '0123456789', 'bytes 0-9/10'],
  ] as const)('%s is asked of the function, and is a 206', async (range, wanted, body, contentRange) => {
    const asked: OpenRequest['range'][] = [];
    await using gateway = await startOpened(withRanges(asked));
    const { response } = await rawRequest(gateway.port, { headers: [`Range: ${range}`] });
    expect(response).toMatchObject({ status: 206, complete: true, body: Buffer.from(body), framing: 'length' });
    expect(response.headers.get('content-range')).toEqual([contentRange]);
    expect(response.headers.get('accept-ranges')).toEqual(['bytes']);
    expect(asked).toEqual([wanted]);
  });

  it.each([['bytes=-3'], ['bytes=0-1,4-5'], ['bytes=5-2'], ['lines=1-2']])(
    '%s is not asked of the function',
    async (range) => {
      const asked: OpenRequest['range'][] = [];
      const open = withRanges(asked);
      await using gateway = await startOpened((request) => ({
        ...open(request),
        body: watchedBody('web', [FILE]).body,
      }));
      const { response } = await rawRequest(gateway.port, { headers: [`Range: ${range}`] });
      expect(response).toMatchObject({ status: 200, body: FILE });
      expect(asked).toEqual([undefined]);
    },
  );

  it('is not asked for with HEAD', async () => {
    const asked: OpenRequest['range'][] = [];
    await using gateway = await startOpened(withRanges(asked));
    const { response } = await rawRequest(gateway.port, { method: 'HEAD', headers: ['Range: bytes=2-5'] });
    expect(response.status).toBe(200);
    expect(asked).toEqual([undefined]);
  });

  it('that the function ignores gives the whole file', async () => {
    await using gateway = await startOpened(() => ({ body: watchedBody('web', [FILE]).body }));
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=2-5'] });
    expect(response).toMatchObject({ status: 200, body: FILE });
  });

  it('outside of the file is the function’s 416', async () => {
    await using gateway = await startOpened(withRanges([]));
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=10-'] });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toEqual(['bytes */10']);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'rejected', status: 416 }]);
  });

  it('that is another than the one that was asked for is refused', async () => {
    const body = () => watchedBody('web', [Buffer.from('45')]).body;
    await using gateway = await startOpened(() => ({ body: body(), range: { start: 4, end: 5, total: 10 } }));
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=2-5'] });
    expect(response.status).toBe(502);
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_invalid' }]);
  });

  it('of bytes that are all here is cut by the router', async () => {
    await using gateway = await startOpened(() => ({ body: FILE, etag: '"v1"' }));
    const last = await rawRequest(gateway.port, { headers: ['Range: bytes=-3'] });
    expect(last.response).toMatchObject({ status: 206, body: Buffer.from('789') });
    expect(last.response.headers.get('content-range')).toEqual(['bytes 7-9/10']);
    const outside = await rawRequest(gateway.port, { headers: ['Range: bytes=10-'] });
    expect(outside.response.status).toBe(416);
  });

  it('of the version that If-Range names', async () => {
    const asked: OpenRequest['range'][] = [];
    await using gateway = await startOpened(withRanges(asked));
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=2-5', 'If-Range: "v1"'] });
    expect(response).toMatchObject({ status: 206, body: Buffer.from('2345') });
  });

  it('of another version than If-Range names gives the whole file', async () => {
    const asked: OpenRequest['range'][] = [];
    await using gateway = await startOpened(withRanges(asked, '"v2"'));
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=2-5', 'If-Range: "v1"'] });
    expect(response).toMatchObject({ status: 200, body: FILE });
    expect(asked).toEqual([{ start: 2, end: 5 }, undefined]);
    expect(await gateway.recorded(1)).toMatchObject([{ attempts: 2 }]);
  });

  it('may be a Response of fetch', async () => {
    await using provider = await startRawProvider(({ send, head }) =>
      send(
        `HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\nContent-Range: bytes ${/range: bytes=(\S+)/i.exec(head)?.[1]}/10\r\n\r\n2345`,
      ),
    );
    await using gateway = await startOpened(({ range, signal }) =>
      fetch(provider.origin, { signal, headers: { range: `bytes=${range?.start}-${range?.end}` } }),
    );
    const { response } = await rawRequest(gateway.port, { headers: ['Range: bytes=2-5'] });
    expect(response).toMatchObject({ status: 206, body: Buffer.from('2345') });
  });
});

describe('conditions', () => {
  it.each([
    ['If-None-Match: "v1"', 304],
    ['If-None-Match: "v2"', 200],
    ['If-Match: "v2"', 412],
  ])('%s: %i', async (header, status) => {
    const watched = watchedBody('node', [FILE]);
    await using gateway = await startOpened(() => ({ body: watched.body, etag: '"v1"' }));
    const { response } = await rawRequest(gateway.port, { headers: [header] });
    expect(response).toMatchObject({ status, complete: true });
    await gateway.recorded(1);
    expect(watched.fate).toEqual([status === 200 ? 'ended' : 'destroyed']);
  });
});

it('a provider that locates may open some files by a function', async () => {
  await using provider = await startRawProvider(({ send }) =>
    send('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nlocated'),
  );
  for (const delivery of ['stream', 'buffer'] as const) {
    await using gateway = await startGateway({
      resolveProvider: () => ({
        provider: {
          name: 'both',
          streaming: true,
          locate: () => ({ url: provider.origin }),
          openContent: ({ fileId }) => (fileId === 'batch_1' ? { body: Buffer.from('opened') } : undefined),
        },
        delivery,
      }),
    });
    const opened = await rawRequest(gateway.port, { path: '/v1/files/batch_1/content' });
    expect(opened.response).toMatchObject({ status: 200, body: Buffer.from('opened') });
    const located = await rawRequest(gateway.port);
    expect(located.response).toMatchObject({ status: 200, body: Buffer.from('located') });
    expect(await gateway.recorded(2)).toMatchObject([{ attempts: 1 }, { attempts: 1, upstreamStatus: 200 }]);
  }
});
