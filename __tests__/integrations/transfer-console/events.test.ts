import { once } from 'node:events';
import type { Socket } from 'node:net';
import { heldFile, startConsoleGateway } from '../../support/console-gateway';
import { openEvents } from '../../support/event-stream';

const LENGTH = 400_000;

describe('the events of the console', () => {
  it('show a transfer in flight, then its end', async () => {
    const held = heldFile(LENGTH);
    await using gateway = await startConsoleGateway({
      files: { 'file-1': held.file },
      resolution: { tenant: 'acme', fileId: 'file-1' },
    });
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    const before = await events.update();
    expect(before.state).toMatchObject({ inFlight: 0, transfers: [], finished: [], failures: [], providers: [] });

    const downloaded = gateway.download('file-of-client');
    const during = await events.update(({ transfers }) => transfers[0]?.bytesSent === LENGTH / 2);
    expect(during.state.inFlight).toBe(1);
    expect(during.state.transfers[0]).toEqual({
      id: expect.any(String),
      method: 'GET',
      resource: 'files',
      fileId: 'file-of-client',
      upstreamFileId: 'file-1',
      provider: 'fake',
      tenant: 'acme',
      bytesSent: LENGTH / 2,
      bytesExpected: LENGTH,
      phase: 'sending',
      ageMs: expect.any(Number),
    });

    held.release();
    expect(await downloaded).toBe(LENGTH);
    const after = await events.update(({ finished }) => finished.length > 0);
    expect(after.state).toMatchObject({
      inFlight: 0,
      transfers: [],
      failures: [],
      finished: [{ fileId: 'file-of-client', words: 'Completed', bytesSent: LENGTH, resumes: 0 }],
      providers: [{ name: 'fake', completed: 1, failed: 0, bytesSent: LENGTH }],
    });
    expect(after.at).toBeGreaterThan(during.at);
  });

  it('give the cause of a failure in words, with its code and what to look up', async () => {
    await using gateway = await startConsoleGateway({
      files: { 'file-cut': { content: Buffer.alloc(LENGTH), fault: { kind: 'cut', afterBytes: 100_000, by: 'fin' } } },
    });
    expect(await gateway.download('file-cut')).toBeUndefined();
    await gateway.download('file-none');
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    const { state } = await events.update(({ failures }) => failures.length === 2);
    const [refused, cut] = state.failures;
    expect(cut).toMatchObject({ words: 'The provider cut the body off', level: 'error', bytesExpected: LENGTH });
    expect(cut?.code).toBe('provider_invalid_response');
    expect(cut?.message).toBe("The provider's response ended before the whole content had arrived.");
    expect(refused).toMatchObject({ words: 'The provider refused', code: 'file_not_found', level: 'warn' });
    expect(refused?.details).toContainEqual(['Provider’s status', '404']);
    expect(state.providers).toEqual([
      {
        name: 'fake',
        completed: 0,
        failed: 2,
        bytesSent: expect.any(Number),
        outcomes: [
          { words: 'The provider refused', count: 1 },
          { words: 'The provider cut the body off', count: 1 },
        ],
      },
    ]);
  });

  it('have a head that no cache and no compression touches', async () => {
    await using gateway = await startConsoleGateway();
    using events = await openEvents(`${gateway.origin}/transfers/events`);
    expect(events.response.statusCode).toBe(200);
    expect(events.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
  });

  it('tell the browser when to reconnect', async () => {
    await using gateway = await startConsoleGateway();
    const events = await openEvents(`${gateway.origin}/transfers/events`);
    await events.update();
    events[Symbol.dispose]();
    expect(await events.ended()).toMatch(/^retry: 3000\ndata: \{/);
  });

  it('reach each viewer, also those who came before another', async () => {
    await using gateway = await startConsoleGateway({ files: { 'file-1': 'hello' } });
    using first = await openEvents(`${gateway.origin}/transfers/events`);
    await first.update();
    await gateway.download('file-1');
    using second = await openEvents(`${gateway.origin}/transfers/events`);
    for (const events of [first, second]) await events.update(({ finished }) => finished.length === 1);
  });

  it('are refused beyond the number of viewers, until one leaves', async () => {
    await using gateway = await startConsoleGateway({ console: { maxViewers: 1 } });
    const url = `${gateway.origin}/transfers/events`;
    const connected = once(gateway.server, 'connection');
    const first = await openEvents(url);
    const [socket]: [Socket] = (await connected) as [Socket];
    await first.update();
    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    const left = once(socket, 'close');
    first[Symbol.dispose]();
    await left;
    using next = await openEvents(url);
    expect(next.response.statusCode).toBe(200);
  });
});
