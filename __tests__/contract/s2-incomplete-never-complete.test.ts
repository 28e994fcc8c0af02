import { openaiCompatible } from '../../lib/index';
import { patternBytes } from '../support/download';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';
import { type RawExchange, startRawProvider } from '../support/raw-provider';

const SIZE = 300_000;
const CONTENT = patternBytes(SIZE);
/** Nothing, almost nothing, half, and so near the end that the rest fits into any buffer. */
const CUTS = [0, 1, SIZE / 100, SIZE / 2, SIZE - 60, SIZE - 1];

type Framing = 'length' | 'chunked';
type Ending = 'fin' | 'rst';

function headOf(framing: Framing): string {
  return framing === 'length'
    ? `HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n`
    : 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
}

/**
 * The first `cut` bytes of the content; a chunked one promises a last chunk that is whole, so that only the end is
 * missing.
 */
function bodyOf(framing: Framing, cut: number): Buffer {
  const part = CONTENT.subarray(0, cut);
  if (framing === 'length' || cut === 0) return part;
  return Buffer.concat([Buffer.from(`${cut.toString(16)}\r\n`), part, Buffer.from('\r\n')]);
}

async function cutAfter(exchange: RawExchange, framing: Framing, cut: number, ending: Ending): Promise<void> {
  await exchange.send(headOf(framing));
  await exchange.send(bodyOf(framing, cut));
  exchange[ending]();
}

const CASES = (['length', 'chunked'] as const).flatMap((framing) =>
  (['fin', 'rst'] as const).flatMap((ending) => CUTS.map((cut) => ({ framing, ending, cut }))),
);

describe.each(EXPRESS_MAJORS)('S2: an incomplete body never looks complete (Express %i)', (express) => {
  it.each(CASES)('$framing, cut after $cut bytes by $ending', async ({ framing, ending, cut }) => {
    await using provider = await startRawProvider((exchange) => cutAfter(exchange, framing, cut, ending));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held });
    for (const version of ['1.1', '1.0'] as const) {
      using client = await connectRaw(app.port);
      client.send(requestBytes({ version }));
      const { response, ending: seen } = await client.result();
      if (response.status === 200) {
        expect(seen).toBeDefined();
        expect(response.complete && response.framing !== 'close').toBe(false);
        // Where only the end of the connection would mark the end of the body, it must be no clean one.
        if (response.framing === 'close') expect(seen).toBe('rst');
        // S3: what arrived is the beginning of the content, and nothing else.
        expect(response.body.equals(CONTENT.subarray(0, response.body.length))).toBe(true);
      } else {
        expect(response.status).toBe(502);
        expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'provider_invalid_response' } });
      }
    }
    for (const record of await app.recorded(2)) {
      expect(record).toMatchObject({ outcome: 'upstream_truncated', complete: 'no' });
    }
  });

  it('and what had arrived by then is delivered', async () => {
    await using provider = await startRawProvider((exchange) => cutAfter(exchange, 'length', SIZE / 2, 'fin'));
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held });
    using client = await connectRaw(app.port);
    client.send(requestBytes());
    const { response } = await client.result();
    expect(response.body.equals(CONTENT.subarray(0, SIZE / 2))).toBe(true);
    expect((await app.recorded(1))[0]).toMatchObject({ bytesSent: SIZE / 2, bytesExpected: SIZE });
  });

  it('for fetch, too', async () => {
    await using provider = await startRawProvider((exchange) =>
      cutAfter(exchange, exchange.head.includes('file-1') ? 'chunked' : 'length', SIZE - 1, 'fin'),
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held });
    for (const id of ['file-1', 'file-2']) {
      const response = await fetch(`${app.origin}/v1/files/${id}/content`);
      await expect(response.arrayBuffer()).rejects.toThrow();
    }
  });
});
