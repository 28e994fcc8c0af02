/** A gateway that buffers, before a raw provider: for tests of buffered delivery. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { FileContentRouterOptions, LocatedProvider, Provider } from '../../lib';
import { type Gateway, startGateway } from './gateway';
import { type RawProvider, type RawScript, startRawProvider } from './raw-provider';

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for `file-1` on a connection of its own. @throws where the body ends early */
export function ask(origin: string, { method = 'GET', headers = {} }: Asking = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${origin}/v1/files/file-1/content`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

/** A provider at `origin` whose content is buffered. */
export function bufferedAt(origin: string, more: Partial<LocatedProvider> = {}): LocatedProvider {
  return { name: 'test', streaming: false, locate: () => ({ url: `${origin}/content` }), ...more };
}

export interface Buffering extends AsyncDisposable {
  readonly upstream: RawProvider;
  readonly gateway: Gateway;
}

/** A gateway that buffers, before a provider that answers each request by `script`. */
export async function startBuffering(
  script: RawScript,
  options: Partial<FileContentRouterOptions> & { readonly provider?: Partial<LocatedProvider> } = {},
): Promise<Buffering> {
  const { provider, ...others } = options;
  const upstream = await startRawProvider(script);
  const located = bufferedAt(upstream.origin, provider);
  const gateway = await startGateway({ resolveProvider: () => located, ...others });
  return {
    upstream,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await upstream.close();
    },
  };
}

export function gatewayOf(provider: Provider, options: Partial<FileContentRouterOptions> = {}): Promise<Gateway> {
  return startGateway({ resolveProvider: () => provider, ...options });
}
