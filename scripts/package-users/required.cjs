const { once } = require('node:events');
const express = require('express');
const { createFileContentRouter, openaiCompatible } = require('express-file-content');
const { fakeProvider } = require('express-file-content/testing');

async function main() {
  const content = Buffer.alloc(1_000_000, 'abc');
  const provider = await fakeProvider({ apiKey: 'key', files: { 'file-1': content } });
  const records = [];
  const app = express();
  app.use(
    '/v1',
    createFileContentRouter({
      resolveProvider: () => openaiCompatible({ name: 'fake', baseURL: provider.baseURL, apiKey: 'key' }),
      logger: { finished: (record) => records.push(record) },
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${server.address().port}/v1/files/file-1/content`);
  const received = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200 || !received.equals(content)) throw new Error('required: another content');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  await provider.close();
  if (records.length !== 1 || records[0].outcome !== 'completed') throw new Error('required: another record');
  console.log(`require: ${received.length} bytes through a gateway, one record`);
}

main();
