import fc from 'fast-check';
import type { LocatedProvider } from '../../lib/index';
import { exchangeOnce, fuzz } from '../support/fuzz';
import { type Gateway, startGateway } from '../support/gateway';
import { type ProcessWatch, watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';

const SECRET = 'internal-text-of-the-gateway';

describe('L5: whatever a resolver does', () => {
  let gateway: Gateway;
  let watch: ProcessWatch;
  let resolve: () => unknown;

  beforeAll(async () => {
    watch = watchProcess();
    gateway = await startGateway({
      // What a gateway without types could return.
      resolveProvider: async () => resolve() as LocatedProvider,
      timeouts: { connect: 500, headers: 500, resolve: 500 },
      allowedOrigins: ['http://127.0.0.1:9'],
    });
  });

  afterAll(async () => {
    await gateway.close();
    watch.expectQuiet();
    watch[Symbol.dispose]();
  });

  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withUnicodeString: true,
  });

  it('as a result, the client gets an error without internals', () =>
    fuzz(
      fc.asyncProperty(
        anything.filter((value) => value !== undefined && value !== null),
        async (value) => {
          resolve = () => value;
          const response = await exchangeOnce(gateway, requestBytes({ connection: 'close' }));
          expect(response?.status).toBe(500);
          expect(gateway.records.at(-1)).toMatchObject({ outcome: 'resolver_failed' });
        },
      ),
    ));

  it('as a resolution with one odd member, the client gets an error', () =>
    fuzz(
      fc.asyncProperty(
        fc.constantFrom('provider', 'fileId', 'delivery', 'tenant', 'responseHeaders', 'context'),
        anything,
        async (member, value) => {
          const provider = { name: 'p', streaming: true, locate: () => ({ url: 'http://127.0.0.1:9/' }) };
          resolve = () => ({ provider, [member]: value });
          const response = await exchangeOnce(gateway, requestBytes({ connection: 'close' }));
          // Nobody listens there, so a resolution that passes the check ends as unreachable.
          expect([500, 502]).toContain(response?.status);
        },
      ),
    ));

  it('as a location, only listed origins are requested', () =>
    fuzz(
      fc.asyncProperty(fc.oneof(anything, fc.webUrl(), fc.string()), anything, async (url, headers) => {
        resolve = () => ({ name: 'p', streaming: true, locate: () => ({ url, headers }) });
        const response = await exchangeOnce(gateway, requestBytes({ connection: 'close' }));
        expect(response?.status).toBe(500);
        expect(gateway.records.at(-1)).toMatchObject({ outcome: 'resolver_failed' });
      }),
    ));

  it('as something thrown, the client gets an error without its text', () =>
    fuzz(
      fc.asyncProperty(
        fc.oneof(
          anything,
          fc.string().map((text) => new Error(`${SECRET} ${text}`)),
        ),
        async (thrown) => {
          resolve = () => {
            throw thrown;
          };
          const response = await exchangeOnce(gateway, requestBytes({ connection: 'close' }));
          expect(response?.status).toBe(500);
          expect(response?.body.toString()).not.toContain(SECRET);
        },
      ),
    ));

  it('undefined and null decline: the application responds and there is no record', async () => {
    const before = gateway.records.length;
    for (const declined of [undefined, null]) {
      resolve = () => declined;
      using client = await connectRaw(gateway.port);
      client.send(requestBytes({ connection: 'close' }));
      const { response } = await client.result(1);
      expect(response.status).toBe(404);
    }
    expect(gateway.records.length).toBe(before);
  });
});
