import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Tells whether only this machine can reach an address. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Refuses requests on the loopback interface for any other name than `localhost` or an address. A page in a browser can
 * let its own name point to 127.0.0.1 (DNS rebinding) and would otherwise read the files.
 */
export function requireLocalName(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  const { host } = req.headers;
  const { localAddress = '' } = req.socket;
  if (host === undefined || !isLoopback(localAddress) || isLocalName(host)) {
    next();
    return;
  }
  res.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' });
  res.end('Use the address of the gateway, or localhost, in the URL.\n');
}

/** Responds with a 404 unless the request arrived on the loopback interface: what follows has no authentication. */
export function onlyFromThisMachine(req: IncomingMessage, res: ServerResponse, next: () => void): void {
  if (isLoopback(req.socket.localAddress ?? '')) {
    next();
    return;
  }
  res.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  res.end('Not found.\n');
}

/** Takes the value of a Host header. */
function isLocalName(host: string): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
