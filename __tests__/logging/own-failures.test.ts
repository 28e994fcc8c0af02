import { bufferedProvider, createFileContentRouter, openaiCompatible, type ProviderResolver } from '../../lib/index';
import { Notices } from '../../lib/transfer/observers/notices';
import { captureConsole } from '../support/canary';
import { createApp, startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const KEY = 'sk-own-failure-key';

function brokenResolver(): never {
  throw new TypeError(`cannot read tenant of ${KEY}`);
}

describe('the record of a failure of the gateway’s own code', () => {
  it.each<[string, ProviderResolver, RegExp]>([
    ['a resolver that throws', () => brokenResolver(), /brokenResolver/],
    ['a resolver that rejects', async () => brokenResolver(), /brokenResolver/],
    ['a resolver that returns nonsense', (() => 'openai') as never, /invalidResolution/],
    [
      'a credential function that throws',
      () => openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9', apiKey: () => brokenResolver() }),
      /brokenResolver/,
    ],
    [
      'a function-backed provider that throws',
      () => bufferedProvider({ name: 'held', fetchContent: async () => brokenResolver() }),
      /brokenResolver/,
    ],
  ])('has a stack: %s', async (_what, resolveProvider, frame) => {
    await using gateway = await startGateway({ resolveProvider });
    await rawRequest(gateway.port);
    const [record] = await gateway.recorded(1);
    const stack = record?.error?.cause?.stack ?? '';
    expect(stack).toMatch(frame);
    expect(stack.split('\n')[0]).toBe(`${record?.error?.cause?.name}: ${record?.error?.cause?.message}`);
    expect(stack.split('\n').slice(1)).toEqual(expect.arrayContaining([expect.stringMatching(/^\s+at /)]));
    expect(stack).not.toContain(KEY);
  });

  it('has 20 frames and 4 KiB of it at most, and none of its message', async () => {
    const error = new Error(`first\n    at message (${'x'.repeat(100)})`);
    const frames = Array.from({ length: 500 }, (_, n) => `    at frame${n} (${'y'.repeat(300)})`);
    error.stack = `Error: ${error.message}\n${frames.join('\n')}`;
    await using gateway = await startGateway({
      resolveProvider() {
        throw error;
      },
    });
    await rawRequest(gateway.port);
    const [record] = await gateway.recorded(1);
    const stack = record?.error?.cause?.stack ?? '';
    expect(stack.length).toBeLessThan(5_000);
    expect(stack.match(/at frame/g)?.length).toBeLessThanOrEqual(20);
    expect(stack.match(/at message/g)).toHaveLength(1);
  });

  it.each(['stream', 'buffer'] as const)('is no provider’s refusal or fault (%s)', async (delivery) => {
    await using provider = await startRawProvider(({ send, rst, index }) =>
      index === 0 ? send(answer('{"error":{"message":"no"}}', [], '500 Error')) : rst(),
    );
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    await rawRequest(gateway.port);
    await rawRequest(gateway.port);
    const records = await gateway.recorded(2);
    expect(records.map(({ error }) => error?.cause !== undefined)).toEqual([true, true]);
    for (const { error } of records) expect(error?.cause).not.toHaveProperty('stack');
  });
});

describe('without a logging adapter', () => {
  async function ask(resolveProvider: ProviderResolver, times = 1): Promise<readonly string[]> {
    using printed = captureConsole();
    const app = createApp();
    app.use('/v1', createFileContentRouter({ resolveProvider }));
    const server = app.listen(0, '127.0.0.1');
    await eventually('listening', () => server.listening);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (let time = 0; time < times; time += 1) await rawRequest(port, { connection: 'close' });
    await eventually('no connection', () => printed.lines.length > 0 || times === 0).catch(() => undefined);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    return [...printed.lines];
  }

  it('a failing resolver is one line on standard error, with its first frame and without a secret', async () => {
    const lines = await ask(() => brokenResolver());
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^express-file-content: resolver_failed .*TypeError: cannot read tenant of .*brokenResolver/,
    );
    expect(lines[0]).not.toContain(KEY);
    expect(lines[0]).not.toContain('\n');
  });
});

describe('Notices', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('writes ten lines of a kind a minute, and then how many were left out', () => {
    using printed = captureConsole();
    let clock = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => clock);
    const notices = new Notices();
    for (let count = 0; count < 25; count += 1) notices.write('failure', `number ${count}`);
    expect(printed.lines).toHaveLength(10);
    expect(printed.lines[9]).toMatch(/number 9 \(no more of these for a minute\)$/);
    notices.write('adapter', 'has its own allowance');
    expect(printed.lines).toHaveLength(11);
    clock = 60_000;
    notices.write('failure', 'later');
    expect(printed.lines[11]).toBe('express-file-content: later (15 more before this were not written)');
  });

  it('is one line, short, without control characters', () => {
    using printed = captureConsole();
    new Notices().write('failure', `a\r\nb\u001b[31m\u0085\u202e${'x'.repeat(5_000)}`);
    expect(printed.lines[0]).toMatch(/^express-file-content: a b \[31m x+$/);
    expect(printed.lines[0]?.length).toBeLessThan(1_100);
  });

  it('never throws', () => {
    jest.spyOn(console, 'error').mockImplementation(() => {
      throw new Error('EPIPE');
    });
    expect(() => new Notices().write('failure', 'text')).not.toThrow();
  });
});
