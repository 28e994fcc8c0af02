import type { AddressInfo } from 'node:net';
import express from 'express';
import { createFileContentRouter, openai } from '../../lib';
import { startContentProvider } from '../support/content-provider';

it('the version of an API in the mount path is not taken for that of a skill', async () => {
  await using upstream = await startContentProvider();
  const router = createFileContentRouter({
    resolveProvider: () => openai({ apiKey: 'k', baseURL: upstream.origin }),
    resources: ['skills'],
  });
  const server = express().use('/:version', router).listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of ['/skills/s1/content', '/skills/s1/versions/2/content']) await fetch(`${origin}/v1${path}`);
  expect(upstream.requests.map(({ url }) => url)).toEqual(['/skills/s1/content', '/skills/s1/versions/2/content']);
  server.closeAllConnections();
  server.close();
});
