import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { get as getTls } from 'node:https';
import { Socket } from 'node:net';
import { RELAY_FROM_BYTES } from '../../../lib/upstream/agents/relay-bound';
import { divertibleTap, SocketTap, TAPPED_READS } from '../../../lib/upstream/agents/socket-tap';
import { makeCertificate } from '../../support/certificates';
import { eventually } from '../../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider';
import { TappedHttpAgent, TappedHttpsAgent } from '../../support/tapped-agents';

const KIB = 1024;

/**
 * What Node does for each read of a connection: fills its memory, hands it over on the connection, asks for the next.
 */
class Reads {
  #memory = bufferOf();

  constructor(readonly socket: Socket) {}

  get memory(): Uint8Array {
    return this.#memory;
  }

  read(length = this.#memory.length, fill = 0): boolean {
    this.#memory.fill(fill, 0, length);
    const goesOn = TAPPED_READS.callback.call(this.socket, length, this.#memory);
    this.#memory = bufferOf();
    return goesOn;
  }
}

function bufferOf(): Uint8Array {
  const { buffer } = TAPPED_READS;
  return typeof buffer === 'function' ? buffer() : buffer;
}

describe('the reads of a tapped connection', () => {
  it('are small, until a few in a row were filled', () => {
    const reads = new Reads(new Socket());
    const sizes: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      sizes.push(reads.memory.length);
      reads.read();
    }
    expect(sizes).toEqual([8 * KIB, 8 * KIB, 8 * KIB, 8 * KIB, 64 * KIB]);
    // One that was not filled says that the provider is slower than that.
    reads.read(64 * KIB - 1);
    expect(reads.memory.length).toBe(8 * KIB);
  });

  it('share their memory, whatever their size', () => {
    const [one, other] = [new Reads(new Socket()), new Reads(new Socket())];
    for (let count = 0; count < 5; count += 1) one.read();
    expect([one.memory.length, other.memory.length]).toEqual([64 * KIB, 8 * KIB]);
    expect(other.memory.buffer).toBe(one.memory.buffer);
    expect(other.memory).toBe(new Reads(new Socket()).memory);
  });

  it('are those of each connection, although one object serves them all', () => {
    const [one, other] = [new Reads(new Socket()), new Reads(new Socket())];
    one.read(3, 1);
    other.read(2, 2);
    expect([one.socket.read(), other.socket.read()]).toEqual([Buffer.from([1, 1, 1]), Buffer.from([2, 2])]);
  });

  it('go to the socket as copies, and on for as long as it takes more', () => {
    const reads = new Reads(new Socket({ readable: true }));
    expect(reads.read(3, 1)).toBe(true);
    expect(reads.read(2, 2)).toBe(true);
    expect(reads.socket.read(5)).toEqual(Buffer.from([1, 1, 1, 2, 2]));
    let pushed = 0;
    while (reads.read(8 * KIB)) pushed += 1;
    expect(pushed).toBeGreaterThan(0);
    reads.socket.destroy();
  });

  it('go nowhere without a connection', () => {
    expect(TAPPED_READS.callback(1, bufferOf())).toBe(false);
  });

  it.each([true, false])('go to the sink alone once there is one, and on as it says: %s', (goesOn) => {
    const tap = new SocketTap(new Socket());
    const received: Buffer[] = [];
    expect(tap.isDiverted).toBe(false);
    tap.divert({
      readSize: () => 16 * KIB,
      receive(bytes) {
        received.push(Buffer.from(bytes));
        return goesOn;
      },
    });
    expect([tap.isDiverted, tap.readSize]).toEqual([true, 16 * KIB]);
    expect(tap.take(3, Buffer.from([7, 7, 7, 0]))).toBe(goesOn);
    expect(received).toEqual([Buffer.from([7, 7, 7])]);
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

  it('is absent with any other agent', async () => {
    expect(divertibleTap(await respond(undefined, new Agent()), 9_000_000)).toBeUndefined();
  });

  it('is absent for a complete response', async () => {
    const response = await respond(({ send }) => send(answer('content')));
    await eventually('the whole response', () => response.complete);
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
  });

  it('is absent for a destroyed response or connection', async () => {
    const response = await respond();
    response.destroy();
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
    const other = await respond();
    other.socket.destroy();
    expect(other.destroyed).toBe(false);
    expect(divertibleTap(other, 9_000_000)).toBeUndefined();
  });

  it('is absent if bytes wait in the socket, because they would be overtaken', async () => {
    const response = await respond();
    response.socket.pause();
    response.socket.push(Buffer.from('waits'));
    expect(response.socket.readableLength).toBe(5);
    expect(divertibleTap(response, 9_000_000)).toBeUndefined();
  });
});
