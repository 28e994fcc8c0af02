/** Reads server-sent events without a browser. */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Update } from '../../lib/integrations/transfer-console/snapshot';

export interface EventStream extends Disposable {
  readonly response: IncomingMessage;
  /** Resolves with the next update that fits. */
  update(fits?: (state: Update['state']) => boolean): Promise<Update>;
  /** Resolves with everything that came when the connection has ended. */
  ended(): Promise<string>;
}

/** Opens a stream. Nobody else reads its connection. */
export async function openEvents(url: string): Promise<EventStream> {
  const request = get(url, { agent: false });
  const [response]: [IncomingMessage] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let text = '';
  let read = 0;
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', () => {});
  const end = once(response, 'close');

  async function update(fits: (state: Update['state']) => boolean = () => true): Promise<Update> {
    for (;;) {
      const at = text.indexOf('\n\n', read);
      if (at < 0) {
        if (response.closed) throw new Error(`The stream has ended: ${text.slice(read)}`);
        await Promise.race([once(response, 'data'), end]);
        continue;
      }
      const lines = text.slice(read, at).split('\n');
      read = at + 2;
      const data = lines.find((line) => line.startsWith('data: '));
      if (data === undefined || lines.includes('event: renew')) continue;
      const parsed: Update = JSON.parse(data.slice('data: '.length));
      if (fits(parsed.state)) return parsed;
    }
  }

  return {
    response,
    update,
    async ended() {
      await end;
      return text;
    },
    [Symbol.dispose]: () => void response.destroy(),
  };
}
