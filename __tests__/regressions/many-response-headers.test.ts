import { gzipSync } from 'node:zlib';
import { type Delivery, openaiCompatible } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';
import { answer, startRawProvider } from '../support/raw-provider';

/** Node drops what comes after 1,000 headers: gzip bytes reached the client without their Content-Encoding. */
describe.each<Delivery>(['stream', 'buffer'])('headers after the thousandth (%s)', (delivery) => {
  it('count like the first ones', async () => {
    const coded = gzipSync('hello');
    const many = Array.from({ length: 1500 }, (_, index) => `a${index}: 1`);
    await using provider = await startRawProvider(({ send }) =>
      send(answer(coded, [...many, 'Content-Encoding: gzip', 'Content-Type: text/plain'])),
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using gateway = await startGateway({ resolveProvider: () => ({ provider: held, delivery }) });
    const { response } = await rawRequest(gateway.port);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-encoding')).toEqual(['gzip']);
    expect(response.headers.get('content-type')).toEqual(['text/plain']);
    expect(response.body).toEqual(coded);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'completed', complete: 'yes' });
  });
});
