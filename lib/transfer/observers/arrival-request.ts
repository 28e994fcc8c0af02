import type { Socket } from 'node:net';
import { headersOf } from '../../http/message-headers';
import { memberOf } from '../../values/own-members';
import type { RecipientRequest } from '../recipient';
import type { ArrivalRequest } from './observer';

/**
 * Describes a client's request. Express decides by its setting `trust proxy` whether the headers of a proxy count; in
 * other frameworks they do not.
 */
export function describeRequest(req: RecipientRequest, socket: Socket): ArrivalRequest {
  const headers = headersOf(req);
  const { remoteAddress, remotePort } = socket;
  const clientAddress = textOf(req, 'ip') ?? remoteAddress;
  const isEncrypted = memberOf(socket, 'encrypted') === true;
  const scheme = (textOf(req, 'protocol') ?? (isEncrypted ? 'https' : 'http')) === 'https' ? 'https' : 'http';
  const userAgent = headers['user-agent'];
  return Object.freeze({
    scheme,
    httpVersion: req.httpVersion,
    ...hostOf(scheme, headers.host, textOf(req, 'hostname')),
    ...(userAgent !== undefined && { userAgent }),
    ...(clientAddress !== undefined && { clientAddress }),
    ...(remoteAddress !== undefined && { peerAddress: remoteAddress }),
    ...(remotePort !== undefined && { peerPort: remotePort }),
  });
}

/** @param named the host according to the framework */
function hostOf(scheme: 'http' | 'https', header = '', named = ''): Pick<ArrivalRequest, 'host' | 'port'> {
  const [asked, trusted] = [header, named].map((text) => URL.parse(`${scheme}://${text}`));
  const address = asked ? addressOf(asked) : undefined;
  if (!trusted) return address ?? {};
  const { host } = addressOf(trusted);
  return host === address?.host ? address : { host };
}

/** Returns the host of a URL, an IPv6 address without brackets, and the port, also if it is that of the scheme. */
export function addressOf({ hostname, port, protocol }: URL): { readonly host: string; readonly port: number } {
  const standard = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standard : Number(port) };
}

function textOf(req: object, name: string): string | undefined {
  const value = memberOf(req, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
