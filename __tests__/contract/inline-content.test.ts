import type { Provider, Resolution } from '../../lib/index';

import { DELIVERIES, runDelivery } from '../support/deliveries';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { answer, type RawScript } from '../support/raw-provider';

/** A file of the given type that has ranges and a validator. */
function holding(type: string): RawScript {
  return ({ head, send }) => {
    const lines = [`Content-Type: ${type}`, 'ETag: "v1"', 'Content-Disposition: inline; filename="theirs.bin"'];
    if (/^if-none-match:/im.test(head)) return send(answer('', ['ETag: "v1"'], '304 Not Modified'));
    const isPart = /^range: bytes=2-4/im.test(head);
    const bytes = isPart
      ? answer('nte', [...lines, 'Content-Range: bytes 2-4/7'], '206 Partial Content')
      : answer('content', lines);
    return send(head.startsWith('HEAD') ? bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4) : bytes);
  };
}

const SHOWN: Partial<Resolution> = { disposition: 'inline', filename: 'Übersicht.png', contentType: 'from-name' };
const DISPOSITION = `inline; filename="_bersicht.png"; filename*=UTF-8''%C3%9Cbersicht.png`;

function expectShown(headers: ReadonlyMap<string, readonly string[]>): void {
  expect(headers.get('content-disposition')).toEqual([DISPOSITION]);
  expect(headers.get('content-type')).toEqual(['image/png']);
  expect(headers.get('content-security-policy')?.join()).toMatch(/^sandbox; default-src 'none'/);
  expect(headers.get('cross-origin-resource-policy')).toEqual(['same-site']);
  expect(headers.get('x-content-type-options')).toEqual(['nosniff']);
}

describe.each(DELIVERIES)('T7: a file that a browser may show (%s)', (delivery) => {
  it.each([
    ['GET', [] as string[], 200],
    ['HEAD', [], 200],
    ['GET', ['Range: bytes=2-4'], 206],
  ])('%s with %j', async (method, headers, status) => {
    await using running = await runDelivery(delivery, holding('application/octet-stream'), { resolution: SHOWN });
    const { response } = await running.get({ method, headers });
    expect(response.status).toBe(status);
    expectShown(response.headers);
  });

  it('keeps its policy in a browser’s cache: a 304 carries one', async () => {
    await using running = await runDelivery(delivery, holding('image/png'), {
      resolution: { disposition: 'inline', filename: 'a.png' },
      before: [
        (_req, res, next) => {
          res.setHeader('content-security-policy', "default-src 'self'");
          next();
        },
      ],
    });
    const { response } = await running.get({ headers: ['If-None-Match: "v1"'] });
    expect(response.status).toBe(304);
    expect(response.headers.get('content-security-policy')?.join()).toMatch(/^sandbox\b.*; default-src 'none'/);
    expect(response.headers.has('content-disposition')).toBe(false);
  });

  it.each(['text/html', 'image/svg+xml', 'application/xml', 'text/javascript', 'application/octet-stream', 'x'])(
    'is never %s',
    async (type) => {
      await using running = await runDelivery(delivery, holding(type), { resolution: { disposition: 'inline' } });
      const { response } = await running.get();
      expect(response.headers.get('content-disposition')).toEqual(['attachment; filename="theirs.bin"']);
      expect(response.headers.has('content-security-policy')).toBe(false);
    },
  );

  it('is an attachment unless the resolution says otherwise', async () => {
    await using running = await runDelivery(delivery, holding('image/png'), { resolution: { filename: 'a.png' } });
    const { response } = await running.get();
    expect(response.headers.get('content-disposition')).toEqual(['attachment; filename="a.png"']);
    expect(response.headers.get('content-type')).toEqual(['image/png']);
  });

  it.each([
    ['of the option', { headers: { crossOriginResourcePolicy: 'cross-origin' } }, 'cross-origin'],
    ['that a middleware has set', {}, 'same-origin'],
  ] as const)('has the resource policy %s', async (_whose, options, expected) => {
    await using running = await runDelivery(delivery, holding('image/png'), {
      resolution: { disposition: 'inline' },
      before: [
        (_req, res, next) => {
          res.setHeader('cross-origin-resource-policy', 'same-origin');
          next();
        },
      ],
      ...options,
    });
    const { response } = await running.get();
    expect(response.headers.get('cross-origin-resource-policy')).toEqual([expected]);
  });

  it('fails as any other does', async () => {
    await using running = await runDelivery(delivery, ({ send }) => send(answer('', [], '404 Not Found')), {
      resolution: SHOWN,
    });
    const { response } = await running.get();
    expect(response.status).toBe(404);
    expect(response.headers.has('content-disposition')).toBe(false);
    expect(response.headers.has('content-security-policy')).toBe(false);
  });
});

it.each(['GET', 'HEAD'])('a file from a function may be shown, too (%s)', async (method) => {
  const provider: Provider = {
    name: 'function',
    streaming: false,
    fetchContent: () => ({ body: Buffer.from('x'), filename: 'theirs.html' }),
  };
  await using app = await startGateway({ resolveProvider: () => ({ provider, ...SHOWN }) });
  const { response } = await rawRequest(app.port, { method });
  expectShown(response.headers);
});

it.each([
  ['disposition', 'Inline', /"disposition" must be 'attachment' or 'inline', got "Inline"/],
  ['contentType', 'png', /"contentType" must be a media type such as 'image\/png', or 'from-name'/],
  ['filename', '', /"filename" must be a non-empty string/],
  ['fileName', 'a', /unknown member "fileName". Did you mean `filename`\?/],
] as const)('%s: %j is refused', async (member, value, message) => {
  const resolution = { [member]: value };
  await using running = await runDelivery('stream', holding('image/png'), { resolution });
  const { response } = await running.get();
  expect(response.status).toBe(500);
  const [record] = await running.app.recorded(1);
  expect(record?.error?.cause?.message).toMatch(message);
});
