/** R1, rows 61 and 62 of the acceptance matrix: a body that breaks off goes on, and never with other bytes. */
import { Agent } from 'node:https';
import fc from 'fast-check';
import {
  type FileContentRouterOptions,
  type LocatedProvider,
  openaiCompatible,
  type ResumeOptions,
  type TransferRecord,
} from '../../lib/index';
import { type BreakingFile, breakingFile, LIES } from '../support/breaking-provider';
import { makeCertificate } from '../support/certificates';
import { patternBytes } from '../support/download';
import { startGateway } from '../support/gateway';
import { connectRaw, rawRequest, requestBytes } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';
import { turnsUntil, whileTimeStandsStill } from '../support/standing-time';

const KIB = 1024;
const PATHS = [
  { path: 'relay', delivery: 'stream', relay: true },
  { path: 'pipeline', delivery: 'stream', relay: false },
  { path: 'buffer, past the parser', delivery: 'buffer', relay: true },
  { path: 'buffer', delivery: 'buffer', relay: false },
] as const;
type Path = (typeof PATHS)[number];

const CONTENT = patternBytes(1_500 * KIB);
const CUTS = [300 * KIB, 310 * KIB, 5 * KIB];

interface Download {
  readonly resume?: ResumeOptions;
  readonly options?: Partial<FileContentRouterOptions>;
  readonly headers?: readonly string[];
  readonly content?: Buffer;
}

interface Result {
  readonly status: number;
  readonly body: Buffer;
  readonly isComplete: boolean;
  readonly record: TransferRecord;
  /** The heads of all requests that the provider got. */
  readonly requests: readonly string[];
}

/** One download of a file that breaks off, and what became of it. */
async function download(
  { delivery, relay }: Path,
  file: Omit<BreakingFile, 'content'>,
  { resume, options = {}, headers = [], content = CONTENT }: Download = {},
): Promise<Result> {
  await using provider = await startRawProvider(breakingFile({ content, ...file }));
  let keys = 0;
  const apiKey = (): string => {
    keys += 1;
    return `key-${keys}`;
  };
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin, apiKey });
  await using gateway = await startGateway({
    resolveProvider: () => ({ provider: held, delivery, ...(resume && { resume }) }),
    relay,
    buffer: { retries: 0 },
    ...options,
  });
  const { response } = await rawRequest(gateway.port, { headers, connection: 'close' });
  const [record] = await gateway.recorded(1);
  const { status, body, complete } = response;
  return { status, body, isComplete: complete, record: record!, requests: provider.requests };
}

/** The values of a header in all requests. */
function sent(requests: readonly string[], name: string): readonly (string | undefined)[] {
  return requests.map((head) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(head)?.[1]);
}

function expectWhole(result: Result, content = CONTENT): void {
  expect([result.isComplete, result.body.length, result.body.equals(content)]).toEqual([true, content.length, true]);
  expect(result.record).toMatchObject({ outcome: 'completed', complete: 'yes', bytesSent: content.length });
}

/** Nothing but a beginning of the content was sent, or an error where nothing had been. */
function expectNoSplice({ status, body, isComplete, record }: Result, content = CONTENT): void {
  expect(record.outcome).not.toBe('completed');
  if (status >= 400) return;
  expect(isComplete).toBe(false);
  expect(content.subarray(0, body.length).equals(body)).toBe(true);
}

describe.each(PATHS)('row 61, by $path: a body that is cut off', (path) => {
  it.each([1, 2, 3])('%i times continues each time, with the version that was begun', async (times) => {
    const result = await download(path, { cuts: CUTS.slice(0, times) });
    expectWhole(result);
    expect(result.status).toBe(200);
    expect(result.record).toMatchObject({ resumes: times, attempts: times + 1 });
    expect(result.record.interruptions).toHaveLength(times);
    expect(result.record.interruptions?.[0]).toMatchObject({ code: 'provider_invalid_response' });
    const ranges = sent(result.requests, 'range');
    expect(ranges[0]).toBeUndefined();
    for (const range of ranges.slice(1)) expect(range).toMatch(new RegExp(`^bytes=\\d+-${CONTENT.length - 1}$`));
    expect(sent(result.requests, 'if-range').slice(1)).toEqual(Array.from({ length: times }, () => '"v1"'));
    // Credentials are fresh.
    expect(new Set(sent(result.requests, 'authorization')).size).toBe(times + 1);
  });

  it('by a reset continues', async () => {
    const result = await download(path, { cuts: [900 * KIB], how: 'rst' });
    expectWhole(result);
    expect(result.record.resumes).toBe(1);
  });

  it('by silence continues', async () => {
    const result = await download(
      path,
      { cuts: [300 * KIB], how: 'stall' },
      { options: { timeouts: { idle: 2_000 } } },
    );
    expectWhole(result);
    expect(result.record).toMatchObject({ resumes: 1, interruptions: [{ code: 'provider_timeout' }] });
  });

  it('continues within the range that the client requested', async () => {
    const headers = ['Range: bytes=1000-1000999'];
    const result = await download(path, { cuts: [300 * KIB] }, { headers });
    expect(result.status).toBe(206);
    expect([result.isComplete, result.body.equals(CONTENT.subarray(1000, 1_001_000))]).toEqual([true, true]);
    expect(result.record).toMatchObject({ outcome: 'completed', resumes: 1 });
    if (path.delivery === 'stream') expect(sent(result.requests, 'range')[1]).toMatch(/^bytes=\d+-1000999$/);
  });

  it('continues with a rest that is chunked, although the beginning had a Content-Length', async () => {
    const result = await download(path, { cuts: [300 * KIB, 310 * KIB], isChunked: 'rests' });
    expectWhole(result);
    expect(result.record.resumes).toBe(2);
  });

  it('is complete with its last byte, if the end of a chunked rest is missing', async () => {
    const file = { cuts: [1_100 * KIB, CONTENT.length], how: ['fin', 'stall'], isChunked: 'rests' } as const;
    const result = await download(path, file);
    expectWhole(result);
    expect(result.record).toMatchObject({ resumes: 1, attempts: 2 });
  });

  it('is given up after as many attempts as are allowed', async () => {
    const result = await download(path, { cuts: CUTS }, { resume: { attempts: 2 } });
    expectNoSplice(result);
    expect(result.record).toMatchObject({ resumes: 2, outcome: 'upstream_truncated' });
    expect(result.requests).toHaveLength(3);
  });

  it('is given up where an attempt brings nothing new', async () => {
    const result = await download(path, { cuts: [300 * KIB, 4 * KIB, 0] });
    expectNoSplice(result);
    expect(result.record).toMatchObject({ resumes: 1, outcome: 'upstream_truncated' });
  });

  it.each<[string, ResumeOptions, Omit<BreakingFile, 'content' | 'cuts'>, string]>([
    ['that is off', { mode: 'off' }, {}, '"resume.mode" is \'off\''],
    ['without attempts', { attempts: 0 }, {}, '"resume.attempts" is 0'],
    ['without an ETag', {}, { etag: null }, 'the response has no strong ETag'],
    ['with a weak ETag', {}, { etag: 'W/"v1"' }, 'the response has no strong ETag'],
    ['of a provider without ranges', {}, { headers: ['Accept-Ranges: none'] }, 'the provider does not announce ranges'],
    ['of a provider that says nothing of ranges', {}, { headers: [] }, 'the provider does not announce ranges'],
    [
      'with a coding',
      {},
      { headers: ['Accept-Ranges: bytes', 'Content-Encoding: gzip'] },
      'the response has a Content-Encoding',
    ],
    ['of unknown size', {}, { isChunked: true }, 'the size of the file is not known'],
  ])('does not go on, and the record says why: %s', async (_what, resume, file, why) => {
    const result = await download(path, { cuts: [300 * KIB], ...file }, { resume });
    expectNoSplice(result);
    expect(result.record).toMatchObject({ resumes: 0, outcome: 'upstream_truncated', attempts: 1 });
    expect(result.record).not.toHaveProperty('interruptions');
    expect(result.record.error?.cause?.message).toMatch(/.; not resumed: /);
    expect(result.record.error?.cause?.message.split('; not resumed: ')[1]).toBe(why);
  });

  it('that never changes continues without an ETag, after the bytes that were sent are compared', async () => {
    const resume: ResumeOptions = { mode: 'immutable' };
    const result = await download(path, { cuts: [300 * KIB], etag: null, headers: [] }, { resume });
    expectWhole(result);
    const [first] = /\d+/.exec(sent(result.requests, 'range')[1] ?? '') ?? [];
    expect(Number(first)).toBeLessThanOrEqual(300 * KIB - 64 * KIB);
    expect(sent(result.requests, 'if-range')).toEqual([undefined, undefined]);
  });
});

describe.each(PATHS)('row 62, by $path: anything but the rest is never joined', (path) => {
  it.each(LIES)('%s', async (lie) => {
    const result = await download(path, { cuts: [300 * KIB], lie });
    expectNoSplice(result);
    expect(result.record).toMatchObject({ outcome: 'upstream_truncated', resumes: 1, complete: 'no' });
    expect(result.record.error?.cause?.message).toContain('; not resumed: ');
    expect(result.requests).toHaveLength(2);
  });

  it('says why it was not, also where the provider had stalled', async () => {
    const options = { timeouts: { idle: 2_000 } };
    const result = await download(path, { cuts: [300 * KIB], lie: 'other etag', how: 'stall' }, { options });
    expect(result.record).toMatchObject({
      outcome: 'upstream_timeout',
      error: { code: 'provider_timeout', cause: { message: 'not resumed: the ETag has changed' } },
    });
  });

  it.each(['shifted bytes', 'other start', 'whole file', 'other total'] as const)(
    'of a file that never changes: %s',
    async (lie) => {
      const resume: ResumeOptions = { mode: 'immutable', overlapBytes: 1_000 };
      const result = await download(path, { cuts: [300 * KIB], lie, etag: null, headers: [] }, { resume });
      expectNoSplice(result);
    },
  );
});

describe.each(PATHS)('by $path: any file, any cuts, any lie', (path) => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 400_000 }),
    fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 4 }),
    fc.constantFrom(...LIES, undefined, undefined),
    fc.constantFrom('fin', 'rst'),
    fc.constantFrom('safe', 'immutable'),
    fc.constantFrom(false, true, 'rests' as const),
    async (size, cuts, lie, how, mode, isChunked) => {
      const content = CONTENT.subarray(0, size);
      const given = { resume: { mode, attempts: 5 } as const, content };
      const result = await download(path, { cuts: cuts.map((cut) => cut % size), lie, how, isChunked }, given);
      // Where nothing had been sent yet, all bytes are of the lie, and there is nothing to compare them with.
      const lying = Buffer.concat([content.subarray(1), Buffer.from('!')]);
      const isLie = lie === 'shifted bytes' && result.body.length > 0 && lying.indexOf(result.body) === 0;
      const told = isLie ? lying : content;
      if (result.record.outcome === 'completed') expectWhole(result, told);
      else expectNoSplice(result, told);
    },
  );

  it('gives the content, or a beginning of it and no end', async () => {
    await fc.assert(property, {
      numRuns: Number(process.env['FUZZ_RUNS'] ?? 20),
      examples: [[2, [0, 103_853], 'shifted bytes', 'fin', 'safe', false]],
    });
  });
});

it.each(PATHS.filter(({ delivery }) => delivery === 'stream'))(
  'by $path: a part without Content-Length stays within the limit of bytes when it goes on',
  async (path) => {
    const file = { cuts: [300 * KIB], isChunked: true };
    const options = { limits: { maxBytes: 700 * KIB } };
    const result = await download(path, file, { headers: ['Range: bytes=0-899999'], options });
    expect(result.record).toMatchObject({ resumes: 1, complete: 'no', error: { code: 'too_large' } });
    expect(result.isComplete).toBe(false);
    expect(result.body.length).toBeLessThanOrEqual(700 * KIB);
  },
);

it.each([0, 1000])(
  'a part of which only the end of the message is missing goes on, overlap %i',
  async (overlapBytes) => {
    const file = { cuts: [900_000], isChunked: true };
    const result = await download(PATHS[1], file, { headers: ['Range: bytes=0-899999'], resume: { overlapBytes } });
    expect([result.isComplete, result.body.equals(CONTENT.subarray(0, 900_000))]).toEqual([true, true]);
    expect(result.record).toMatchObject({ outcome: 'completed', resumes: 1 });
    expect(sent(result.requests, 'range')[1]).toBe(`bytes=${900_000 - Math.max(1, overlapBytes)}-899999`);
  },
);

it.each(PATHS)('by $path: inspect sees the beginning of the body and not that of the rest', async (path) => {
  await using provider = await startRawProvider(breakingFile({ content: CONTENT, cuts: CUTS }));
  const seen: Buffer[] = [];
  const held: LocatedProvider = {
    ...openaiCompatible({ name: 'held', baseURL: provider.origin }),
    inspect(_response, start) {
      seen.push(Buffer.from(start));
      return start.length < 1_000;
    },
  };
  await using gateway = await startGateway({
    resolveProvider: () => ({ provider: held, delivery: path.delivery }),
    relay: path.relay,
  });
  const { response } = await rawRequest(gateway.port, { connection: 'close' });
  expect([response.complete, response.body.equals(CONTENT)]).toEqual([true, true]);
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', resumes: 3 }]);
  for (const start of seen) expect(CONTENT.subarray(0, start.length).equals(start)).toBe(true);
});

it('a client that leaves before the rest is requested leaves no trace of a request', async () => {
  await using provider = await startRawProvider(breakingFile({ content: CONTENT, cuts: [300 * KIB] }));
  await using gateway = await startGateway({ upstream: provider.origin });
  using client = await connectRaw(gateway.port);
  // The pause before the rest is requested does not end.
  await whileTimeStandsStill(async () => {
    client.send(requestBytes());
    await turnsUntil(() => gateway.files.active().some(({ phase }) => phase === 'resuming'));
    client.rst();
    await turnsUntil(() => gateway.records.length > 0);
  });
  expect(gateway.records).toMatchObject([
    { outcome: 'client_aborted', attempts: 1, resumes: 0, interruptions: [{ code: 'provider_invalid_response' }] },
  ]);
  expect(provider.requests).toHaveLength(1);
});

it('a client that leaves while the rest is awaited stops everything', async () => {
  await using provider = await startRawProvider((exchange) =>
    exchange.index === 0 ? breakingFile({ content: CONTENT, cuts: [300 * KIB] })(exchange) : undefined,
  );
  await using gateway = await startGateway({ upstream: provider.origin });
  using client = await connectRaw(gateway.port);
  client.send(requestBytes());
  await provider.requestsReceived(2);
  client.rst();
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'client_aborted', resumes: 1 }]);
  for (const connection of provider.connections) await connection.closed;
});

it('over TLS: a relayed body continues, past the parser or through it', async () => {
  const tls = makeCertificate();
  const content = patternBytes(10 * 1024 * KIB);
  await using provider = await startRawProvider(breakingFile({ content, cuts: [5_000 * KIB, 4_500 * KIB] }), { tls });
  const agents = { https: new Agent({ ca: tls.cert }) };
  await using gateway = await startGateway({ upstream: provider.origin, agents });
  const { response } = await rawRequest(gateway.port, { connection: 'close' });
  expect([response.complete, response.body.equals(content)]).toEqual([true, true]);
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', via: 'relay', resumes: 2 }]);
});

it('taps see every byte once', async () => {
  await using provider = await startRawProvider(breakingFile({ content: CONTENT, cuts: CUTS }));
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  const seen: Buffer[] = [];
  const taps = [{ chunk: (bytes: Uint8Array) => void seen.push(Buffer.from(bytes)) }];
  await using gateway = await startGateway({ resolveProvider: () => ({ provider: held, taps }) });
  await rawRequest(gateway.port, { connection: 'close' });
  expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', resumes: 3 }]);
  expect(Buffer.concat(seen).equals(CONTENT)).toBe(true);
});
