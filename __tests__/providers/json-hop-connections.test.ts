import { fireworks, guardedAgents } from '../../lib/index';
import { createAgents } from '../../lib/upstream/agents/agents';
import { eventually } from '../support/leaks';
import { locate } from '../support/locate-request';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

const GOOD = answer(JSON.stringify({ filenameToSignedUrls: { 'a.jsonl': 'https://store.test/good' } }));
const BAD = answer(JSON.stringify({ filenameToSignedUrls: { 'a.jsonl': 'https://store.test/bad' } }));

/** What a provider asks before it can say where the content is goes over connections that are used again, too. */
describe('the connection for requesting the location of a file', () => {
  async function askTwice(script: RawScript, stray?: Buffer): Promise<unknown> {
    await using provider = await startRawProvider(script, {
      onConnection: ({ socket }) => socket.setNoDelay(true),
    });
    const agents = createAgents({});
    const held = fireworks({ apiKey: 'key', account: 'acme', baseURL: provider.origin });
    await locate(held, { fileId: 'data', agents });
    await eventually('free', () => Object.keys(agents.http.freeSockets).length === 1);
    const second = locate(held, { fileId: 'data', agents });
    if (stray) provider.connections[0]?.socket.write(stray);
    const located = await second;
    expect(provider.connections).toHaveLength(2);
    agents.http.destroy();
    return located;
  }

  it('is replaced if unsolicited bytes wait on it', async () => {
    expect(await askTwice(({ send }) => send(GOOD), BAD)).toMatchObject({ url: 'https://store.test/good' });
  });

  it.each<[string, RawScript]>([
    ['is closed', ({ fin }) => fin()],
    ['is reset', ({ rst }) => rst()],
    ['has what cannot be read', ({ send }) => send('nonsense\r\n\r\n')],
  ])('is replaced once where it %s', async (_how, later) => {
    const script: RawScript = (exchange) =>
      exchange.connection.requests.length === 1 ? exchange.send(GOOD) : later(exchange);
    expect(await askTwice(script)).toMatchObject({ url: 'https://store.test/good' });
  });
});

it('guarded agents allow nothing that stands on Object.prototype', async () => {
  await using provider = await startRawProvider(({ send }) => send(GOOD));
  const held = fireworks({ apiKey: 'key', account: 'acme', baseURL: provider.origin });
  Object.defineProperty(Object.prototype, 'allow', { value: ['127.0.0.0/8'], configurable: true });
  try {
    await expect(locate(held, { fileId: 'data', agents: guardedAgents() })).rejects.toMatchObject({
      code: 'provider_unreachable',
    });
  } finally {
    Reflect.deleteProperty(Object.prototype, 'allow');
  }
  expect(provider.connections).toHaveLength(0);
});
