import { streamProvider } from '../../lib/index';
import { type Gateway, startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';
import { connectRaw, type RawClient, requestBytes } from '../support/raw-client';

/** More than the system takes for a client that does not read. */
const CONTENT = Buffer.alloc(32 * 1024 * 1024, 'x');

const ENDINGS: Readonly<Record<string, (client: RawClient, gateway: Gateway) => void>> = {
  'the client leaves by FIN': (client) => client.destroy(),
  'the client leaves by RST': (client) => client.rst(),
  'the application closes every connection': (_client, { sockets }) => {
    for (const socket of sockets) socket.destroy();
  },
};

it.each(Object.entries(ENDINGS))('what was written has not all been sent where %s', async (_how, end) => {
  const provider = streamProvider({ name: 'held', openContent: () => ({ body: CONTENT }) });
  await using gateway = await startGateway({ resolveProvider: () => provider });
  using client = await connectRaw(gateway.port);
  client.pause();
  client.send(requestBytes());
  await eventually('bytes wait for the client', () => (gateway.sockets[0]?.writableLength ?? 0) > 0);
  end(client, gateway);
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', complete: 'no' }]);
});
