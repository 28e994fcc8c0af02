import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { startGateway } from '../../support/gateway';
import { startRawProvider } from '../../support/raw-provider';

const STARTED = 'http.client.request.start';

function applicationListener(): void {}

/** Collects the requests to a port as instrumentation does, and listens to their errors. */
function watchRequests(port: number): { readonly made: ClientRequest[] } & Disposable {
  const made: ClientRequest[] = [];
  const onStart = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    if (request.getHeader('host') === `127.0.0.1:${port}`) made.push(request.on('error', applicationListener));
  };
  subscribe(STARTED, onStart);
  return { made, [Symbol.dispose]: () => void unsubscribe(STARTED, onStart) };
}

function firstByteOf(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => response.once('readable', () => resolve(response))).on('error', reject);
  });
}

describe.each([
  ['relayed', 300_000],
  ['piped', 10_000],
] as const)('while a body is %s', (_path, length) => {
  it('the request has no listener of the engine, which would keep its state, and those of others', async () => {
    await using provider = await startRawProvider(({ send }) =>
      send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nContent-Type: text/plain\r\n\r\nbeginning`),
    );
    await using app = await startGateway({ upstream: provider.origin });
    using requests = watchRequests(provider.port);
    const response = await firstByteOf(`${app.origin}/v1/files/file-1/content`);
    const [request] = requests.made;
    expect(request?.listenerCount('response')).toBe(0);
    expect(request?.listeners('error').map(({ name }) => name)).toEqual(['applicationListener', 'failed']);
    response.destroy();
    await app.recorded(1);
  });
});
