import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createFileContent, openai, type ServeTarget, s3 } from '../../lib/index';
import { startContentProvider } from '../support/content-provider';
import { download } from '../support/download';
import { serve } from '../support/local-server';

type Handlers = typeof import('../../docs/examples/download-handlers.mjs');

const { byBody, byContainer, byName, byOwner, byQuery }: Handlers = jest.requireActual(
  join(__dirname, '../../docs/examples/download-handlers.mts'),
);

const ALICE = { headers: { 'x-user': 'alice' } };
const BOB = { headers: { 'x-user': 'bob' } };

/** An application whose files, all of them alice's, are at OpenAI and in a store. */
async function startApplication() {
  const provider = await startContentProvider('content');
  const atOpenAI = openai({ apiKey: 'sk-1', baseURL: `${provider.origin}/v1` });
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const store = s3({ bucket: 'uploads', region: 'us-east-1', baseURL: provider.origin, credentials });
  const held = new Map<string, ServeTarget>([
    ['_x-1', { provider: atOpenAI, fileId: 'file-1', filename: 'report.csv' }],
    ['s3:workflows/a b/1', { provider: store, fileId: 'workflows/a b/1', contentType: 'image/png' }],
    ['-chart.png', { provider: store, fileId: 'generated/-chart.png' }],
  ]);
  const files = createFileContent({});
  return {
    provider,
    application: {
      files,
      openai: atOpenAI,
      find: (id: string, user: string) => (user === 'alice' ? held.get(id) : undefined),
      userOf: (req: IncomingMessage) => String(req.headers['x-user']),
    },
    async [Symbol.asyncDispose]() {
      await files.close();
      await provider[Symbol.asyncDispose]();
    },
  };
}

test('the owner and the id in the path', async () => {
  await using started = await startApplication();
  await using server = await serve(byOwner(started.application));
  const url = `${server.origin}/api/files/download/alice/_x-1`;
  const { status, headers, body } = await download(url, ALICE);
  expect({ status, body: body.toString() }).toEqual({ status: 200, body: 'content' });
  expect(headers['content-disposition']).toBe('attachment; filename="report.csv"');
  expect((await download(url, BOB)).status).toBe(404);
  expect(started.provider.requests.map((request) => request.url)).toEqual(['/v1/files/file-1/content']);
});

test("a store's key in the query", async () => {
  await using started = await startApplication();
  await using server = await serve(byQuery(started.application));
  const url = `${server.origin}/rest/binary-data?id=${encodeURIComponent('s3:workflows/a b/1')}`;
  const shown = await download(`${url}&action=view`, ALICE);
  expect(shown).toMatchObject({ status: 200, body: Buffer.from('content') });
  expect(shown.headers['content-disposition']).toMatch(/^inline/);
  expect((await download(url, ALICE)).headers['content-disposition']).toMatch(/^attachment/);
  expect((await download(url, BOB)).status).toBe(404);
  expect(started.provider.requests[0]?.url).toBe('/uploads/workflows/a%20b/1');
});

test('a POST whose JSON names the file', async () => {
  await using started = await startApplication();
  await using server = await serve(byBody(started.application));
  const response = await fetch(`${server.origin}/api/v1/openai-assistants-file/download`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': 'alice' },
    body: '{"fileName":"_x-1"}',
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('content');
  expect(started.provider.requests[0]).toMatchObject({ method: 'GET', url: '/v1/files/file-1/content' });
});

test('a file by its name, whose extension tells the type', async () => {
  await using started = await startApplication();
  await using server = await serve(byName(started.application));
  const { status, headers } = await download(`${server.origin}/api/agent-skills/generated-files/-chart.png`, ALICE);
  expect(status).toBe(200);
  expect(headers['content-type']).toBe('image/png');
  expect(headers['content-disposition']).toBe('attachment; filename="-chart.png"');
});

test('a file that a container holds, and one that none does', async () => {
  await using started = await startApplication();
  const handler = byContainer(started.application);
  await using server = await serve((req, res) => {
    const { searchParams } = new URL(req.url ?? '/', 'http://localhost');
    void handler(Object.assign(req, { query: Object.fromEntries(searchParams) }), res);
  });
  const url = `${server.origin}/api/container_files/content`;
  expect((await download(`${url}?file_id=cfile_1&container_id=cntr_1&filename=a.txt`)).status).toBe(200);
  expect((await download(`${url}?file_id=file-1`)).status).toBe(200);
  expect((await download(url)).status).toBe(400);
  expect(started.provider.requests.map((request) => request.url)).toEqual([
    '/v1/containers/cntr_1/files/cfile_1/content',
    '/v1/files/file-1/content',
  ]);
});
