// `npm start`: the gateway of gateway.mts as a server. Without OPENAI_API_KEY it asks a provider that runs in this
// process.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { startDemoProvider } from './demo-provider.mts';

let fileId = process.env['OPENAI_FILE_ID'] ?? 'FILE_ID';
if (!process.env['OPENAI_API_KEY']) {
  const provider = await startDemoProvider();
  process.env['OPENAI_API_KEY'] = provider.apiKey;
  process.env['OPENAI_BASE_URL'] = provider.baseURL;
  fileId = provider.fileId;
  console.log('OPENAI_API_KEY is not set: the gateway asks a provider within this process.');
}

const { server } = await import('./gateway.mts');
if (!server.listening) await once(server, 'listening');
const { port } = server.address() as AddressInfo;
console.log(`The gateway listens on http://127.0.0.1:${port}. Try:\n`);
console.log(`  curl -fo content.bin http://127.0.0.1:${port}/v1/files/${fileId}/content\n`);
