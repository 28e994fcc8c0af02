import type { BuiltPackage } from '../support/built-package';
import { AUTHORIZATION, buildDeployment, type Replica, startReplica, until } from '../support/deployment';
import { accepts } from '../support/programs';
import { connectRaw, requestBytes } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';

const REQUEST = requestBytes({ headers: [`Authorization: ${AUTHORIZATION}`] });

describe('the example gateway on SIGTERM', () => {
  let built: BuiltPackage;

  beforeAll(async () => {
    built = await buildDeployment();
  });

  afterAll(() => built[Symbol.asyncDispose]());

  function startExample(upstream: string, graceMs: number): Promise<Replica> {
    return startReplica(built, upstream, { SHUTDOWN_GRACE_MS: String(graceMs) });
  }

  it('finishes its downloads, refuses new ones and exits (row 56)', async () => {
    let finish: (() => void) | undefined;
    await using provider = await startRawProvider(async ({ send }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
      finish = () => void send('-last');
    });
    await using gateway = await startExample(provider.origin, 20_000);
    using silent = await connectRaw(gateway.port);
    using downloading = await connectRaw(gateway.port);
    // The second waits behind the first.
    downloading.send(REQUEST + REQUEST);
    await downloading.until((bytes) => bytes.includes('first'));
    gateway.process.kill('SIGTERM');
    await until(() => gateway.printed.some((line) => line.startsWith('closing: new downloads are refused')));
    expect(await accepts(gateway.port)).toBe(false);
    finish?.();
    const { responses } = await downloading.result(2);
    expect(responses).toMatchObject([
      { status: 200, complete: true, body: Buffer.from('first-last') },
      { status: 503, complete: true },
    ]);
    expect(responses[1]?.headers.get('connection')).toEqual(['close']);
    // Also one that never sent a request does not hold it up.
    await silent.closed;
    expect(await gateway.exited).toBe(0);
    expect(gateway.records).toMatchObject([{ outcome: 'completed', complete: 'yes' }, { outcome: 'rejected' }]);
  });

  it('destroys at the deadline what still runs (row 57)', async () => {
    await using provider = await startRawProvider(({ send }) =>
      send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst'),
    );
    await using gateway = await startExample(provider.origin, 500);
    using silent = await connectRaw(gateway.port);
    using downloading = await connectRaw(gateway.port);
    downloading.send(REQUEST);
    await downloading.until((bytes) => bytes.includes('first'));
    gateway.process.kill('SIGTERM');
    expect(await gateway.exited).toBe(0);
    await silent.closed;
    const { response, ending } = await downloading.result(1);
    expect(response.complete).toBe(false);
    expect(ending).toBeDefined();
    await provider.connections[0]?.closed;
    expect(gateway.records).toMatchObject([
      { outcome: 'client_aborted', complete: 'no', bytesSent: 5, error: { code: 'overloaded' } },
    ]);
  });
});
