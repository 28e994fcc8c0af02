import type { FileContentErrorCode, FileContentRouterOptions, Outcome } from '../../lib/index';
import { DELIVERY_PATHS, type DeliveryPathRow, sendsBody } from '../support/delivery-paths';
import { startGateway } from '../support/gateway';
import { expectReleased, takeBaseline, watchProcess } from '../support/leaks';
import { connectRaw, type RawClient, requestBytes } from '../support/raw-client';
import { type RawExchange, startRawProvider } from '../support/raw-provider';

/** How a fault must end where no byte of the body is with the client. A path that sends early breaks off instead. */
interface Refused {
  readonly status: number;
  readonly code: FileContentErrorCode;
}

interface Fault {
  /** The row of docs/acceptance-matrix.md. */
  readonly row: number;
  readonly name: string;
  provider(exchange: RawExchange, path: DeliveryPathRow, client: RawClient): unknown;
  readonly options?: (path: DeliveryPathRow) => Partial<FileContentRouterOptions>;
  readonly outcome: Outcome;
  readonly refused: Refused;
  /** Is it found before the status line in every path? */
  readonly isBeforeBody?: boolean;
}

/** Sends the head and half of the body, and waits until the client has what a path hands on early. */
async function sendHalf({ send }: RawExchange, { body, sendsEarly }: DeliveryPathRow, client: RawClient) {
  await send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
  await send(body.subarray(0, body.length / 2));
  if (sendsEarly) await client.until((bytes) => bytes.includes('\r\n\r\n'));
}

const FAULTS: readonly Fault[] = [
  {
    row: 7,
    name: 'a reset before the headers',
    provider: ({ rst }) => rst(),
    outcome: 'upstream_unreachable',
    refused: { status: 502, code: 'provider_unreachable' },
    isBeforeBody: true,
  },
  {
    row: 9,
    name: 'silence before the headers',
    provider: () => undefined,
    options: () => ({ timeouts: { headers: 100 } }),
    outcome: 'upstream_timeout',
    refused: { status: 504, code: 'provider_timeout' },
    isBeforeBody: true,
  },
  {
    row: 10,
    name: 'the end of the connection in the body',
    async provider(exchange, path, client) {
      await sendHalf(exchange, path, client);
      exchange.fin();
    },
    outcome: 'upstream_truncated',
    refused: { status: 502, code: 'provider_invalid_response' },
  },
  {
    row: 11,
    name: 'a reset in the body',
    async provider(exchange, path, client) {
      await sendHalf(exchange, path, client);
      exchange.rst();
    },
    outcome: 'upstream_truncated',
    refused: { status: 502, code: 'provider_invalid_response' },
  },
  {
    row: 12,
    name: 'the end of the connection in a chunk',
    async provider({ send, fin }, { body, sendsEarly }, client) {
      await send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`);
      await send(body.subarray(0, body.length / 2));
      if (sendsEarly) await client.until((bytes) => bytes.includes('\r\n\r\n'));
      fin();
    },
    outcome: 'upstream_truncated',
    refused: { status: 502, code: 'provider_invalid_response' },
  },
  {
    row: 14,
    name: 'silence in the body',
    provider: sendHalf,
    options: () => ({ timeouts: { idle: 200 } }),
    outcome: 'upstream_timeout',
    refused: { status: 504, code: 'provider_timeout' },
  },
  {
    row: 20,
    name: 'two lengths',
    provider: ({ send }) => send('HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\ncontent'),
    outcome: 'upstream_invalid',
    refused: { status: 502, code: 'provider_invalid_response' },
    isBeforeBody: true,
  },
  {
    row: 23,
    name: 'a declared length over maxBytes',
    provider: (exchange, path) => sendsBody(path)(exchange),
    options: ({ body }) => ({ limits: { maxBytes: body.length - 1 } }),
    outcome: 'too_large',
    refused: { status: 502, code: 'too_large' },
    isBeforeBody: true,
  },
];

/** What a function's own client throws is its own error; only its time is the router's. */
const THROWN: Pick<Fault, 'outcome' | 'refused'> = {
  outcome: 'upstream_error',
  refused: { status: 502, code: 'provider_error' },
};
const THROWN_ROWS: readonly number[] = [7, 10, 11, 12, 20];

describe.each(DELIVERY_PATHS)('a fault of the provider, path $name', (path) => {
  it.each(FAULTS)('row $row: $name', async (row) => {
    const fault: Fault = { ...row, ...(path.name === 'function' && THROWN_ROWS.includes(row.row) && THROWN) };
    using watch = watchProcess();
    const baseline = await takeBaseline();
    let client: RawClient | undefined;
    const upstream = await startRawProvider((exchange) => client && fault.provider(exchange, path, client));
    const provider = path.provider(upstream.origin);
    const gateway = await startGateway({
      resolveProvider: () => ({ provider, delivery: path.delivery }),
      ...fault.options?.(path),
      buffer: { retries: 0 },
    });
    client = await connectRaw(gateway.port);
    client.send(requestBytes());
    const { response, ending } = await client.result();
    if (fault.isBeforeBody || !path.sendsEarly) {
      const { status, code } = fault.refused;
      expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code } });
      expect([response.status, response.complete]).toEqual([status, true]);
    } else {
      expect([response.status, response.complete]).toEqual([200, false]);
      expect(ending).toBeDefined();
      expect(path.body.subarray(0, response.body.length).equals(response.body)).toBe(true);
    }
    expect(await gateway.recorded(1)).toMatchObject([{ outcome: fault.outcome, status: response.status }]);
    client.destroy();
    await gateway.close();
    await upstream.close();
    await expectReleased(baseline);
    watch.expectQuiet();
  });
});
