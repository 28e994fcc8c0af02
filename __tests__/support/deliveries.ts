/** A gateway before a raw provider, in either delivery: for tests of what both have to do alike. */
import { type Delivery, type LocatedProvider, openaiCompatible, type Resolution } from '../../lib/index';
import { type Gateway, type GatewayOptions, startGateway } from './gateway';
import { type RawRequest, type RawResult, rawRequest } from './raw-client';
import { type RawProvider, type RawScript, startRawProvider } from './raw-provider';

export const DELIVERIES: readonly Delivery[] = ['stream', 'buffer'];

/** A router before a provider that answers each request by a script. */
export interface Running extends AsyncDisposable {
  readonly app: Gateway;
  readonly provider: RawProvider;
  /** Sends one request on a connection of its own. */
  get(request?: RawRequest): Promise<RawResult>;
}

export interface RunningOptions extends Partial<GatewayOptions> {
  /** Members of the provider besides those of `openaiCompatible`. */
  readonly provider?: Readonly<Record<string, unknown>>;
  readonly resolution?: Partial<Resolution>;
}

export async function runDelivery(
  delivery: Delivery,
  script: RawScript,
  { provider: change = {}, resolution = {}, ...options }: RunningOptions = {},
): Promise<Running> {
  const provider = await startRawProvider(script);
  const held: LocatedProvider = Object.assign(
    {},
    openaiCompatible({ name: 'held', baseURL: provider.origin, apiKey: 'key' }),
    change,
  );
  const app = await startGateway({
    resolveProvider: () => ({ provider: held, delivery, ...resolution }),
    buffer: { retries: 0 },
    ...options,
  });
  return {
    app,
    provider,
    get: (request) => rawRequest(app.port, request),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

/** A script that answers every request with these lines. */
export function says(...lines: readonly string[]): RawScript {
  return ({ send }) => send(lines.join('\r\n'));
}

/** Has a request that arrived at the provider this header line? */
export function hasHeader(head: string | undefined, name: string): boolean {
  return new RegExp(`^${name}:`, 'im').test(head ?? '');
}
