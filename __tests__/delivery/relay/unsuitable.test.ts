import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express from 'express';
import { createFileContentRouter, openaiCompatible } from '../../../lib';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { startRawProvider } from '../../support/raw-provider';
import * as rig from '../../support/relay-rig';

const content = rig.content.subarray(0, 2 * 1024 * 1024);

/** Two large downloads: only a relay leaves the provider with one connection for each. */
async function connectionsFor(prepare: (app: express.Express) => void, relay = true): Promise<number> {
  await using provider = await startRawProvider(({ send }) =>
    send(Buffer.concat([Buffer.from(rig.head(content.length)), content])),
  );
  const held = openaiCompatible({ name: 'raw', baseURL: `${provider.origin}/v1`, apiKey: 'sk-test' });
  const app = express();
  prepare(app);
  app.use('/v1', createFileContentRouter({ resolveProvider: () => held, relay }));
  const server = app.listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    using client = await connectRaw((server.address() as AddressInfo).port);
    for (const count of [1, 2]) {
      client.send(requestBytes({ headers: ['Accept-Encoding: gzip'] }));
      await client.result(count);
    }
    const bodies = client.responses().map((response) => response.body.equals(content));
    expect(bodies).toEqual([true, true]);
    return provider.connections.length;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it('relays under plain Express', async () => {
  expect(await connectionsFor(() => undefined)).toBe(2);
});

it('takes the ordinary way where a middleware replaced the response functions, as compression() does', async () => {
  expect(await connectionsFor((app) => app.use(compression()))).toBe(1);
});

it('takes the ordinary way with relay: false', async () => {
  expect(await connectionsFor(() => undefined, false)).toBe(1);
});
