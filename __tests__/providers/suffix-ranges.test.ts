import { azureStorage, s3 } from '../../lib/index';
import { hasHeader, runDelivery } from '../support/deliveries';
import { answer, type RawScript } from '../support/raw-provider';

/** As Azure Blob Storage, which knows no suffix and answers one from the start. */
const blob: RawScript = ({ head, send }) =>
  hasHeader(head, 'range')
    ? send(answer('456', ['Content-Range: bytes 4-6/10', 'ETag: "v1"'], '206 Partial Content'))
    : send(answer('0123456789', ['ETag: "v1"']));

const azure = azureStorage({ baseURL: 'http://127.0.0.1:9', container: 'c', token: 't' });

it.each(['bytes=-3', 'BYTES=-3', 'bytes= -3', 'bytes=4-6,-3', 'bytes=-3,4-6', 'bytes=-'])(
  '%s is not sent to a provider without suffix ranges',
  async (range) => {
    await using running = await runDelivery('stream', blob, { provider: { suffixRanges: azure.suffixRanges } });
    const { response } = await running.get({ headers: [`Range: ${range}`, 'If-Range: "v1"'] });
    expect([response.status, response.body.toString()]).toEqual([200, '0123456789']);
    for (const name of ['range', 'if-range']) expect(hasHeader(running.provider.requests[0], name)).toBe(false);
  },
);

it.each(['bytes=4-6', 'bytes=4-'])('%s is', async (range) => {
  await using running = await runDelivery('stream', blob, { provider: { suffixRanges: azure.suffixRanges } });
  const { response } = await running.get({ headers: [`Range: ${range}`, 'If-Range: "v1"'] });
  expect([response.status, response.body.toString()]).toEqual([206, '456']);
  expect(hasHeader(running.provider.requests[0], 'if-range')).toBe(true);
});

it('is declared by Azure Blob Storage alone', () => {
  expect(azure.suffixRanges).toBe(false);
  const other = s3({ region: 'eu-west-1', bucket: 'b', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
  expect(other.suffixRanges).toBeUndefined();
});

it('a value that is not a boolean is a resolver_failed', async () => {
  await using running = await runDelivery('stream', blob, { provider: { suffixRanges: 'no' } });
  expect((await running.get()).response.status).toBe(500);
  const [record] = await running.app.recorded(1);
  expect(record?.error?.cause?.message).toMatch(/provider held: "suffixRanges" must be true or false/);
});
