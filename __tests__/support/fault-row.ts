/** Runs one fault of the acceptance matrix in every combination, and checks what holds after any fault. */
import type { FileContentErrorCode, Outcome, TransferRecord } from '../../lib/index';
import { CLIENT_KEY, captureConsole, findSecret, PROVIDER_KEY } from './canary';
import type { TestCertificate } from './certificates';
import { type Gateway, type GatewayOptions, startGateway } from './gateway';
import { expectReleased, settled, takeBaseline, watchProcess } from './leaks';
import { connectRaw, type RawClient, type RawResult, requestBytes } from './raw-client';
import { answer, type RawExchange, type RawProvider, type RawScript, startRawProvider } from './raw-provider';

/** How a row is asked for: every fault is tried in every combination that makes sense for it. */
export interface Variant {
  readonly ask: 'GET' | 'HEAD' | 'Range';
  readonly connection: 'keep-alive' | 'close';
  readonly delivery: 'stream' | 'buffer';
}

/** What the client must see. */
export type Seen =
  /** A complete answer with this content; `undefined` where it has none. */
  | { readonly kind: 'content'; readonly status?: number; readonly body: string | Buffer | undefined }
  /** OpenAI's error body, whole and self-made. */
  | { readonly kind: 'error'; readonly status: number; readonly code: FileContentErrorCode }
  /** A success that was cut: its connection destroyed, at most these bytes of it received. */
  | { readonly kind: 'abort'; readonly body: string | Buffer; readonly exactly?: boolean };

export interface Expected {
  readonly client: Seen;
  readonly outcome: Outcome;
  /** Checked with toMatchObject. */
  readonly record?: Partial<TransferRecord>;
  /** Requests that the provider may have received for this transfer; default 1. */
  readonly requests?: number;
  /** May the provider's connection be kept for the next request? Default false: every one is closed. */
  readonly reused?: boolean;
}

/** What a provider's script may know of the client, to order its faults without a clock. */
export interface ClientView {
  /**
   * Fulfilled when the client has this many bytes of content; at once in `buffer` delivery, where it gets none before
   * the end.
   */
  received(count: number): Promise<void>;
}

export interface Fault {
  /** The row's number in the list of faults. */
  readonly row: number;
  readonly name: string;
  /** What the provider does with the request. Default: nothing, it stalls. */
  readonly provider?: (exchange: RawExchange, client: ClientView) => unknown;
  readonly tls?: TestCertificate;
  readonly asks?: readonly Variant['ask'][];
  readonly deliveries?: readonly Variant['delivery'][];
  readonly gateway?: (provider: RawProvider) => GatewayOptions;
  /** More header lines for the client's request. */
  readonly headers?: readonly string[];
  readonly expected: (variant: Variant) => Expected;
  /** More to check, with everything still standing. */
  readonly also?: (context: {
    result: RawResult;
    provider: RawProvider;
    gateway: Gateway;
    variant: Variant;
  }) => unknown;
}

/** A text of the provider's that no client may ever read. */
export const PROVIDER_TEXT = 'provider-internal-text';

const ALL_ASKS = ['GET', 'HEAD', 'Range'] as const;
/** Deliveries that every test of this suite is run with. */
export const DELIVERIES: readonly Variant['delivery'][] = ['stream', 'buffer'];

/** The variants of a fault, as jest's `it.each` takes them. */
export function variantsOf(fault: Fault): [string, Variant][] {
  const variants: [string, Variant][] = [];
  for (const delivery of fault.deliveries ?? DELIVERIES) {
    for (const ask of fault.asks ?? ALL_ASKS) {
      for (const connection of ['keep-alive', 'close'] as const) {
        variants.push([`${ask}, ${connection}, ${delivery}`, { ask, connection, delivery }]);
      }
    }
  }
  return variants;
}

/**
 * The head of a success for what was asked: 200, or 206 where the request has a Range. `lines` are whole header lines.
 */
export function successHead(exchange: RawExchange, lines: readonly string[], total = 1_000): string {
  const isRange = /^range:/im.test(exchange.head);
  const status = isRange ? ['HTTP/1.1 206 Partial Content', `Content-Range: bytes 0-${total - 1}/${total}`] : [];
  return [...(isRange ? status : ['HTTP/1.1 200 OK']), 'Content-Type: application/octet-stream', ...lines, '', ''].join(
    '\r\n',
  );
}

/** Asks for a success with the whole of `body`; without it for HEAD. */
export function sendContent(
  exchange: RawExchange,
  body: string | Buffer,
  lines: readonly string[] = [],
): Promise<void> {
  const head = successHead(exchange, [`Content-Length: ${body.length}`, ...lines], body.length);
  const content = exchange.head.startsWith('HEAD') ? '' : Buffer.from(body).toString('latin1');
  return exchange.send(head + content);
}

const HEALTHY = 'a healthy file';

function clientHeaders(fault: Fault, variant: Variant): string[] {
  const range = variant.ask === 'Range' ? ['Range: bytes=0-999'] : [];
  return [`Authorization: Bearer ${CLIENT_KEY}`, `Cookie: session=${CLIENT_KEY}`, ...range, ...(fault.headers ?? [])];
}

function expectErrorAnswer(result: RawResult, seen: Seen & { kind: 'error' }, variant: Variant): void {
  const { response } = result;
  expect(response.status).toBe(seen.status);
  expect(response.headers.get('content-type')?.[0]).toMatch(/^application\/json/);
  expect(response.headers.get('cache-control')).toEqual(['no-store']);
  expect(response.framing).toBe(variant.ask === 'HEAD' ? 'none' : 'length');
  expect(response.complete).toBe(true);
  if (variant.ask === 'HEAD') return;
  expect(JSON.parse(response.body.toString())).toEqual({
    error: {
      message: expect.any(String),
      type: expect.any(String),
      param: seen.status === 404 ? 'file_id' : null,
      code: seen.code,
    },
  });
}

function expectSeen(result: RawResult, seen: Seen, variant: Variant): void {
  const { response } = result;
  if (seen.kind === 'error') expectErrorAnswer(result, seen, variant);
  else if (seen.kind === 'content') {
    expect(response.status).toBe(seen.status ?? (variant.ask === 'Range' ? 206 : 200));
    expect(response.complete).toBe(true);
    expect(response.body.toString('latin1')).toBe(
      variant.ask === 'HEAD' ? '' : Buffer.from(seen.body ?? '').toString('latin1'),
    );
  } else {
    expect(response.status).toBe(variant.ask === 'Range' ? 206 : 200);
    expect(response.complete).toBe(false);
    expect(result.ending).toBeDefined();
    const body = response.body.toString('latin1');
    const sent = Buffer.from(seen.body).toString('latin1');
    if (seen.exactly ?? true) expect(body).toBe(sent);
    else expect(sent.startsWith(body)).toBe(true);
  }
  expect(result.bytes.toString('latin1')).not.toContain(PROVIDER_TEXT);
}

/** Runs a fault once and checks everything that must hold after any fault. */
export async function runFault(fault: Fault, variant: Variant): Promise<void> {
  using watch = watchProcess();
  const baseline = await takeBaseline();
  using printed = captureConsole();
  const expected = fault.expected(variant);
  let client: RawClient | undefined;
  const view: ClientView = {
    async received(count) {
      if (variant.delivery === 'stream')
        await client?.until(() => (client?.responses()[0]?.body.length ?? -1) >= count);
    },
  };
  const script: RawScript = (exchange) =>
    exchange.head.includes('file-healthy') ? exchange.send(answer(HEALTHY)) : fault.provider?.(exchange, view);
  const provider = await startRawProvider(script, fault.tls ? { tls: fault.tls } : {});
  const options = fault.gateway?.(provider);
  const gateway = await startGateway({
    upstream: provider.origin,
    delivery: variant.delivery,
    ...options,
    // A fault shows in the first attempt.
    buffer: { retries: 0, ...options?.buffer },
  });
  client = await connectRaw(gateway.port);
  const method = variant.ask === 'HEAD' ? 'HEAD' : 'GET';
  const headers = clientHeaders(fault, variant);
  client.send(requestBytes({ method, headers, connection: variant.connection }));
  const result = await client.result(1, [method]);
  expectSeen(result, expected.client, variant);
  const [record] = await gateway.recorded(1);
  expect(record).toMatchObject({ outcome: expected.outcome, status: result.response.status, ...expected.record });
  expect(gateway.starts.length).toBeLessThanOrEqual(1);
  expect(provider.requests.length).toBe(expected.requests ?? 1);
  if (!expected.reused) {
    expect(await settled(() => (provider.openConnections > 0 ? ['a provider connection is open'] : []))).toEqual([]);
  }
  await fault.also?.({ result, provider, gateway, variant });
  if (result.ending === undefined && variant.connection === 'keep-alive') {
    // Nothing of the fault may answer the next request on this connection.
    if (!fault.tls && gateway.records[0]?.outcome !== 'upstream_unreachable') {
      client.send(requestBytes({ path: '/v1/files/file-healthy/content' }));
      const { responses } = await client.result(2, [method, 'GET']);
      expect(responses[1]?.body.toString()).toBe(HEALTHY);
      await gateway.recorded(2);
    }
  } else await client.closed;
  client.destroy();
  expect(await gateway.temporaryFiles()).toEqual([]);
  const places = {
    received: provider.received,
    starts: gateway.starts,
    records: gateway.records,
    printed: printed.lines,
  };
  await gateway.close();
  await provider.close();
  await expectReleased(baseline);
  expect(gateway.records).toHaveLength(client.responses([method]).length);
  watch.expectQuiet();
  expect(findSecret(CLIENT_KEY, { ...places, incidents: watch.incidents })).toEqual([]);
  const toOthers = { ...places, received: '', client: client.bytes, incidents: watch.incidents };
  expect(findSecret(PROVIDER_KEY, toOthers)).toEqual([]);
}
