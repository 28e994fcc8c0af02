import { PassThrough } from 'node:stream';
import type { BufferedContent, Provider, Resolution } from '../../lib/index';
import { DELIVERIES, runDelivery } from '../support/deliveries';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { answer, type RawScript } from '../support/raw-provider';

const script: RawScript = ({ head, send }) => {
  if (head.includes('missing')) return send(answer('', [], '404 Not Found'));
  const bytes = answer('content', ['Content-Type: text/csv', 'ETag: "v1"']);
  return send(head.startsWith('HEAD') ? bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4) : bytes);
};

/** Every kind of provider, and the deliveries that it has. */
const PROVIDERS = [
  ['plain', {}, DELIVERIES],
  ['with added headers', { addHeaders: () => ({ 'X-Added': 'provider', 'x-own': 'o' }) }, DELIVERIES],
  ['transforming', { transform: () => new PassThrough() }, DELIVERIES],
  ['converting', { convert: ({ body }: BufferedContent) => ({ body }) }, ['buffer']],
] as const;

const RESOLUTION: Partial<Resolution> = {
  responseHeaders: {
    'X-Added': 'gateway',
    'Content-Disposition': 'inline; filename="a.csv"',
    'Cache-Control': 'public',
  },
  tenant: 't1',
  context: { route: 'eu' },
};
const IN_RECORD = { outcome: 'completed', tenant: 't1', context: { route: 'eu' } };

function expectAdded(headers: ReadonlyMap<string, readonly string[]>): void {
  expect(headers.get('x-added')).toEqual(['gateway']);
  expect(headers.get('content-disposition')?.join()).toMatch(/^attachment; filename="?a\.csv"?$/);
  expect(headers.get('cache-control')).toEqual(['public, no-transform']);
}

describe.each(PROVIDERS.flatMap(([name, change, deliveries]) => deliveries.map((d) => [name, d, change] as const)))(
  'what a resolution says besides its provider (%s, %s)',
  (_name, delivery, provider) => {
    it.each([
      ['GET', [] as string[], 200],
      ['HEAD', [], 200],
      ['GET', ['If-None-Match: *'], delivery === 'stream' && !('transform' in provider) ? 200 : 304],
    ])('reaches a %s with %j', async (method, headers, status) => {
      await using running = await runDelivery(delivery, script, { provider, resolution: RESOLUTION });
      const { response } = await running.get({ method, headers });
      expect(response.status).toBe(status);
      if (status === 200) expectAdded(response.headers);
      else expect(response.headers.get('x-added')).toEqual(['gateway']);
      if ('addHeaders' in provider) expect(response.headers.get('x-own')).toEqual(['o']);
      expect(await running.app.recorded(1)).toMatchObject([IN_RECORD]);
    });

    it('is not on a failure', async () => {
      await using running = await runDelivery(delivery, script, {
        provider,
        resolution: { ...RESOLUTION, fileId: 'missing' },
      });
      const { response } = await running.get();
      expect([response.status, response.headers.has('x-added')]).toEqual([404, false]);
      expect(await running.app.recorded(1)).toMatchObject([{ tenant: 't1', upstreamFileId: 'missing' }]);
    });
  },
);

it.each(['GET', 'HEAD'])('what a resolution says reaches a %s of a function’s content', async (method) => {
  const provider: Provider = {
    name: 'function',
    streaming: false,
    fetchContent: async ({ fileId }) => ({ body: Buffer.from(fileId), contentType: 'text/csv' }),
  };
  await using app = await startGateway({ resolveProvider: () => ({ provider, fileId: 'theirs', ...RESOLUTION }) });
  const { response } = await rawRequest(app.port, { method });
  expectAdded(response.headers);
  expect(response.headers.get('content-length')).toEqual(['6']);
  expect(await app.recorded(1)).toMatchObject([{ ...IN_RECORD, delivery: 'buffer', upstreamFileId: 'theirs' }]);
});
