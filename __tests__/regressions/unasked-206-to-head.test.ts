import { type Delivery, openaiCompatible } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';

/** The length of a part passed for that of the content. */
describe.each<Delivery>(['stream', 'buffer'])('a 206 to a HEAD without a Range (%s)', (delivery) => {
  it('is an invalid response', async () => {
    await using provider = await startRawProvider(({ send }) =>
      send('HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/10\r\nContent-Length: 5\r\n\r\n'),
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using gateway = await startGateway({ resolveProvider: () => ({ provider: held, delivery }) });
    const { response } = await rawRequest(gateway.port, { method: 'HEAD' });
    expect(response.status).toBe(502);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'upstream_invalid', upstreamStatus: 206 });
  });
});
