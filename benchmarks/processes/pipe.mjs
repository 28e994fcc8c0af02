import * as http from 'node:http';
import * as https from 'node:https';
import { announcePort } from './announce.mjs';

/** The shortest proxy that Node can have: a request whose response is piped. Argument: the provider's origin. */
const [origin = ''] = process.argv.slice(2);
const client = origin.startsWith('https:') ? https : http;
const agent = new client.Agent({ keepAlive: true });

const server = http.createServer((req, res) => {
  const request = client.get(origin + req.url, { agent }, (response) => {
    res.writeHead(response.statusCode, response.headers);
    response.on('error', () => res.destroy());
    response.pipe(res);
  });
  request.on('error', () => res.destroy());
  res.on('close', () => request.destroy());
});
announcePort(server);
