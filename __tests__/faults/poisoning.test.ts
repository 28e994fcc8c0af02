import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { watchProcess } from '../support/leaks';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

const POISON = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned';

/** Bytes that come when nobody asked: what the next request on that connection must never be answered with. */
describe.each(DELIVERIES)('row 17: bytes on an idle connection to a provider (%s)', (delivery) => {
  it.each([
    ['a whole response', POISON],
    ['half a response', 'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\npoisoned'],
    ['an interim response', `HTTP/1.1 103 Early Hints\r\n\r\n${POISON}`],
    ['nonsense', 'nonsense'],
    ['a line break', '\r\n'],
  ])('%s do not become the next response', async (_name, bytes) => {
    using watch = watchProcess();
    await using provider = await startRawProvider(({ send, index }) => send(answer(`content ${index}`)));
    await using gateway = await startGateway({ upstream: provider.origin, delivery });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await client.result(1);
    await gateway.recorded(1);
    const idle = provider.connections[0]?.socket;
    // Handed to the kernel, and so readable for the gateway, before the next request is made.
    await new Promise((resolve) => idle?.write(bytes, resolve));
    await new Promise(setImmediate);
    client.send(requestBytes());
    const { responses } = await client.result(2);
    expect(responses[1]).toMatchObject({ status: 200, body: Buffer.from('content 1') });
    expect(await gateway.recorded(2)).toMatchObject([{ outcome: 'completed' }, { outcome: 'completed' }]);
    watch.expectQuiet();
  });
});
