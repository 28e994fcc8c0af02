import { once } from 'node:events';
import { get, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { onResetAtEnd } from '../../lib/upstream/detect-reset';
import { startRawProvider } from '../support/raw-provider';

/** A response on a connection without a peer, as one is that was reset. */
function withoutPeer(headers: Readonly<Record<string, string>> = {}) {
  const socket = new Socket();
  const response = new IncomingMessage(socket);
  Object.assign(response.headers, headers);
  const order: unknown[] = [];
  // Node's own, which takes the content for complete.
  socket.on('end', () => order.push('end'));
  onResetAtEnd(response, 'GET', (error) => order.push(error));
  return { socket, order };
}

describe('onResetAtEnd', () => {
  it('calls back before the body counts as complete', () => {
    const { socket, order } = withoutPeer();
    socket.emit('end');
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(order).toEqual([reset, 'end']);
    expect(order[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('says nothing of a connection that this side has destroyed', () => {
    const { socket, order } = withoutPeer();
    socket.destroy();
    socket.emit('end');
    expect(order).toEqual(['end']);
  });

  it.each([{ 'content-length': '5' }, { 'transfer-encoding': 'chunked' }])(
    'leaves a content alone that tells its own end: %j',
    (headers) => {
      const { socket, order } = withoutPeer(headers);
      socket.emit('end');
      expect(order).toEqual(['end']);
    },
  );

  it('says nothing of a connection that has ended', async () => {
    await using provider = await startRawProvider(({ send, fin }) => {
      void send('HTTP/1.1 200 OK\r\n\r\ncontent');
      fin();
    });
    const errors: Error[] = [];
    const request = get(provider.origin, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    onResetAtEnd(response, 'GET', (error) => errors.push(error));
    expect((await response.toArray()).join('')).toBe('content');
    expect(response.complete).toBe(true);
    expect(errors).toEqual([]);
  });
});
