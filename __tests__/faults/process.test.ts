import { DELIVERIES } from '../support/fault-row';
import { startGateway } from '../support/gateway';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/** Holds up the event loop, as a large JSON.parse in the same process does. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe.each(DELIVERIES)('row 60: an event loop that was blocked (%s)', (delivery) => {
  it('does not count as silence of the provider before its headers', async () => {
    await using provider = await startRawProvider(({ send }) => {
      void send(answer('content'));
      block(1_000);
    });
    await using gateway = await startGateway({
      upstream: provider.origin,
      delivery,
      timeouts: { headers: 300, connect: 300 },
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.body.toString()).toBe('content');
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
  });

  it('does not count as silence of the provider in its body', async () => {
    let rest: (() => void) | undefined;
    await using provider = await startRawProvider(async ({ send }) => {
      await send('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf');
      rest = () => void send('half');
    });
    await using gateway = await startGateway({ upstream: provider.origin, delivery, timeouts: { idle: 300 } });
    using client = await connectRaw(gateway.port);
    client.send(requestBytes());
    await provider.requestsReceived(1);
    if (delivery === 'stream') await client.until((bytes) => bytes.includes('half'));
    else await new Promise(setImmediate);
    rest?.();
    block(1_000);
    const { response } = await client.result(1);
    expect(response.body.toString()).toBe('halfhalf');
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
  });
});
