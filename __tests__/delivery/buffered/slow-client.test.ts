import { startBuffering } from '../../support/buffering';
import { expectReleased, takeBaseline } from '../../support/leaks';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { answer } from '../../support/raw-provider';

test('a client that stops reading is cut off, and its file is freed', async () => {
  await using setup = await startBuffering(({ send }) => send(answer(Buffer.alloc(20_000_000))), {
    timeouts: { clientIdle: 300 },
  });
  const baseline = await takeBaseline();
  {
    using client = await connectRaw(Number(new URL(setup.gateway.origin).port));
    const record = setup.gateway.nextRecord();
    client.send(requestBytes());
    client.pause();
    const { outcome, bytesSent, complete } = await record;
    expect([outcome, complete]).toEqual(['client_stalled', 'no']);
    expect(bytesSent).toBeLessThan(20_000_000);
  }
  await expectReleased(baseline);
});

test('the provider is read to the end while the client takes nothing', async () => {
  await using setup = await startBuffering(({ send }) => send(answer(Buffer.alloc(8_000_000))));
  using client = await connectRaw(Number(new URL(setup.gateway.origin).port));
  client.send(requestBytes());
  client.pause();
  await setup.upstream.requestsReceived(1);
  await setup.upstream.connections[0]?.closed;
  client.resume();
  await client.until((bytes) => bytes.length > 8_000_000);
  const [response] = client.responses();
  expect([response?.complete, response?.body.length]).toEqual([true, 8_000_000]);
});
