import { once } from 'node:events';
import { FileContentError } from '../../lib/errors';
import { watchProcess } from '../support/leaks';
import { resolvedTransfer, startTransfers, type TransferServer } from '../support/transfers';

const LATE = new FileContentError('provider_timeout', 'late');

describe('Transfer', () => {
  let server: TransferServer;

  beforeEach(async () => {
    server = await startTransfers();
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
  });

  /** Answers with `text` as a delivery would. */
  async function deliver(text: string, certainty?: 'yes' | 'unknown') {
    const { transfer, client } = await server.open();
    transfer.res.writeHead(200, { 'content-length': text.length });
    transfer.res.write(text);
    transfer.wrote(Buffer.from(text));
    transfer.delivered(certainty);
    transfer.res.end();
    await client.result();
    return transfer;
  }

  describe('its record', () => {
    it('has only known members', async () => {
      const transfer = await deliver('hello');
      const [record] = await server.recorded(1);
      expect(record).toStrictEqual({
        transferId: transfer.id,
        resource: 'files',
        method: 'GET',
        fileId: 'file-1',
        outcome: 'completed',
        status: 200,
        bytesSent: 5,
        complete: 'yes',
        startedAt: transfer.startedAt,
        firstByteMs: expect.any(Number),
        durationMs: expect.any(Number),
        attempts: 0,
        resumes: 0,
      });
      expect(record?.firstByteMs).toBeGreaterThanOrEqual(0);
      expect(record?.durationMs).toBeGreaterThanOrEqual(record?.firstByteMs ?? Infinity);
      expect(record?.durationMs).toBeLessThan(60_000);
    });

    it('has everything that is known', async () => {
      const { transfer, client } = await server.open({ method: 'HEAD' });
      const context = { route: 'eu' };
      transfer.resolvedTo(resolvedTransfer({ fileId: 'native-1', delivery: 'buffer', tenant: 'acme', context }), 0);
      transfer.located('https://api.held.test', () => []);
      transfer.started();
      transfer.asked();
      transfer.asked();
      transfer.responded(206, 'req_1');
      transfer.deliveredBy('relay');
      transfer.expects(7);
      transfer.interrupted(LATE);
      transfer.resumed();
      transfer.res.writeHead(206);
      transfer.delivered('unknown');
      transfer.res.end();
      await client.result(1, ['HEAD']);
      const identity = {
        transferId: transfer.id,
        resource: 'files',
        method: 'HEAD',
        fileId: 'file-1',
        upstreamFileId: 'native-1',
        upstreamOrigin: 'https://api.held.test',
        provider: 'held',
        delivery: 'buffer',
        startedAt: transfer.startedAt,
        tenant: 'acme',
        context,
      };
      expect(server.starts).toStrictEqual([identity]);
      expect(await server.recorded(1)).toStrictEqual([
        {
          ...identity,
          via: 'relay',
          outcome: 'completed',
          status: 206,
          upstreamStatus: 206,
          upstreamRequestId: 'req_1',
          bytesSent: 0,
          bytesExpected: 7,
          complete: 'unknown',
          durationMs: expect.any(Number),
          attempts: 2,
          resumes: 1,
          interruptions: [{ code: 'provider_timeout', message: 'late' }],
        },
      ]);
    });

    it('has the provider’s id only where it is another one', async () => {
      const { transfer, client } = await server.open();
      transfer.resolvedTo(resolvedTransfer(), 0);
      client.destroy();
      const [record] = await server.recorded(1);
      expect(record).toMatchObject({ provider: 'held', delivery: 'stream' });
      for (const name of ['upstreamFileId', 'tenant', 'context']) expect(record).not.toHaveProperty(name);
    });

    it('says 499 where the client left before the headers, and that nothing is complete', async () => {
      const { transfer, client } = await server.open();
      transfer.wrote(new Uint8Array(0));
      client.destroy();
      const [record] = await server.recorded(1);
      expect(record).toMatchObject({ outcome: 'client_aborted', status: 499, bytesSent: 0, complete: 'no' });
      expect(record).not.toHaveProperty('firstByteMs');
      expect(record).not.toHaveProperty('error');
    });

    it('does not count bytes that wait behind another response of the connection, nor less than nothing', async () => {
      const { client } = await server.open();
      const { transfer } = await server.open({}, client);
      transfer.res.writeHead(200, { 'x-long': 'x'.repeat(1_000) });
      transfer.res.write('hello');
      transfer.wrote(new Uint8Array(5));
      client.rst();
      expect(await server.recorded(2)).toMatchObject([
        { outcome: 'client_aborted', bytesSent: 0 },
        { outcome: 'client_aborted', bytesSent: 0, status: 200 },
      ]);
    });

    it('counts what reached an incomplete response', async () => {
      const { transfer, client } = await server.open();
      transfer.res.writeHead(200, { 'content-length': 10 });
      transfer.res.write('hello');
      transfer.wrote(new Uint8Array(3));
      transfer.wrote(new Uint8Array(2));
      expect(transfer.bytesWritten).toBe(5);
      await client.until((bytes) => bytes.includes('hello'));
      client.rst();
      expect(await server.recorded(1)).toMatchObject([{ outcome: 'client_aborted', bytesSent: 5 }]);
    });

    it('is a completed one only where the whole content was delivered and the response is finished', async () => {
      const { transfer, client } = await server.open();
      transfer.res.end('a middleware has answered');
      await client.result();
      expect(await server.recorded(1)).toMatchObject([{ outcome: 'rejected', complete: 'no', status: 200 }]);
      const { transfer: cut } = await server.open();
      cut.res.writeHead(200, { 'content-length': 10 });
      cut.res.write('hello');
      cut.delivered();
      cut.res.destroy();
      expect((await server.recorded(2))[1]).toMatchObject({ outcome: 'client_aborted', complete: 'no' });
    });

    it('is that of the first failure, without secrets', async () => {
      const { transfer, client } = await server.open();
      transfer.addSecrets(() => ['first-secret']);
      transfer.addSecrets(() => ['second-secret', 'third-secret']);
      const cause = Object.assign(new Error('refused first-secret'), { code: 'ECONNREFUSED' });
      transfer.fail(
        new FileContentError('provider_unreachable', 'No second-secret and no third-secret.', { cause }),
        'upstream_invalid',
      );
      transfer.fail(LATE);
      transfer.stalled();
      transfer.delivered();
      transfer.res.statusCode = 502;
      transfer.res.end();
      await client.result();
      const [record] = await server.recorded(1);
      expect(record).toMatchObject({ outcome: 'upstream_invalid', status: 502, complete: 'no' });
      expect(record?.error).toEqual({
        code: 'provider_unreachable',
        message: 'No [redacted] and no [redacted].',
        cause: { name: 'Error', message: 'refused [redacted]', code: 'ECONNREFUSED' },
      });
    });

    it('has the outcome for its error’s code, and no cause if there is none', async () => {
      const { transfer } = await server.open();
      transfer.fail(LATE);
      transfer.res.destroy();
      const [record] = await server.recorded(1);
      expect(record).toMatchObject({ outcome: 'upstream_timeout' });
      expect(record?.error).toEqual({ code: 'provider_timeout', message: 'late' });
    });

    it('of a client that stalled has no error', async () => {
      const { transfer } = await server.open();
      expect(transfer.failure).toBeUndefined();
      transfer.stalled();
      expect(transfer.failure).toEqual({ outcome: 'client_stalled' });
      transfer.res.destroy();
      const [record] = await server.recorded(1);
      expect(record).toMatchObject({ outcome: 'client_stalled', complete: 'no' });
      expect(record).not.toHaveProperty('error');
    });

    it('counts from the arrival to the first byte of content, and to the end', async () => {
      let clock = 1_000;
      const now = jest.spyOn(performance, 'now').mockImplementation(() => clock);
      try {
        const { transfer } = await server.open();
        clock += 5;
        transfer.wrote(new Uint8Array(0));
        clock += 20;
        transfer.wrote(new Uint8Array(1));
        clock += 60;
        transfer.wrote(new Uint8Array(1));
        clock += 3;
        transfer.res.emit('close');
        expect(await server.recorded(1)).toMatchObject([{ firstByteMs: 25, durationMs: 88 }]);
      } finally {
        now.mockRestore();
      }
    });
  });

  describe('its end', () => {
    it('comes once, however often the connection closes', async () => {
      const { transfer, client } = await server.open();
      transfer.res.emit('close');
      transfer.res.emit('close');
      const { socket } = transfer.req;
      client.destroy();
      if (!socket.destroyed) await once(socket, 'close');
      await new Promise(setImmediate);
      expect(server.records).toHaveLength(1);
    });

    it('leaves no listener on the response', async () => {
      const { transfer } = await server.open();
      const before = transfer.res.listenerCount('close');
      transfer.decline();
      expect(transfer.res.listenerCount('close')).toBe(before - 1);
    });

    it('is written for a request behind another on its connection, whose response has not begun', async () => {
      const { client } = await server.open();
      await server.open({}, client);
      client.rst();
      expect(await server.recorded(2)).toMatchObject([{ outcome: 'client_aborted' }, { outcome: 'client_aborted' }]);
    });

    it('is not written down where the request was declined', async () => {
      const { transfer, client } = await server.open();
      const order: string[] = [];
      transfer.onSettled(() => order.push('cleanup'));
      expect(transfer.isSettled).toBe(false);
      transfer.decline();
      transfer.decline();
      expect(transfer.isSettled).toBe(true);
      expect(order).toEqual(['cleanup']);
      transfer.onSettled(() => order.push('at once'));
      expect(order).toEqual(['cleanup', 'at once']);
      transfer.res.end();
      await client.result();
      expect(server.records).toEqual([]);
      // Nobody waits for such a transfer any more.
      transfer.resolvedTo(resolvedTransfer(), 0);
      transfer.started();
      transfer.fail(LATE);
      transfer.stalled();
      expect(server.starts).toEqual([]);
      expect(transfer.signal.aborted).toBe(false);
      expect(transfer.failure).toBeUndefined();
    });

    it('is not begun before a provider is known', async () => {
      const { transfer } = await server.open();
      transfer.started();
      expect(server.starts).toEqual([]);
    });

    it('is what `ended` waits for', async () => {
      const { transfer, client } = await server.open();
      const order: string[] = [];
      const ended = transfer.ended().then(() => order.push('ended'));
      transfer.delivered();
      await new Promise(setImmediate);
      expect(order).toEqual([]);
      transfer.res.end();
      await client.result();
      await ended;
      expect(transfer.signal.aborted).toBe(false);
      await expect(transfer.ended()).resolves.toBeUndefined();
    });

    it('makes `ended` reject with the failure, during and after', async () => {
      using watch = watchProcess();
      const { transfer } = await server.open();
      const during = expect(transfer.ended()).rejects.toBe(LATE);
      transfer.fail(LATE);
      await during;
      await expect(transfer.ended()).rejects.toBe(LATE);
      watch.expectQuiet();
    });
  });

  describe('its signal', () => {
    it('is aborted by a failure, with the error as its reason', async () => {
      const { transfer } = await server.open();
      let calls = 0;
      transfer.onAborted(() => {
        calls += 1;
      });
      transfer.onAborted(() => {
        throw new Error('ended');
      })();
      transfer.fail(LATE);
      expect(transfer.signal.reason).toBe(LATE);
      expect(calls).toBe(1);
      transfer.fail(new FileContentError('too_large', 'big'));
      transfer.res.destroy();
      await server.recorded(1);
      expect(calls).toBe(1);
      expect(transfer.signal.reason).toBe(LATE);
    });

    it('is aborted when the client stalls or leaves', async () => {
      const { transfer: stalled } = await server.open();
      stalled.stalled();
      expect(stalled.signal.reason).toEqual(new Error('The client stopped reading.'));
      const { transfer: left, client } = await server.open();
      let calls = 0;
      left.onAborted(() => {
        calls += 1;
      });
      client.destroy();
      await server.recorded(1);
      expect(left.signal.reason).toEqual(new Error('The client closed the connection.'));
      expect(calls).toBe(1);
    });

    it('is not aborted by the end of a complete response', async () => {
      const transfer = await deliver('hello');
      await server.recorded(1);
      expect(transfer.signal.aborted).toBe(false);
    });
  });

  it.each([
    ['1.1', undefined, true],
    ['1.1', 5, true],
    ['1.0', 5, true],
    ['1.0', undefined, false],
  ] as const)('with HTTP/%s and the length %s: can an end be told? %s', async (version, bytesExpected, isDelimited) => {
    const { transfer } = await server.open({ version });
    transfer.expects(bytesExpected);
    expect(transfer.isDelimited).toBe(isDelimited);
  });
});
