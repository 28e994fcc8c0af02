import { gemini } from '../../../lib';
import { serve } from '../../support/local-server';
import { locate } from '../../support/locate-request';
import { openContent } from '../../support/opened-rows';

const ROWS = ['{"response":{"candidates":[]},"metadata":{"key":"a"}}', '{"error":{"code":3},"metadata":{"key":"b"}}'];

async function holding(document: unknown) {
  const asked: string[] = [];
  const server = await serve((req, res) => {
    asked.push(`${req.url} ${req.headers['x-goog-api-key']}`);
    if (document === undefined) res.writeHead(404).end('{}');
    else res.end(typeof document === 'string' ? document : JSON.stringify(document, undefined, 2));
  });
  return { ...server, asked };
}

describe("the results of Gemini's batches", () => {
  it.each([
    ['files', 'batches/b-1'],
    ['batches', 'b-1'],
    ['batches', 'batches/b-1'],
  ] as const)('are the file that the batch names (%s, %s)', async (resource, fileId) => {
    await using server = await holding({
      name: 'batches/b-1',
      metadata: { output: { responsesFile: 'files/batch-b-1' } },
      done: true,
    });
    const provider = gemini({ apiKey: 'k', baseURL: server.origin });
    const { signal } = new AbortController();
    expect(await openContent(provider, { resource, fileId, signal })).toBeUndefined();
    const located = await locate(provider, { resource, fileId, signal });
    expect(String(located.url)).toBe(`${server.origin}/v1/files/batch-b-1:download?alt=media`);
    expect(server.asked).toEqual(['/v1beta/batches/b-1 k']);
  });

  it('are located without openContent as well', async () => {
    await using server = await holding({ response: { responsesFile: 'files/batch-b-1' } });
    const located = await locate(gemini({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batches/b-1' });
    expect(String(located.url)).toMatch(/\/v1\/files\/batch-b-1:download\?alt=media$/);
  });

  it('that the batch holds itself are its rows', async () => {
    const output = { inlinedResponses: { inlinedResponses: ROWS.map((row) => JSON.parse(row)) } };
    await using server = await holding({ metadata: { output }, done: true, response: output });
    const opened = await openContent(gemini({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batches/b-1' });
    const chunks: Uint8Array[] = [];
    for await (const chunk of opened?.body ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe(`${ROWS.join('\n')}\n`);
  });

  it.each([
    ['is not there', undefined, 'file_not_found'],
    ['has no results yet', { metadata: { state: 'BATCH_STATE_RUNNING' } }, 'file_not_found'],
    ['is not JSON', '<html>', 'provider_invalid_response'],
  ])('of a batch that %s', async (_what, document, code) => {
    await using server = await holding(document);
    const provider = gemini({ apiKey: 'k', baseURL: server.origin });
    await expect(openContent(provider, { fileId: 'batches/b-1' })).rejects.toMatchObject({ code });
    await expect(locate(provider, { fileId: 'batches/b-1' })).rejects.toMatchObject({ code });
  });

  it('that end early never end well', async () => {
    await using server = await holding('{"metadata":{"output":{"inlinedResponses":{"inlinedResponses":[{"a":1}');
    const opened = await openContent(gemini({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batches/b-1' });
    const reading = (async () => {
      for await (const _chunk of opened?.body ?? []);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'provider_invalid_response' });
  });

  it('are not there for files', async () => {
    expect(await openContent(gemini({ apiKey: 'k' }), { fileId: 'files/abc' })).toBeUndefined();
  });
});
