import { Readable } from 'node:stream';
import { FileContentError, type OpenRequest, type ResumeOptions, streamProvider } from '../../../lib/index';
import { type BreakingFile, breakingFile, LIES } from '../../support/breaking-provider';
import { patternBytes } from '../../support/download';
import { startGateway } from '../../support/gateway';
import { rawRequest } from '../../support/raw-client';
import { startRawProvider } from '../../support/raw-provider';

const CONTENT = patternBytes(400_000);

/** A download of a file that a function opens with fetch(), and that breaks off. */
async function download(file: Omit<BreakingFile, 'content'>, resume: ResumeOptions = {}, idle = 60_000) {
  await using provider = await startRawProvider(breakingFile({ content: CONTENT, ...file }));
  const asked: OpenRequest['range'][] = [];
  const held = streamProvider({
    name: 'own',
    openContent({ range, signal }) {
      asked.push(range);
      return fetch(provider.origin, {
        signal,
        headers: range === undefined ? {} : { range: `bytes=${range.start}-${range.end ?? ''}` },
      });
    },
  });
  await using gateway = await startGateway({ resolveProvider: () => ({ provider: held, resume }), timeouts: { idle } });
  const { response } = await rawRequest(gateway.port, { connection: 'close' });
  const [record] = await gateway.recorded(1);
  return { response, record, asked };
}

describe('R1: the body of a function that is cut off', () => {
  it('continues if its function returns the rest', async () => {
    const { response, record, asked } = await download({ cuts: [200_000, 50_000] });
    expect([response.status, response.complete, response.body.equals(CONTENT)]).toEqual([200, true, true]);
    expect(record).toMatchObject({ outcome: 'completed', via: 'function', resumes: 2, attempts: 3 });
    expect(asked[0]).toBeUndefined();
    expect(asked.slice(1).map((range) => range?.end)).toEqual([CONTENT.length - 1, CONTENT.length - 1]);
  });

  it('continues after a stall', async () => {
    const { response, record } = await download({ cuts: [200_000], how: 'stall' }, {}, 100);
    expect([response.complete, response.body.equals(CONTENT)]).toEqual([true, true]);
    expect(record).toMatchObject({ outcome: 'completed', interruptions: [{ code: 'provider_timeout' }] });
  });

  it('is given up where the rest stalls before its first new byte', async () => {
    const { response, record } = await download({ cuts: [200_000, 100], how: 'stall' }, {}, 100);
    expect(response.complete).toBe(false);
    expect(record).toMatchObject({ outcome: 'upstream_timeout', resumes: 1 });
  });

  it.each(LIES.filter((lie) => lie !== 'coded'))('is not joined with anything but the rest: %s', async (lie) => {
    const { response, record } = await download({ cuts: [200_000], lie });
    expect(response.complete).toBe(false);
    expect(CONTENT.subarray(0, response.body.length).equals(response.body)).toBe(true);
    expect(record).toMatchObject({ outcome: 'upstream_truncated', resumes: 1 });
    expect(record?.error?.cause?.message).toContain('; not resumed: ');
  });

  it.each<[string, Omit<BreakingFile, 'content' | 'cuts'>, ResumeOptions]>([
    ['without an ETag', { etag: null }, {}],
    ['without ranges', { headers: [] }, {}],
    ['that is not to be resumed', {}, { mode: 'off' }],
  ])('does not go on: %s', async (_what, file, resume) => {
    const { record, asked } = await download({ cuts: [200_000], ...file }, resume);
    expect(record).toMatchObject({ outcome: 'upstream_truncated', resumes: 0 });
    expect(record?.error?.cause?.message).toMatch(/.; not resumed: ./);
    expect(asked).toHaveLength(1);
  });

  it('keeps the words of a function that gives up by itself', async () => {
    let calls = 0;
    const provider = streamProvider({
      name: 'own',
      openContent() {
        calls += 1;
        const body = Readable.from(
          (async function* () {
            yield CONTENT.subarray(0, 100_000);
            throw new FileContentError('overloaded', 'No more today.');
          })(),
        );
        return { body, contentLength: CONTENT.length, etag: '"v"' };
      },
    });
    const resume = { mode: 'immutable' } as const;
    await using gateway = await startGateway({ resolveProvider: () => ({ provider, resume }) });
    await rawRequest(gateway.port, { connection: 'close' });
    expect(await gateway.recorded(1)).toMatchObject([{ error: { code: 'overloaded' }, resumes: 0 }]);
    expect(calls).toBe(1);
  });
});
