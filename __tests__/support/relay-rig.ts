/** A gateway whose bodies go past the HTTP parser, over TCP or TLS, and the relay's counters. */
import { randomBytes } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { relayPool } from '../../lib/delivery/relay/buffer-pool';
import { type FileContentRouterOptions, openaiCompatible } from '../../lib/index';
import { makeCertificate } from './certificates';
import { type Gateway, startGateway } from './gateway';
import { settled } from './leaks';
import { type RawProvider, type RawScript, startRawProvider } from './raw-provider';

export type Scheme = 'http' | 'https';

/** A raw provider and a gateway that relays from it, over TCP or TLS. */
export interface RelayRig extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly port: number;
  readonly provider: RawProvider;
}

export async function startRelayRig(
  scheme: Scheme,
  script: RawScript,
  options: Partial<FileContentRouterOptions> = {},
): Promise<RelayRig> {
  const tls = scheme === 'https' ? makeCertificate() : undefined;
  const provider = await startRawProvider(script, tls === undefined ? {} : { tls });
  const held = openaiCompatible({ name: 'raw', baseURL: `${provider.origin}/v1`, apiKey: 'sk-test' });
  const gateway = await startGateway({
    resolveProvider: () => held,
    ...(tls && { agents: { https: new https.Agent({ keepAlive: true, ca: tls.cert }) } }),
    ...options,
  });
  return {
    gateway,
    provider,
    port: Number(new URL(gateway.origin).port),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

export function head(length: number): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`;
}

const MIB = 1024 * 1024;
export const content = randomBytes(24 * MIB);

/** Starts a download whose content is not read yet. */
export function download(gateway: Gateway): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    http.get(`${gateway.origin}/v1/files/file-1/content`, { agent: false }, resolve).on('error', reject);
  });
}

export function relaysRunning(count: number): Promise<readonly string[]> {
  return settled(() => (relayPool.members === count ? [] : [`${relayPool.members} relays, expected ${count}`]));
}

export function nothingLent(): Promise<readonly string[]> {
  return settled(() => (relayPool.leasedBytes === 0 ? [] : [`${relayPool.leasedBytes} bytes still lent`]));
}

export function somethingLent(): Promise<readonly string[]> {
  return settled(() => (relayPool.leasedBytes > 0 ? [] : ['nothing lent']));
}
