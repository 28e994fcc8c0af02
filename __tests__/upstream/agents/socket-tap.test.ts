import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { get as getTls } from 'node:https';
import { type OnReadOpts, Socket } from 'node:net';
import { RELAY_FROM_BYTES } from '../../../lib/upstream/agents/relay-bound';
import { divertibleTap, SocketTap, TappedHttpAgent, TappedHttpsAgent } from '../../../lib/upstream/agents/socket-tap';
import { makeCertificate } from '../../support/certificates';
import { eventually } from '../../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider';

const KIB = 1024;

/** What Node does for each read: asks for a buffer, fills it, hands it back. */
function read({ buffer, callback }: OnReadOpts, length: number, fill = 0): boolean {
  const memory = bufferOf({ buffer, callback });
  memory.fill(fill, 0, length);
  return callback(length, memory);
}

function bufferOf({ buffer }: OnReadOpts): Uint8Array {
  return typeof buffer === 'function' ? buffer() : buffer;
}

describe('the reads of a tapped connection', () => {
  it('are small, until a few in a row were filled', () => {
    const tap = new SocketTap();
    tap.attach(new Socket());
    const sizes: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      sizes.push(bufferOf(tap.onread).length);
      read(tap.onread, bufferOf(tap.onread).length);
    }
    expect(sizes).toEqual([8 * KIB, 8 * KIB, 8 * KIB, 8 * KIB, 64 * KIB]);
    // One that was not filled says that the provider is slower than that.
    read(tap.onread, 64 * KIB - 1);
    expect(bufferOf(tap.onread).length).toBe(8 * KIB);
  });

  it('share their memory, whatever their size', () => {
    const [one, other] = [new SocketTap(), new SocketTap()];
    expect(bufferOf(one.onread)).toBe(bufferOf(other.onread));
    other.divert({ readSize: () => 16 * KIB, receive: () => true });
    expect(bufferOf(other.onread).length).toBe(16 * KIB);
    expect(bufferOf(other.onread)).toBe(bufferOf(other.onread));
    expect(bufferOf(other.onread).buffer).toBe(bufferOf(one.onread).buffer);
  });

  it('go to the socket as copies, and on for as long as it takes more', () => {
    const tap = new SocketTap();
    const socket = new Socket({ readable: true });
    tap.attach(socket);
    expect(tap.isDiverted).toBe(false);
    expect(read(tap.onread, 3, 1)).toBe(true);
    expect(read(tap.onread, 2, 2)).toBe(true);
    expect(socket.read(5)).toEqual(Buffer.from([1, 1, 1, 2, 2]));
    let pushed = 0;
    while (read(tap.onread, 8 * KIB)) pushed += 1;
    expect(pushed).toBeGreaterThan(0);
    socket.destroy();
  });

  it('go nowhere without a socket', () => {
    expect(read(new SocketTap().onread, 1)).toBe(false);
  });

  it.each([true, false])('go to the sink alone once there is one, and on as it says: %s', (goesOn) => {
    const tap = new SocketTap();
    const socket = new Socket();
    tap.attach(socket);
    const received: Buffer[] = [];
    tap.divert({
      readSize: () => 64 * KIB,
      receive(bytes) {
        received.push(Buffer.from(bytes));
        return goesOn;
      },
    });
    expect(tap.isDiverted).toBe(true);
    expect(read(tap.onread, 3, 7)).toBe(goesOn);
    expect(received).toEqual([Buffer.from([7, 7, 7])]);
    expect(socket.readableLength).toBe(0);
  });
});

describe('divertibleTap', () => {
  const tls = makeCertificate();
  const agents: Agent[] = [];
  const providers: RawProvider[] = [];

  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.destroy();
    for (const provider of providers.splice(0)) await provider.close();
  });

  /** A response whose content is not read. */
  async function respond(
    script: RawScript = ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\nabc'),
    given?: Agent,
    secure = false,
  ): Promise<IncomingMessage> {
    const provider = await startRawProvider(script, secure ? { tls } : {});
    providers.push(provider);
    const agent = given ?? (secure ? new TappedHttpsAgent({ ca: tls.cert }) : new TappedHttpAgent());
    agents.push(agent);
    const request = (secure ? getTls : get)(provider.origin, { agent });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    return response;
  }

  it('is that of the connection, for a body that is large enough', async () => {
    const response = await respond();
    expect(divertibleTap(response, RELAY_FROM_BYTES.tcp)).toBeInstanceOf(SocketTap);
    expect(divertibleTap(response, RELAY_FROM_BYTES.tcp - 1)).toBeUndefined();
  });

  it('over TLS is for larger ones', async () => {
    const response = await respond(undefined, undefined, true);
    expect(divertibleTap(response, RELAY_FROM_BYTES.tls)).toBeInstanceOf(SocketTap);
    expect(divertibleTap(response, RELAY_FROM_BYTES.tls - 1)).toBeUndefined();
  });

  it('is that of one body only', async () => {
    const response = await respond();
    divertibleTap(response, 9_000_000)?.divert({ readSize: () => KIB, receive: () => true });
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
  });

  it('is none through any other agent', async () => {
    expect(divertibleTap(await respond(undefined, new Agent()), 9_000_000)).toBeUndefined();
  });

  it('is none for a response that is complete', async () => {
    const response = await respond(({ send }) => send(answer('content')));
    await eventually('the whole response', () => response.complete);
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
  });

  it('is none for a response or a connection that is gone', async () => {
    const response = await respond();
    response.destroy();
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
    const other = await respond();
    other.socket.destroy();
    expect(other.destroyed).toBe(false);
    expect(divertibleTap(other, 9_000_000)).toBeUndefined();
  });

  it('is none where bytes wait in the socket, which would be overtaken', async () => {
    const response = await respond();
    response.socket.pause();
    response.socket.push(Buffer.from('waits'));
    expect(response.socket.readableLength).toBe(5);
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
  });
});
