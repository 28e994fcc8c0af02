import { randomBytes } from 'node:crypto';
import { ask, startBuffering } from '../../support/buffering';
import { answer } from '../../support/raw-provider';

const SIZES = [0, 1, 1_000, 65_536, 1_048_576, 1_048_577, 5_000_000];

test.each(SIZES)('a body of %d bytes arrives as it was sent, with its length (S1, S6)', async (size) => {
  const content = randomBytes(size);
  await using setup = await startBuffering(({ send }) => send(answer(content, ['Content-Type: text/csv'])));
  const record = setup.gateway.nextRecord();
  const { status, headers, body } = await ask(setup.gateway.origin);
  expect(status).toBe(200);
  expect(body.equals(content)).toBe(true);
  expect(headers).toMatchObject({
    'content-length': String(size),
    'content-type': 'text/csv',
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment',
    'cache-control': 'private, no-transform',
  });
  expect(await record).toMatchObject({
    delivery: 'buffer',
    outcome: 'completed',
    upstreamStatus: 200,
    attempts: 1,
    bytesSent: size,
    bytesExpected: size,
    complete: 'yes',
  });
});

test('a chunked content gets the length that it turned out to have', async () => {
  await using setup = await startBuffering(({ send }) =>
    send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n'),
  );
  const record = setup.gateway.nextRecord();
  const { headers, body } = await ask(setup.gateway.origin);
  expect(body.toString()).toBe('hello, world');
  expect(await record).toMatchObject({ bytesExpected: 12, complete: 'yes' });
  expect(headers['content-length']).toBe('12');
  expect(headers['transfer-encoding']).toBeUndefined();
});

test('if only the end of the connection ends the body, the record says that completeness is unknown', async () => {
  await using setup = await startBuffering(async ({ send, fin }) => {
    await send('HTTP/1.1 200 OK\r\n\r\nhello');
    fin();
  });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).body.toString()).toBe('hello');
  expect(await record).toMatchObject({ outcome: 'completed', complete: 'unknown' });
});

test('a Content-Encoding is kept with its bytes', async () => {
  const coded = Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64');
  await using setup = await startBuffering(({ send }) => send(answer(coded, ['Content-Encoding: gzip'])));
  const { headers, body } = await ask(setup.gateway.origin);
  expect(headers['content-encoding']).toBe('gzip');
  expect(headers['content-length']).toBe(String(coded.length));
  expect(body.equals(coded)).toBe(true);
});
