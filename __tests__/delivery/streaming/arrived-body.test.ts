import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { arrivedBody } from '../../../lib/delivery/streaming/arrived-body';
import { eventually } from '../../support/leaks';
import { answer, type RawProvider, type RawScript, startRawProvider } from '../../support/raw-provider';

describe('arrivedBody', () => {
  let provider: RawProvider | undefined;

  afterEach(() => provider?.close());

  async function respond(script: RawScript, method = 'GET'): Promise<IncomingMessage> {
    provider = await startRawProvider(script);
    const { origin } = provider;
    return new Promise((resolve) => {
      get(origin, { agent: false, method }, (response) => {
        resolve(response.on('error', () => undefined));
      }).on('error', () => undefined);
    });
  }

  it('is a body that has arrived whole, in any number of pieces', async () => {
    let finish: () => void = () => undefined;
    const response = await respond(({ send }) => {
      finish = () => void send('world');
      return send('HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello ');
    });
    await eventually('the first piece', () => response.readableLength === 6);
    finish();
    await eventually('the whole content', () => response.complete);
    const ended = once(response, 'end');
    expect(arrivedBody(response, 11)?.toString()).toBe('hello world');
    await ended;
  });

  it('may be empty', async () => {
    const response = await respond(({ send }) => send(answer('')));
    await eventually('the whole content', () => response.complete);
    const ended = once(response, 'end');
    expect(arrivedBody(response, 0)).toEqual(Buffer.alloc(0));
    await ended;
  });

  it('is undefined if the length is unknown or different', async () => {
    const response = await respond(({ send }) => send(answer('hello')));
    await eventually('the whole content', () => response.complete);
    for (const length of [undefined, 4, 6]) expect(arrivedBody(response, length)).toBeUndefined();
    expect(response.readableLength).toBe(5);
  });

  it('is undefined while more may come', async () => {
    const response = await respond(({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello'));
    await eventually('a part', () => response.readableLength === 5);
    expect(arrivedBody(response, 5)).toBeUndefined();
  });

  it('is undefined for a response that was destroyed', async () => {
    const response = await respond(({ send }) => send(answer('hello')));
    await eventually('the whole content', () => response.complete);
    response.destroy();
    expect(arrivedBody(response, 5)).toBeUndefined();
  });
});
