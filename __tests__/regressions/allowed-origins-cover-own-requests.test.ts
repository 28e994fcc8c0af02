import { bufferedProvider, fireworks, type LocatedProvider } from '../../lib/index';
import { startContentProvider } from '../support/content-provider';
import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const REFUSAL =
  /^provider \S+: it asks a URL of the origin http:\/\/127\.0\.0\.1:\d+, which "allowedOrigins" does not list$/;

it.each(DELIVERIES)('the key of fireworks goes to no origin that is not listed (%s)', async (delivery) => {
  await using api = await startContentProvider();
  const provider = fireworks({ apiKey: 'key', account: 'acme', baseURL: api.origin });
  await using gateway = await startGateway({
    resolveProvider: () => ({ provider, delivery }),
    allowedOrigins: ['https://store.test'],
  });
  expect((await rawRequest(gateway.port)).response.status).toBe(500);
  expect(api.requests).toHaveLength(0);
  expect(await gateway.recorded(1)).toMatchObject([
    {
      outcome: 'resolver_failed',
      error: { code: 'resolver_failed', cause: { message: expect.stringMatching(REFUSAL) } },
    },
  ]);
});

it('a provider checks the URLs of its own requests with the function that it is given', async () => {
  const asked: string[] = [];
  const located: LocatedProvider = {
    name: 'own',
    streaming: true,
    locate({ requireAllowed }) {
      requireAllowed('https://listed.test/sign');
      asked.push('listed');
      requireAllowed(new URL('https://unlisted.test/sign'));
      asked.push('unlisted');
      return { url: 'https://listed.test/' };
    },
  };
  const fetched = bufferedProvider({
    name: 'function',
    async fetchContent({ requireAllowed }) {
      requireAllowed('https://unlisted.test/');
      asked.push('unlisted');
      return { body: Buffer.from('content') };
    },
  });
  for (const provider of [located, fetched]) {
    await using gateway = await startGateway({
      resolveProvider: () => provider,
      allowedOrigins: ['https://listed.test'],
    });
    expect((await rawRequest(gateway.port)).response.status).toBe(500);
    expect(await gateway.recorded(1)).toMatchObject([{ error: { code: 'resolver_failed' } }]);
  }
  expect(asked).toEqual(['listed']);
});
