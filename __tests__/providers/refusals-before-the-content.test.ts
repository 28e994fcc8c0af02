import { FileContentError, fireworks, type Provider, xai } from '../../lib';
import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/** Providers that make a request of their own before the one for the content, or in its place. */
const MADE: Readonly<Record<string, (baseURL: string) => Provider>> = {
  'for a signed URL': (baseURL) => fireworks({ apiKey: 'key', account: 'acme', baseURL }),
  'for a page of results': (baseURL) => xai({ apiKey: 'key', baseURL }),
};

const REFUSALS: readonly (readonly [line: string, sent: number, status: number])[] = [
  ['404 Not Found', 404, 404],
  ['429 Too Many Requests', 429, 429],
  ['401 Unauthorized', 401, 502],
  ['500 Internal Server Error', 500, 500],
];

describe.each(Object.entries(MADE))('a provider that refuses a request %s', (_what, make) => {
  describe.each(DELIVERIES)('delivery %s', (delivery) => {
    it.each(REFUSALS)('with %s is named as the one that refused', async (line, upstreamStatus, status) => {
      await using upstream = await startRawProvider(({ send }) => send(answer('no', [], line)));
      const provider = make(upstream.origin);
      await using gateway = await startGateway({
        resolveProvider: () => ({ provider, delivery }),
        buffer: { retries: 0 },
      });
      const { response } = await rawRequest(gateway.port, { path: '/v1/files/batch_1/content' });
      expect(response.status).toBe(status);
      expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'upstream_error', status, upstreamStatus }]);
    });
  });
});

it('a limit of the gateway itself is not the provider’s', async () => {
  await using gateway = await startGateway({
    resolveProvider: () => {
      throw new FileContentError('rate_limited', 'Too many downloads today.');
    },
  });
  expect((await rawRequest(gateway.port)).response.status).toBe(429);
  const [record] = await gateway.recorded(1);
  expect(record).toMatchObject({ outcome: 'rejected' });
  expect(record).not.toHaveProperty('upstreamStatus');
});
