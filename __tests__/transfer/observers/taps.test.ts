import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import {
  type BatchUsage,
  batchUsage,
  bufferedProvider,
  contentDigest,
  openaiCompatible,
  type Provider,
  type Resolution,
  type Tap,
  type TransferRecord,
} from '../../../lib';
import { type FakeFile, fakeProvider } from '../../../lib/testing';
import { patternBytes } from '../../support/download';
import { startGateway } from '../../support/gateway';

const LARGE = patternBytes(3_000_000);
const SMALL = Buffer.from('a small file');
const FILES: Readonly<Record<string, FakeFile>> = {
  large: { content: LARGE },
  chunked: { content: LARGE, length: 'chunked' },
  small: { content: SMALL },
  cut: { content: LARGE, fault: { kind: 'cut', afterBytes: 1_000_000, by: 'fin' } },
  missing: { content: '', fault: { kind: 'status', status: 404 } },
};

interface Seen extends Tap {
  readonly bytes: () => Buffer;
  readonly records: TransferRecord[];
}

/** Keeps what it sees. */
function seeing(): Seen {
  const chunks: Buffer[] = [];
  const records: TransferRecord[] = [];
  return {
    chunk: (bytes) => void chunks.push(Buffer.from(bytes)),
    end: (record) => void records.push(record),
    bytes: () => Buffer.concat(chunks),
    records,
  };
}

async function start(makeResolution: (provider: Provider) => Resolution) {
  const upstream = await fakeProvider({ files: FILES });
  const provider = openaiCompatible({ name: 'fake', baseURL: upstream.baseURL });
  const gateway = await startGateway({ resolveProvider: () => makeResolution(provider), buffer: { retries: 0 } });
  return {
    gateway,
    get: (id: string, init?: RequestInit) => fetch(`${gateway.origin}/v1/files/${id}/content`, init),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const FUNCTION = bufferedProvider({ name: 'function', fetchContent: async () => ({ body: LARGE }) });

describe('a tap sees every byte that the client gets, and the record', () => {
  it.each<[string, string, Buffer, (provider: Provider) => Partial<Resolution>]>([
    ['relay', 'large', LARGE, () => ({})],
    ['pipeline', 'chunked', LARGE, () => ({})],
    ['pipeline', 'small', SMALL, () => ({})],
    [
      'pipeline',
      'large',
      LARGE,
      (provider) => ({ provider: { ...provider, transform: () => new PassThrough() } as Provider }),
    ],
    ['buffer', 'large', LARGE, () => ({ delivery: 'buffer' })],
    ['function', 'any', LARGE, () => ({ provider: FUNCTION })],
  ])('by %s: %s', async (via, id, content, more) => {
    const tap = seeing();
    await using running = await start((provider) => ({ provider, taps: [tap], ...more(provider) }));
    const response = await running.get(id);
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    const [record] = await running.gateway.recorded(1);
    expect(record?.via).toBe(via);
    expect(tap.bytes().equals(content)).toBe(true);
    expect(tap.records).toEqual([record]);
  });

  it.each<['stream' | 'buffer']>([['stream'], ['buffer']])('of a range, %s', async (delivery) => {
    const tap = seeing();
    await using running = await start((provider) => ({ provider, delivery, taps: [tap] }));
    await (await running.get('large', { headers: { range: 'bytes=10-99' } })).arrayBuffer();
    await running.gateway.recorded(1);
    expect(tap.bytes().equals(LARGE.subarray(10, 100))).toBe(true);
    expect(tap.records).toMatchObject([{ status: 206, complete: 'yes' }]);
  });

  it('none of a HEAD and of a failure, but the record', async () => {
    const taps: Seen[] = [];
    await using running = await start((provider) => {
      const tap = seeing();
      taps.push(tap);
      return { provider, taps: [tap] };
    });
    await running.get('large', { method: 'HEAD' });
    await running.get('missing');
    await running.gateway.recorded(2);
    expect(taps.map((tap) => [tap.bytes().length, tap.records.length, tap.records[0]?.status])).toEqual([
      [0, 1, 200],
      [0, 1, 404],
    ]);
  });

  it('up to where the provider cut it, with a record that says so', async () => {
    const tap = seeing();
    const digests: string[] = [];
    await using running = await start((provider) => ({
      provider,
      taps: [tap, contentDigest('sha256', (hex) => void digests.push(hex))],
    }));
    const response = await running.get('cut');
    await expect(response.arrayBuffer()).rejects.toThrow();
    await running.gateway.recorded(1);
    expect(tap.bytes().equals(LARGE.subarray(0, tap.bytes().length))).toBe(true);
    expect(tap.records).toMatchObject([{ complete: 'no', outcome: 'upstream_truncated' }]);
    expect(digests).toEqual([createHash('sha256').update(tap.bytes()).digest('hex')]);
  });
});

describe('contentDigest', () => {
  it.each(['sha256', 'md5'] as const)('is the %s of what the client got', async (algorithm) => {
    const digests: string[] = [];
    await using running = await start((provider) => ({
      provider,
      taps: [contentDigest(algorithm, (hex, { fileId }) => void digests.push(`${fileId} ${hex}`))],
    }));
    await (await running.get('large')).arrayBuffer();
    await running.gateway.recorded(1);
    expect(digests).toEqual([`large ${createHash(algorithm).update(LARGE).digest('hex')}`]);
  });

  it('refuses what cannot work', () => {
    expect(() => contentDigest('sha1' as 'md5', () => undefined)).toThrow(
      /"algorithm" must be 'sha256' or 'md5', got a string/,
    );
    expect(() => contentDigest('md5', undefined as never)).toThrow(/"onDigest" must be a function, got undefined/);
  });
});

it('the usage of a batch is counted on its way, and of a download that was cut in its whole rows', async () => {
  const usage = { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 };
  const response = { status_code: 200, body: { model: 'm', usage } };
  const row = `${JSON.stringify({ custom_id: 'x', response })}\n`;
  const usages: [string, BatchUsage][] = [];
  await using upstream = await fakeProvider({
    files: {
      whole: { content: row.repeat(1000) },
      cut: { content: row.repeat(1000), fault: { kind: 'cut', afterBytes: row.length * 10 + 5, by: 'fin' } },
    },
  });
  const provider = openaiCompatible({ name: 'fake', baseURL: upstream.baseURL });
  await using gateway = await startGateway({
    resolveProvider: () => ({
      provider,
      taps: [batchUsage({ onUsage: (usage, { complete }) => void usages.push([complete, usage]) })],
    }),
  });
  const whole = await fetch(`${gateway.origin}/v1/files/whole/content`);
  await whole.arrayBuffer();
  await expect(fetch(`${gateway.origin}/v1/files/cut/content`).then((cut) => cut.arrayBuffer())).rejects.toThrow();
  await gateway.recorded(2);
  expect(usages).toMatchObject([
    ['yes', { rows: 1000, failed: 0, total: { totalTokens: 5000 } }],
    ['no', { rows: 10, failed: 0, total: { totalTokens: 50 } }],
  ]);
});

describe('usage: true writes to the record', () => {
  const row = JSON.stringify({ custom_id: 'x', response: { status_code: 200, body: { usage: { total_tokens: 5 } } } });

  it.each<[string, string, number | undefined]>([
    ['the counts of a batch', `\uFEFF\n${row}\n${row}`, 2],
    ['nothing of another file', 'a,b\n1,2\n', undefined],
    ['nothing of a batch input', '{"custom_id":"x","method":"POST","url":"/v1/embeddings","body":{}}\n', undefined],
    ['nothing of an empty file', '', undefined],
  ])('%s', async (_what, content, rows) => {
    await using upstream = await fakeProvider({ files: { file: { content } } });
    const provider = openaiCompatible({ name: 'fake', baseURL: upstream.baseURL });
    await using gateway = await startGateway({ resolveProvider: () => ({ provider, usage: true }) });
    await (await fetch(`${gateway.origin}/v1/files/file/content`)).arrayBuffer();
    const [record] = await gateway.recorded(1);
    expect(record?.usage?.rows).toBe(rows);
    if (rows !== undefined) expect(record?.usage?.total.totalTokens).toBe(10);
  });
});

describe('a tap that fails', () => {
  const failing: readonly [string, () => Tap][] = [
    [
      'throws',
      () => ({
        chunk() {
          throw new Error('broken');
        },
        end() {
          throw new Error('broken');
        },
      }),
    ],
    [
      'throws at the end',
      () => ({
        chunk() {},
        end() {
          throw new Error('broken');
        },
      }),
    ],
    [
      'rejects',
      () => ({
        chunk: async () => {
          throw new Error('broken');
        },
      }),
    ],
    [
      'throws something odd',
      () => ({
        chunk() {
          throw undefined;
        },
      }),
    ],
  ];

  it.each(failing)('%s: the download, the other taps and the record are as ever', async (_how, make) => {
    const lines: string[] = [];
    const spy = jest.spyOn(console, 'error').mockImplementation((line: unknown) => void lines.push(String(line)));
    try {
      const tap = seeing();
      await using running = await start((provider) => ({ provider, taps: [make(), tap] }));
      const response = await running.get('large');
      expect(Buffer.from(await response.arrayBuffer()).equals(LARGE)).toBe(true);
      expect(await running.gateway.recorded(1)).toMatchObject([{ outcome: 'completed' }]);
      expect(tap.bytes().equals(LARGE)).toBe(true);
      expect(tap.records).toHaveLength(1);
    } finally {
      spy.mockRestore();
    }
    expect(lines[0]).toMatch(/a tap's (?:chunk|end)\(\) failed/);
  });

  it('is left out from then on', async () => {
    const spy = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    let calls = 0;
    const tap: Tap = {
      chunk() {
        calls += 1;
        throw new Error('broken');
      },
      end() {
        calls += 1;
      },
    };
    try {
      await using running = await start((provider) => ({ provider, taps: [tap] }));
      await (await running.get('large')).arrayBuffer();
      await running.gateway.recorded(1);
    } finally {
      spy.mockRestore();
    }
    expect(calls).toBe(1);
  });

  it('because two transfers share it, sees the first alone', async () => {
    const lines: string[] = [];
    const spy = jest.spyOn(console, 'error').mockImplementation((line: unknown) => void lines.push(String(line)));
    try {
      const tap = seeing();
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      await using upstream = await fakeProvider({
        files: {
          slow: {
            async *content() {
              yield SMALL;
              await gate;
              yield SMALL;
            },
          },
          fast: { content: SMALL },
        },
      });
      const provider = openaiCompatible({ name: 'fake', baseURL: upstream.baseURL });
      await using gateway = await startGateway({ resolveProvider: () => ({ provider, taps: [tap] }) });
      const slow = await fetch(`${gateway.origin}/v1/files/slow/content`);
      const reader = slow.body!.getReader();
      await reader.read();
      await (await fetch(`${gateway.origin}/v1/files/fast/content`)).arrayBuffer();
      await gateway.recorded(1);
      release();
      while (!(await reader.read()).done);
      await gateway.recorded(2);
      expect(tap.bytes().equals(Buffer.concat([SMALL, SMALL]))).toBe(true);
      expect(tap.records).toMatchObject([{ fileId: 'slow' }]);
    } finally {
      spy.mockRestore();
    }
    expect(lines.join()).toContain('make a new tap for each transfer');
  });
});

describe('taps of a resolution that cannot work', () => {
  const tap = seeing();
  it.each<[unknown, RegExp]>([
    [tap, /"taps" must be an array, got an object/],
    [[{}], /"taps\[0\]" must be an object with a function "chunk", got an object/],
    [[tap, { chunk() {}, end: 1 }], /"taps\[1\].end" must be a function, got number 1/],
    [undefined, /"usage" must be true or false, got number 1/],
    [[tap, tap], /"taps\[1\]" is the same as another/],
  ])('%#', async (taps, message) => {
    await using running = await start((provider) => ({
      provider,
      ...(taps === undefined ? { usage: 1 as never } : { taps: taps as Tap[] }),
    }));
    expect((await running.get('small')).status).toBe(500);
    const [record] = await running.gateway.recorded(1);
    expect(record?.error?.cause?.message).toMatch(message);
  });
});
