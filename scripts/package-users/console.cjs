const { once } = require('node:events');
const express = require('express');
const { createFileContent } = require('express-file-content');
const { transferConsole } = require('express-file-content/console');

async function main() {
  const app = express();
  app.use('/transfers', transferConsole(createFileContent({})));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  let bytes = 0;
  for (const name of ['', 'console.css', 'console.js', 'elements.js', 'format.js', 'rows.js']) {
    const response = await fetch(`${origin}/transfers/${name}`);
    if (response.status !== 200) throw new Error(`console: ${name || 'the page'} is missing`);
    bytes += (await response.arrayBuffer()).byteLength;
  }
  const events = await fetch(`${origin}/transfers/events`);
  const { value } = await events.body.getReader().read();
  if (!Buffer.from(value).includes('retry: ')) throw new Error('console: no events');
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  console.log(`console: a page of ${bytes} bytes, with events`);
}

main();
