import { once } from 'node:events';
import { openaiCompatible } from '../../lib/index';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

const LEAVING = ['rst', 'destroy'] as const;

describe.each(EXPRESS_MAJORS)(
  'L2: a client that leaves cancels the request to the provider (Express %i)',
  (express) => {
    describe.each(LEAVING)('by %s', (leave) => {
      const silent: RawScript = () => undefined;
      const flowing: RawScript = async ({ send, socket }) => {
        await send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        while (socket.writable) await send(`10000\r\n${'x'.repeat(65_536)}\r\n`);
      };
      const stalled: RawScript = ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');

      it.each([
        ['while it waits for the headers', silent, 0],
        ['while the body flows', flowing, 1_000_000],
        ['while the provider says nothing in the middle', stalled, 100],
      ])('%s', async (_when, script, bytes) => {
        await using provider = await startRawProvider(script);
        const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
        await using app = await startGateway({ express, resolveProvider: () => held });
        using client = await connectRaw(app.port);
        client.send(requestBytes());
        await provider.requestsReceived(1);
        await client.until((received) => received.length >= bytes);
        client[leave]();
        // Every limit of time is longer than this test may take.
        await provider.connections[0]?.closed;
        const [record] = await app.recorded(1);
        expect(record).toMatchObject({ outcome: 'client_aborted', complete: 'no', status: bytes === 0 ? 499 : 200 });
      });

      it('while the resolver runs: no connection is opened at all, and the resolver hears of it', async () => {
        await using provider = await startRawProvider(({ send }) => send(answer('hello')));
        const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
        const reasons: unknown[] = [];
        let entered: () => void = () => undefined;
        const inResolver = new Promise<void>((resolve) => {
          entered = resolve;
        });
        await using app = await startGateway({
          express,
          async resolveProvider(_req, { signal }) {
            entered();
            await once(signal, 'abort');
            reasons.push(signal.reason);
            return held;
          },
        });
        using client = await connectRaw(app.port);
        client.send(requestBytes());
        await inResolver;
        client[leave]();
        await app.recorded(1);
        expect(app.records).toMatchObject([{ outcome: 'client_aborted', status: 499, attempts: 0 }]);
        expect(reasons).toEqual([expect.objectContaining({ message: 'The client closed the connection.' })]);
        expect(provider.connections).toHaveLength(0);
      });

      it('while locate() runs', async () => {
        await using provider = await startRawProvider(({ send }) => send(answer('hello')));
        let located: () => void = () => undefined;
        const inLocate = new Promise<void>((resolve) => {
          located = resolve;
        });
        await using app = await startGateway({
          express,
          resolveProvider: () => ({
            name: 'held',
            streaming: true,
            async locate({ signal }) {
              located();
              await once(signal, 'abort');
              return { url: provider.origin };
            },
          }),
        });
        using client = await connectRaw(app.port);
        client.send(requestBytes());
        await inLocate;
        client[leave]();
        expect(await app.recorded(1)).toMatchObject([{ outcome: 'client_aborted', provider: 'held' }]);
        expect(provider.connections).toHaveLength(0);
      });
    });

    it('300 that leave during the resolver open no connection, and the next one is served at once', async () => {
      await using provider = await startRawProvider(({ send }) => send(answer('hello')));
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      let isSlow = true;
      let waiting = 0;
      let allWait: () => void = () => undefined;
      const all = new Promise<void>((resolve) => {
        allWait = resolve;
      });
      const release: (() => void)[] = [];
      await using app = await startGateway({
        express,
        async resolveProvider() {
          // This resolver ignores its signal: it goes on after its client has left, and then names a provider.
          if (isSlow) {
            await new Promise<void>((resolve) => {
              release.push(resolve);
              waiting += 1;
              if (waiting === 300) allWait();
            });
          }
          return held;
        },
      });
      const clients = await Promise.all(Array.from({ length: 300 }, () => connectRaw(app.port)));
      for (const client of clients) client.send(requestBytes());
      await all;
      for (const client of clients) client.rst();
      await app.recorded(300);
      isSlow = false;
      using next = await connectRaw(app.port);
      next.send(requestBytes());
      const { response } = await next.result();
      expect(response.body.toString()).toBe('hello');
      for (const go of release) go();
      await new Promise(setImmediate);
      next.send(requestBytes());
      await next.result(2);
      expect(provider.requests).toHaveLength(2);
      expect(provider.connections).toHaveLength(1);
      expect(app.records.slice(0, 300).every(({ outcome }) => outcome === 'client_aborted')).toBe(true);
      expect(app.records.slice(300)).toMatchObject([{ outcome: 'completed' }, { outcome: 'completed' }]);
    });
  },
);
