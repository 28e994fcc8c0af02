import * as http from 'node:http';
import * as https from 'node:https';

/**
 * A request to the origin whose response is piped, over connections that are kept.
 *
 * @param {string} origin
 * @returns {http.RequestListener}
 */
export function pipeTo(origin) {
  const client = origin.startsWith('https:') ? https : http;
  const agent = new client.Agent({ keepAlive: true });
  return (req, res) => {
    const request = client.get(origin + req.url, { agent }, (response) => {
      res.writeHead(response.statusCode, response.headers);
      response.on('error', () => res.destroy());
      response.pipe(res);
    });
    request.on('error', () => res.destroy());
    res.on('close', () => request.destroy());
  };
}
