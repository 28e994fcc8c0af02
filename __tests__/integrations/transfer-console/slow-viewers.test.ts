import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Viewers } from '../../../lib/integrations/transfer-console/viewers';

const INTERVAL = 1_000;

/** A response whose connection takes bytes only when it is told to. */
function viewer() {
  const socket = new Socket();
  const req = new IncomingMessage(socket);
  const res = new ServerResponse(req);
  const written: string[] = [];
  let waiting = 0;
  jest.spyOn(res, 'write').mockImplementation((chunk: string | Buffer) => {
    written.push(String(chunk));
    return true;
  });
  jest.spyOn(res, 'end').mockImplementation((chunk?: unknown) => {
    written.push(`${chunk ?? ''}`, 'END');
    return res;
  });
  Object.defineProperty(res, 'writableLength', { get: () => waiting });
  return {
    req,
    res,
    written,
    stall: () => {
      waiting = 100;
    },
    drain: () => {
      waiting = 0;
    },
    text: () => written.splice(0).join(''),
  };
}

describe('viewers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function start() {
    let state = '"a"';
    let described = 0;
    let isOver = false;
    const viewers = new Viewers(
      {
        describe: () => {
          described += 1;
          return state;
        },
        isOver: () => isOver,
      },
      INTERVAL,
    );
    return {
      viewers,
      change: (text: string) => {
        state = text;
      },
      finish: () => {
        isOver = true;
      },
      described: () => described,
    };
  }

  it('cost one description per interval together, and none without any', () => {
    const { viewers, described } = start();
    jest.advanceTimersByTime(10 * INTERVAL);
    expect(described()).toBe(0);
    const all = [viewer(), viewer(), viewer()];
    for (const { req, res } of all) viewers.add(req, res);
    expect(described()).toBe(1);
    jest.advanceTimersByTime(2 * INTERVAL);
    expect(described()).toBe(3);
    for (const { res } of all) res.emit('close');
    expect(viewers.size).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('get nothing while nothing changes, but a heartbeat', () => {
    const { viewers } = start();
    const one = viewer();
    viewers.add(one.req, one.res);
    expect(one.text()).toMatch(/^retry: 3000\ndata: \{"at":\d+,"now":\d+,"state":"a"\}\n\n$/);
    jest.advanceTimersByTime(14_000);
    expect(one.text()).toBe('');
    jest.advanceTimersByTime(1_000);
    expect(one.text()).toMatch(/^: heartbeat\ndata: /);
  });

  it('that are slow miss events, get the last one when they read again, and hold none in memory', () => {
    const { viewers, change } = start();
    const slow = viewer();
    viewers.add(slow.req, slow.res);
    slow.text();
    slow.stall();
    for (const state of ['"b"', '"c"', '"d"']) {
      change(state);
      jest.advanceTimersByTime(INTERVAL);
    }
    expect(slow.text()).toBe('');
    slow.drain();
    jest.advanceTimersByTime(INTERVAL);
    const text = slow.text();
    expect(text).toContain('"state":"d"');
    expect(text.match(/data:/g)).toHaveLength(1);
  });

  it('that read nothing are dropped after 30 seconds', async () => {
    const { viewers } = start();
    const dead = viewer();
    viewers.add(dead.req, dead.res);
    dead.stall();
    const closed = once(dead.res, 'close');
    jest.advanceTimersByTime(29_000);
    expect(dead.res.destroyed).toBe(false);
    jest.advanceTimersByTime(1_000);
    expect(dead.res.destroyed).toBe(true);
    jest.useRealTimers();
    dead.res.emit('close');
    await closed;
    expect(viewers.size).toBe(0);
  });

  it('are asked to connect anew after five minutes', () => {
    const { viewers } = start();
    const one = viewer();
    viewers.add(one.req, one.res);
    jest.advanceTimersByTime(5 * 60_000 - INTERVAL);
    expect(one.text()).not.toContain('END');
    jest.advanceTimersByTime(INTERVAL);
    expect(one.text()).toMatch(/event: renew\ndata: now\n\nEND$/);
    expect(viewers.size).toBe(0);
  });

  it('that read nothing do not keep a closing gateway waiting', () => {
    const { viewers, finish } = start();
    const [stuck, reading] = [viewer(), viewer()];
    for (const { req, res } of [stuck, reading]) viewers.add(req, res);
    stuck.stall();
    finish();
    jest.advanceTimersByTime(INTERVAL);
    expect(stuck.res.destroyed).toBe(true);
    expect(reading.text()).toMatch(/END$/);
  });
});
