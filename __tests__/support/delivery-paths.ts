/**
 * Every way by which a body reaches a client, one line each. A new way is added here, and every table of paths has it.
 */
import { PassThrough } from 'node:stream';
import { type BufferedContent, bufferedProvider, type Delivery, type Provider } from '../../lib/index';
import type { FetchRequest } from '../../lib/provider-contract/provider';
import { RELAY_FROM_BYTES } from '../../lib/upstream/agents/relay-bound';
import { patternBytes } from './download';
import { answer, type RawScript } from './raw-provider';

export interface DeliveryPathRow {
  readonly name: string;
  readonly delivery: Delivery;
  readonly body: Buffer;
  /** May the client have a part of the body when the provider fails, as nothing is held back? */
  readonly sendsEarly: boolean;
  /** A provider at `origin`, which tells `asked` what it was asked for. */
  provider(origin: string, asked?: (request: FetchRequest) => void): Provider;
}

/** The members that a provider has besides its name. */
type Members = Readonly<Record<string, unknown>>;

function located(members: Members = {}): DeliveryPathRow['provider'] {
  return (origin, asked) => ({
    name: 'held',
    streaming: true,
    locate(request) {
      asked?.(request);
      return { url: `${origin}/${encodeURIComponent(request.fileId)}` };
    },
    ...members,
  });
}

const fetched: DeliveryPathRow['provider'] = (origin, asked) =>
  bufferedProvider({
    name: 'held',
    async fetchContent(request) {
      asked?.(request);
      const response = await fetch(`${origin}/${encodeURIComponent(request.fileId)}`, { signal: request.signal });
      const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
      return { body: response.body ?? Buffer.alloc(0), contentType, filename: 'provider.csv' };
    },
  });

const SMALL = Buffer.from('content of a file');
const LARGE = patternBytes(RELAY_FROM_BYTES.tcp + 1_000);
const through = { transform: () => new PassThrough() };
const converting = { convert: ({ body }: BufferedContent) => ({ body }) };

export const DELIVERY_PATHS: readonly DeliveryPathRow[] = [
  { name: 'relay', delivery: 'stream', body: LARGE, sendsEarly: true, provider: located() },
  { name: 'pipeline', delivery: 'stream', body: SMALL, sendsEarly: true, provider: located() },
  { name: 'transformed', delivery: 'stream', body: SMALL, sendsEarly: true, provider: located(through) },
  { name: 'buffer', delivery: 'buffer', body: SMALL, sendsEarly: false, provider: located() },
  { name: 'buffer, past the parser', delivery: 'buffer', body: LARGE, sendsEarly: false, provider: located() },
  { name: 'buffer, transformed', delivery: 'buffer', body: SMALL, sendsEarly: false, provider: located(through) },
  { name: 'buffer, converted', delivery: 'buffer', body: SMALL, sendsEarly: false, provider: located(converting) },
  { name: 'function', delivery: 'buffer', body: SMALL, sendsEarly: false, provider: fetched },
];

/** Sends the path's body, as CSV under the provider's own name for it. */
export function sendsBody({ body }: DeliveryPathRow): RawScript {
  const bytes = answer(body, ['Content-Type: text/csv', 'Content-Disposition: attachment; filename="provider.csv"']);
  const head = bytes.subarray(0, bytes.length - body.length);
  return ({ head: request, send }) => send(request.startsWith('HEAD') ? head : bytes);
}
