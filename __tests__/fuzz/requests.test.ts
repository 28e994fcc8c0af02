import fc from 'fast-check';
import { CLIENT_KEY, findSecret, PROVIDER_KEY } from '../support/canary';
import { exchangeOnce, fuzz } from '../support/fuzz';
import { type Gateway, startGateway } from '../support/gateway';
import { type ProcessWatch, watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, startRawProvider } from '../support/raw-provider';

/** What the provider may get of a client's headers, and what the gateway adds. */
const KNOWN_UPSTREAM =
  /^(accept|accept-encoding|range|if-range|if-match|if-none-match|if-modified-since|if-unmodified-since|authorization|host|connection)$/;

describe('L4: whatever a client sends', () => {
  let provider: RawProvider;
  let gateway: Gateway;
  let watch: ProcessWatch;

  beforeAll(async () => {
    watch = watchProcess();
    provider = await startRawProvider(({ send }) => send(answer('content')));
    gateway = await startGateway({ upstream: provider.origin });
  });

  afterAll(async () => {
    await gateway.close();
    await provider.close();
    watch.expectQuiet();
    watch[Symbol.dispose]();
  });

  const segment = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text)),
    fc.stringMatching(/^[!-~]{0,40}$/).map((text) => text.replaceAll('?', '')),
    fc
      .array(fc.constantFrom('.', '%2e', '%2f', '%5c', '%00', '%25', 'a', '-', '~', ':', '=', '%c0%ae', '%e2%80%ae'), {
        maxLength: 12,
      })
      .map((parts) => parts.join('')),
  );

  it('as a file id, the provider sees its base and one encoded segment, or nothing', () =>
    fuzz(
      fc.asyncProperty(segment, async (id) => {
        const before = provider.requests.length;
        // A slash makes it another path, which is not this router's.
        fc.pre(!id.includes('/') && !id.includes('#'));
        const path = `/v1/files/${id}/content`;
        const response = await exchangeOnce(gateway, requestBytes({ path, connection: 'close' }));
        const seen = provider.requests.slice(before);
        if (response?.status === 200) {
          expect(seen).toHaveLength(1);
          const line = /^GET (\S+) HTTP\/1\.1\r\n/.exec(seen[0] ?? '')?.[1] ?? '';
          expect(line).toBe(`/v1/files/${encodeURIComponent(decodeURIComponent(id))}/content`);
          expect(new URL(line, provider.origin).pathname).toBe(line);
        } else {
          expect(response?.status).toBe(400);
          expect(seen).toEqual([]);
        }
      }),
    ));

  const name = fc.oneof(
    fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-zA-Z-]{1,20}$/),
    fc.constantFrom(
      'Authorization',
      'Cookie',
      'X-Api-Key',
      'Connection',
      'TE',
      'Expect',
      'Upgrade',
      'Range',
      'If-Range',
      'Accept',
      'Host',
      'Forwarded',
      'OpenAI-Organization',
      'Proxy-Authorization',
      '__proto__',
      'constructor',
    ),
  );
  const value = fc.oneof(
    fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
    fc.constantFrom(
      `Bearer ${CLIENT_KEY}`,
      'authorization, host',
      'close',
      'bytes=0-',
      'bytes=5-1,9-',
      'chunked',
      '100-continue',
      'h2c',
    ),
  );

  it('as headers, the provider sees the listed ones and its own key', () =>
    fuzz(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 8 }), async (headers) => {
        const before = provider.requests.length;
        // A client may write its key into a header that is for the provider; only it can.
        fc.pre(
          !headers.some(([header, content]) => /^(accept|range|if-.*)$/i.test(header) && content.includes(CLIENT_KEY)),
        );
        // Bodies are another property: what frames one makes this another request.
        fc.pre(!headers.some(([header]) => /^(content-length|transfer-encoding)$/i.test(header)));
        const lines = headers.map(([header, content]) => `${header}: ${content}`);
        const request = requestBytes({ headers: lines, connection: 'close' });
        await exchangeOrRefusal(gateway, request);
        for (const head of provider.requests.slice(before)) {
          const names = head
            .split('\r\n')
            .slice(1, -2)
            .map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
          expect(names.filter((header) => !KNOWN_UPSTREAM.test(header))).toEqual([]);
          expect(head).toContain(`Bearer ${PROVIDER_KEY}`);
          expect(findSecret(CLIENT_KEY, { head })).toEqual([]);
        }
        expect(provider.connections.every(({ leftover }) => leftover.length === 0)).toBe(true);
      }),
    ));
});

/** Node itself answers some requests (a second Host, an unknown expectation) before the application sees them. */
async function exchangeOrRefusal(gateway: Gateway, request: string): Promise<void> {
  const before = gateway.records.length;
  using client = await connectRaw(gateway.port);
  client.send(request);
  await client.closed;
  const [response] = client.responses();
  if (response && [400, 417, 431].includes(response.status) && gateway.records.length === before) return;
  await gateway.recorded(before + 1);
  expect(gateway.records.length).toBe(before + 1);
}
