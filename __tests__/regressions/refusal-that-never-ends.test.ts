import { type Delivery, openaiCompatible } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { type RawScript, startRawProvider } from '../support/raw-provider';

/** A provider that answers 404 and then neither goes on nor ends kept the client waiting, or made the 404 a 504. */
const stalls: RawScript = ({ send }) => send('HTTP/1.1 404 Not Found\r\nContent-Length: 300\r\n\r\n{"err');
const drips: RawScript = async ({ send, trickle }) => {
  await send('HTTP/1.1 404 Not Found\r\nContent-Length: 60000\r\n\r\n');
  await trickle('x'.repeat(60_000), 20);
};

describe.each<Delivery>(['stream', 'buffer'])('a refusal whose text never ends (%s)', (delivery) => {
  it.each([
    ['silent', stalls],
    ['byte by byte', drips],
  ])('keeps its status: %s', async (_how, script) => {
    await using provider = await startRawProvider(script);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using gateway = await startGateway({
      resolveProvider: () => ({ provider: held, delivery }),
      timeouts: { idle: 200 },
    });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(404);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'upstream_error', upstreamStatus: 404, status: 404, attempts: 1 });
    await provider.connections[0]?.closed;
  });
});
