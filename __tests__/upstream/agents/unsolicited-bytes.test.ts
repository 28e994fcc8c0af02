import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, Socket } from 'node:net';
import { RequestSending, waitingBytes } from '../../../lib/upstream/agents/unsolicited-bytes';
import { eventually } from '../../support/leaks';
import { answer, type RawProvider, startRawProvider } from '../../support/raw-provider';

describe('waitingBytes', () => {
  it('tells of a byte that was not read yet', async () => {
    await using provider = await startRawProvider(() => undefined);
    const socket = connect({ port: provider.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    await eventually('accepted', () => provider.connections.length === 1);
    expect(waitingBytes(socket)).toBe('nothing');
    provider.connections[0]?.socket.write('x');
    expect(waitingBytes(socket)).toBe('something');
    socket.destroy();
  });

  it('does not know of what has no descriptor', () => {
    expect(waitingBytes(new Socket())).toBe('unknown');
  });
});

/** Where the system cannot be asked, as on Windows. */
describe('a request over a connection that cannot be asked', () => {
  const agent = new Agent({ keepAlive: true });
  let provider: RawProvider;

  beforeEach(async () => {
    provider = await startRawProvider(({ send, index }) => send(answer(`content ${index}`)));
  });

  afterEach(async () => {
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    await provider.close();
  });

  function ask(): { request: ClientRequest; sending: RequestSending } {
    const made = request(provider.origin, { agent });
    const sending = new RequestSending(made, () => 'unknown');
    made.once('socket', (socket) => {
      sending.assigned(socket);
      sending.send(() => made.end());
    });
    return { request: made, sending };
  }

  async function read(made: ClientRequest): Promise<string> {
    const [response] = (await once(made, 'response')) as [IncomingMessage];
    return (await response.toArray()).join('');
  }

  it('is sent when a whole turn has shown nothing', async () => {
    expect(await read(ask().request)).toBe('content 0');
    await eventually('free', () => Object.keys(agent.freeSockets).length === 1);
    const { request: made, sending } = ask();
    expect(await read(made)).toBe('content 1');
    expect(sending.isSent).toBe(true);
    expect(provider.connections).toHaveLength(1);
  });

  it.each(['x', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad'])(
    'is not sent where %j waits',
    async (stray) => {
      await read(ask().request);
      await eventually('free', () => Object.keys(agent.freeSockets).length === 1);
      provider.connections[0]?.socket.write(stray);
      const { request: made, sending } = ask();
      made.on('response', () => sending.refuse());
      const [error] = (await once(made, 'error')) as [NodeJS.ErrnoException];
      expect(sending.isSent).toBe(false);
      expect(sending.staleness(error.code ?? '')).toBe('not sent');
      await provider.connections[0]?.closed;
      expect(provider.requests).toHaveLength(1);
    },
  );

  it('is not sent when it has ended meanwhile', async () => {
    await read(ask().request);
    await eventually('free', () => Object.keys(agent.freeSockets).length === 1);
    const { request: made } = ask();
    made.on('error', () => undefined);
    await once(made, 'socket');
    made.destroy();
    await provider.connections[0]?.closed;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(provider.requests).toHaveLength(1);
  });
});
