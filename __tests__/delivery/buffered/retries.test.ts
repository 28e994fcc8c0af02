import type { TransferStart } from '../../../lib';
import { ask, bufferedAt, gatewayOf, startBuffering } from '../../support/buffering';
import { expectReleased, takeBaseline } from '../../support/leaks';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { answer, type RawExchange, type RawScript } from '../../support/raw-provider';

/** The scripts one after the other, the last for ever. */
function sequence(...scripts: readonly RawScript[]): RawScript {
  return (exchange) => scripts[Math.min(exchange.index, scripts.length - 1)]?.(exchange);
}

const good: RawScript = ({ send }) => send(answer('whole'));
const cut: RawScript = async ({ send, fin }: RawExchange) => {
  await send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal');
  fin();
};
const refusal = (status: number, ...headers: string[]): RawScript => {
  return ({ send }) => send(answer('{}', headers, `${status} No`));
};
const reset: RawScript = ({ rst }) => rst();

test.each([
  ['a content that broke off', cut],
  ['a connection that was reset', reset],
  ['status 500', refusal(500)],
  ['status 503 that asks for a short wait', refusal(503, 'Retry-After: 0')],
  ['status 429 that asks for a short wait', refusal(429, 'retry-after-ms: 10')],
])('%s is fetched again', async (_name, fault) => {
  await using setup = await startBuffering(sequence(fault, good));
  const record = setup.gateway.nextRecord();
  const { status, body } = await ask(setup.gateway.origin);
  expect([status, body.toString()]).toEqual([200, 'whole']);
  expect(await record).toMatchObject({ outcome: 'completed', attempts: 2, upstreamStatus: 200 });
});

test('a body that is cut off every time is fetched three times', async () => {
  await using setup = await startBuffering(cut);
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(await record).toMatchObject({ outcome: 'upstream_truncated', attempts: 3 });
  expect(setup.upstream.requests).toHaveLength(3);
});

test('what the record says is of the last attempt', async () => {
  await using setup = await startBuffering(sequence(refusal(503, 'x-request-id: req_1'), reset), {
    buffer: { retries: 1 },
  });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  const { upstreamStatus, upstreamRequestId } = await record;
  expect([upstreamStatus, upstreamRequestId]).toEqual([undefined, undefined]);
});

test('started() is called once, however many attempts there are', async () => {
  const starts: TransferStart[] = [];
  await using setup = await startBuffering(sequence(cut, cut, good), {
    logger: { started: (start) => void starts.push(start), finished: () => undefined },
  });
  expect((await ask(setup.gateway.origin)).status).toBe(200);
  expect(starts).toMatchObject([{ fileId: 'file-1', upstreamOrigin: setup.upstream.origin, delivery: 'buffer' }]);
});

test('a pause is the provider’s silence to no limit', async () => {
  // The second pause lasts 250 ms at least.
  await using setup = await startBuffering(sequence(cut, cut, good), {
    timeouts: { connect: 200, headers: 200, idle: 200 },
  });
  expect((await ask(setup.gateway.origin)).status).toBe(200);
});

test.each([
  ['404', refusal(404), 404],
  ['501', refusal(501), 501],
  ['401', refusal(401), 502],
  ['429 without a time to wait', refusal(429), 429],
  ['429 that asks for a long wait', refusal(429, 'Retry-After: 60'), 429],
  ['429 that asks for five seconds', refusal(429, 'Retry-After: 5'), 429],
  ['503 that asks for three seconds', refusal(503, 'Retry-After: 3'), 503],
  ['503 that asks for a long wait', refusal(503, 'Retry-After: 60'), 503],
  ['599', refusal(599), 599],
  ['500 that says not to', refusal(500, 'x-should-retry: false'), 500],
])('%s is passed on at once', async (_name, fault, expected) => {
  await using setup = await startBuffering(sequence(fault, good));
  expect((await ask(setup.gateway.origin)).status).toBe(expected);
  expect(setup.upstream.requests).toHaveLength(1);
});

test('each attempt is located anew, with a fresh credential', async () => {
  const attempts: number[] = [];
  await using setup = await startBuffering(sequence(cut, cut, good));
  await using gateway = await gatewayOf(
    bufferedAt(setup.upstream.origin, {
      locate({ attempt }) {
        attempts.push(attempt);
        return { url: `${setup.upstream.origin}/try/${attempt}`, headers: { authorization: `Bearer key-${attempt}` } };
      },
    }),
  );
  expect((await ask(gateway.origin)).body.toString()).toBe('whole');
  expect(attempts).toEqual([1, 2, 3]);
  expect(setup.upstream.requests.map((head) => /Bearer (\S+)/i.exec(head)?.[1])).toEqual(['key-1', 'key-2', 'key-3']);
});

test('buffer.retries: 0 fetches once', async () => {
  await using setup = await startBuffering(sequence(cut, good), { buffer: { retries: 0 } });
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(setup.upstream.requests).toHaveLength(1);
});

test('a client that leaves during the pause ends the retries', async () => {
  await using setup = await startBuffering(sequence(refusal(503, 'Retry-After: 2'), good));
  const baseline = await takeBaseline();
  {
    const record = setup.gateway.nextRecord();
    using client = await connectRaw(Number(new URL(setup.gateway.origin).port));
    client.send(requestBytes());
    await setup.upstream.requestsReceived(1);
    client.rst();
    expect(await record).toMatchObject({ outcome: 'client_aborted', status: 499, attempts: 1 });
  }
  for (const connection of setup.upstream.connections) connection.socket.destroy();
  await expectReleased(baseline);
  expect(setup.upstream.requests).toHaveLength(1);
});

test('the total time may end in a pause; the record has the response before it', async () => {
  await using setup = await startBuffering(refusal(503, 'Retry-After: 2'), { timeouts: { total: 1_000 } });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(504);
  expect(await record).toMatchObject({ outcome: 'upstream_timeout', upstreamStatus: 503, attempts: 1 });
});

test('a kept connection that the provider has closed does not count as a retry', async () => {
  await using setup = await startBuffering(
    ({ connection, send, rst }) => (connection.requests.length === 1 ? send(answer('whole')) : rst()),
    { buffer: { retries: 0 } },
  );
  expect((await ask(setup.gateway.origin)).status).toBe(200);
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).body.toString()).toBe('whole');
  expect(await record).toMatchObject({ outcome: 'completed', attempts: 2 });
  expect(setup.upstream.connections).toHaveLength(2);
});

test('a new connection that is reset is no stale one', async () => {
  await using setup = await startBuffering(reset, { buffer: { retries: 0 } });
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(setup.upstream.requests).toHaveLength(1);
});

test('nor is a kept one that is reset in the middle of an answer', async () => {
  await using setup = await startBuffering(
    async ({ connection, send, rst }) => {
      if (connection.requests.length === 1) return send(answer('whole'));
      await send('HTTP/1.1 200 O');
      rst();
    },
    { buffer: { retries: 0 } },
  );
  expect((await ask(setup.gateway.origin)).status).toBe(200);
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(502);
  expect(await record).toMatchObject({ attempts: 1 });
  expect(setup.upstream.connections).toHaveLength(1);
});

test('the connection of a refusal that was read to its end carries the next request', async () => {
  await using setup = await startBuffering(sequence(refusal(404), good));
  expect((await ask(setup.gateway.origin)).status).toBe(404);
  expect((await ask(setup.gateway.origin)).status).toBe(200);
  expect(setup.upstream.connections).toHaveLength(1);
});

test('an untouched connection carries the next request', async () => {
  await using setup = await startBuffering(good);
  await ask(setup.gateway.origin);
  await ask(setup.gateway.origin);
  expect(setup.upstream.connections).toHaveLength(1);
});

test('x-should-retry: true makes a refusal one that is retried', async () => {
  await using setup = await startBuffering(sequence(refusal(409, 'x-should-retry: true', 'retry-after-ms: 1'), good));
  expect((await ask(setup.gateway.origin)).status).toBe(200);
});

test('the pauses for a rate limit fit into one second together, whatever retries there are', async () => {
  await using setup = await startBuffering(refusal(429, 'retry-after-ms: 400'), { buffer: { retries: 9 } });
  const record = setup.gateway.nextRecord();
  expect((await ask(setup.gateway.origin)).status).toBe(429);
  expect(await record).toMatchObject({ attempts: 3 });
});
