import { Agent } from 'node:http';
import { FileContentError, openai, openaiCompatible } from '../../../lib';
import { download } from '../../support/download';
import { type Gateway, startGateway } from '../../support/gateway';
import { answer, type RawScript, startRawProvider } from '../../support/raw-provider';

/** Answers the first request on a connection; what it does with a second one is the test's. */
function afterFirst(second: RawScript): RawScript {
  return (exchange) => {
    const isFirst = exchange.connection.requests.length === 1;
    return isFirst ? exchange.send(answer('hello')) : second(exchange);
  };
}

async function twice(app: Gateway): Promise<readonly [number, number]> {
  const first = await download(`${app.origin}/v1/files/file-1/content`);
  const second = await download(`${app.origin}/v1/files/file-1/content`);
  return [first.status, second.status];
}

describe('a kept-alive connection', () => {
  it('is used again, whatever the client does with its own', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('hello')));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held });
    for (const connection of ['close', 'keep-alive', 'close']) {
      await download(`${app.origin}/v1/files/file-1/content`, { headers: { connection } });
    }
    expect(provider.requests).toHaveLength(3);
    expect(provider.connections).toHaveLength(1);
  });

  it.each([
    ['reset', ({ rst }) => rst()],
    ['closed', ({ fin }) => fin()],
  ] satisfies [string, RawScript][])(
    'that the provider %s is replaced once, with a fresh credential',
    async (_how, second) => {
      await using provider = await startRawProvider(afterFirst(second));
      let tokens = 0;
      const held = openai({
        baseURL: provider.origin,
        apiKey: async () => {
          tokens += 1;
          return `token-${tokens}`;
        },
      });
      await using app = await startGateway({ resolveProvider: () => held });
      expect(await twice(app)).toEqual([200, 200]);
      expect(provider.requests.map((head) => /Bearer (\S+)/.exec(head)?.[1])).toEqual([
        'token-1',
        'token-2',
        'token-3',
      ]);
      expect(app.records).toMatchObject([
        { outcome: 'completed', attempts: 1 },
        { outcome: 'completed', attempts: 2 },
      ]);
      expect(app.starts).toHaveLength(2);
    },
  );

  it.each([
    ['that answers with half a head', ({ send, rst }) => void send('HTTP/1.1 200').then(rst), 'upstream_invalid'],
    [
      'that answers with a head alone',
      ({ send, rst }) => {
        void send('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n').then(rst);
      },
      'upstream_truncated',
    ],
  ] satisfies [string, RawScript, string][])('%s is no reason to ask twice', async (_how, second, outcome) => {
    await using provider = await startRawProvider(afterFirst(second));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held });
    expect(await twice(app)).toEqual([200, 502]);
    expect(provider.requests).toHaveLength(2);
    expect(app.records[1]).toMatchObject({ outcome, attempts: 1 });
  });

  it('that is new and dies is no reason either', async () => {
    await using provider = await startRawProvider(({ rst }) => rst());
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held });
    const { status } = await download(`${app.origin}/v1/files/file-1/content`);
    expect(status).toBe(502);
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_unreachable', attempts: 1 }]);
    expect(provider.requests).toHaveLength(1);
  });

  it('whose replacement dies, too, is not replaced again', async () => {
    await using provider = await startRawProvider((exchange) =>
      exchange.index === 0 ? exchange.send(answer('hello')) : exchange.rst(),
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ resolveProvider: () => held });
    expect(await twice(app)).toEqual([200, 502]);
    expect(provider.requests).toHaveLength(3);
    expect(app.records[1]).toMatchObject({ outcome: 'upstream_unreachable', attempts: 2 });
  });

  it('is replaced although no credential can be obtained: the error is that of the credential', async () => {
    await using provider = await startRawProvider(afterFirst(({ rst }) => rst()));
    let tokens = 0;
    const held = openai({
      baseURL: provider.origin,
      apiKey() {
        tokens += 1;
        if (tokens === 3) throw new FileContentError('overloaded', 'No token to be had.');
        return 'token';
      },
    });
    await using app = await startGateway({ resolveProvider: () => held });
    expect(await twice(app)).toEqual([200, 503]);
    expect(tokens).toBe(3);
    expect(app.records[1]).toMatchObject({ outcome: 'rejected', attempts: 1 });
  });

  it('is the application’s own where it gives its agents', async () => {
    await using provider = await startRawProvider(({ send }) => send(answer('hello')));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    const agent = new Agent({ keepAlive: false });
    const used = jest.spyOn(agent, 'createConnection');
    await using app = await startGateway({ resolveProvider: () => held, agents: { http: agent } });
    expect(await twice(app)).toEqual([200, 200]);
    expect(used).toHaveBeenCalledTimes(2);
    expect(provider.connections).toHaveLength(2);
  });
});
