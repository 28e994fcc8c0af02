import type { Resolution, Tap, TransferRecord } from '../../lib/index';
import type { FetchRequest } from '../../lib/provider-contract/provider';
import { DELIVERY_PATHS, sendsBody } from '../support/delivery-paths';
import { startGateway } from '../support/gateway';
import { type RawResponse, rawRequest } from '../support/raw-client';
import { startRawProvider } from '../support/raw-provider';

/** What was seen of one download. */
interface Seen {
  readonly response: RawResponse;
  readonly record: TransferRecord;
  readonly asked: FetchRequest;
}

interface Member {
  /** What the resolution says besides its provider. */
  readonly said: Partial<Resolution>;
  check(seen: Seen): void;
}

function header({ response }: Seen, name: string): string | undefined {
  return response.headers.get(name)?.join('|');
}

/** How many bytes a tap saw, and the record that it got. */
const tapped: unknown[] = [];
let tappedBytes = 0;
const tap: Tap = {
  chunk(bytes) {
    tappedBytes += bytes.length;
  },
  end(record) {
    tapped.push(tappedBytes, record);
    tappedBytes = 0;
  },
};

/** A member that is added to a resolution needs a row here: the compiler says so. */
const MEMBERS: Readonly<Record<Exclude<keyof Resolution, 'provider' | 'delivery'>, Member>> = {
  fileId: {
    said: { fileId: 'theirs' },
    check({ asked, record }) {
      expect(asked.fileId).toBe('theirs');
      expect(record).toMatchObject({ fileId: 'file-1', upstreamFileId: 'theirs' });
    },
  },
  params: {
    said: { params: { containerId: 'their-container' } },
    check: ({ asked }) => expect(asked.params).toMatchObject({ containerId: 'their-container' }),
  },
  // What it does is in faults/resume.
  resume: { said: { resume: { mode: 'off' } }, check: ({ record }) => expect(record.resumes).toBe(0) },
  tenant: { said: { tenant: 't1' }, check: ({ record }) => expect(record.tenant).toBe('t1') },
  context: {
    said: { context: { route: 'eu' } },
    check: ({ record }) => expect(record.context).toEqual({ route: 'eu' }),
  },
  responseHeaders: {
    said: { responseHeaders: { 'X-Added': 'gateway', 'Cache-Control': 'public' } },
    check(seen) {
      expect(header(seen, 'x-added')).toBe('gateway');
      expect(header(seen, 'cache-control')).toBe('public, no-transform');
    },
  },
  filename: {
    said: { filename: 'theirs.csv' },
    check: (seen) => expect(header(seen, 'content-disposition')).toMatch(/^attachment; filename="?theirs\.csv"?$/),
  },
  contentType: {
    said: { contentType: 'application/jsonl' },
    check: (seen) => expect(header(seen, 'content-type')).toBe('application/jsonl'),
  },
  disposition: {
    said: { disposition: 'inline', contentType: 'image/png' },
    check: (seen) => expect(header(seen, 'content-disposition')).toMatch(/^inline/),
  },
  taps: {
    said: { taps: [tap] },
    check({ response, record }) {
      expect(tapped.splice(0)).toEqual([response.body.length, record]);
    },
  },
  usage: { said: { usage: true }, check: ({ record }) => expect(record).not.toHaveProperty('usage') },
};

describe.each(DELIVERY_PATHS)('a resolution, path $name', (path) => {
  it.each(
    Object.entries(MEMBERS).flatMap(([name, member]) =>
      ['GET', 'HEAD'].map((method) => [name, method, member] as const),
    ),
  )('has its %s applied to a %s', async (_name, method, { said, check }) => {
    await using upstream = await startRawProvider(sendsBody(path));
    const requests: FetchRequest[] = [];
    const provider = path.provider(upstream.origin, (request) => requests.push(request));
    await using gateway = await startGateway({
      resources: ['containers', 'files'],
      resolveProvider: () => ({ provider, delivery: path.delivery, ...said }),
    });
    const url = 'params' in said ? '/v1/containers/c1/files/file-1/content' : '/v1/files/file-1/content';
    const { response } = await rawRequest(gateway.port, { method, path: url });
    expect(response.status).toBe(200);
    expect(response.body.equals(method === 'HEAD' ? Buffer.alloc(0) : path.body)).toBe(true);
    const [record] = await gateway.recorded(1);
    const [asked] = requests;
    if (record === undefined || asked === undefined) throw new Error('Nothing was asked of the provider.');
    expect(record.outcome).toBe('completed');
    check({ response, record, asked });
  });
});
