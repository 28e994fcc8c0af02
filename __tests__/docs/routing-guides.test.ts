import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeModelFileId, encodeUnifiedFileId } from '../../lib/index';
import { startContentProvider } from '../support/content-provider';
import { serve } from '../support/local-server';
import { temporaryDirectory } from '../support/temporary-directory';

const docs = join(__dirname, '../../docs');

function example<Module extends object>(name: string): Module {
  return jest.requireActual<Module>(join(docs, 'examples', name));
}

type Choosing = typeof import('../../docs/examples/choosing-a-provider.mjs');
type Tenants = typeof import('../../docs/examples/many-tenants.mjs');
type Migrating = typeof import('../../docs/examples/migrating-from-litellm.mjs');
type SignedIds = typeof import('../../docs/examples/signed-ids.mjs');
type Writing = typeof import('../../docs/examples/writing-a-provider.mjs');

async function download(url: string, token = ''): Promise<string> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const text = await response.text();
  return response.ok ? text : String(response.status);
}

test.each([
  ['routing', 'examples/signed-ids'],
  ['guides/choosing-a-provider', '../examples/choosing-a-provider'],
  ['guides/many-tenants', '../examples/many-tenants'],
  ['guides/migrating-from-litellm', '../examples/migrating-from-litellm'],
  ['guides/writing-a-provider', '../examples/writing-a-provider'],
])('the code in docs/%s.md is that of its example', (page, link) => {
  const path = join(docs, `${page}.md`);
  const text = readFileSync(path, 'utf8');
  const code = unindent(readFileSync(join(dirname(path), `${link}.mts`), 'utf8'));
  const fences = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, fence = '']) => unindent(fence));
  expect(fences.length).toBeGreaterThan(0);
  for (const fence of fences) expect(code).toContain(fence);
  expect(text).toContain(`](${link}.mts)`);
});

test('signed ids: what was encoded comes back', () => {
  const { opened, inAnswer } = example<SignedIds>('signed-ids.mts');
  expect(inAnswer).toEqual({ provider: 'openai', fileId: 'file-abc', tenant: 'acme' });
  expect(opened).toEqual({ provider: 'azure', account: 'eu', fileId: 'assistant-123', tenant: 'acme' });
});

// A guide shows a part of a function without its indentation.
function unindent(text: string): string {
  return text.replace(/^ +/gm, '');
}

test('choosing a provider: the allow-list and the owner decide, not the client', async () => {
  await using openai = await startContentProvider('at OpenAI');
  await using azure = await startContentProvider('at Azure');
  const { createGateway } = example<Choosing>('choosing-a-provider.mts');
  const app = createGateway({
    openaiKey: 'sk-1',
    openaiBaseURL: `${openai.origin}/v1`,
    azureKey: 'azure-1',
    azureEndpoint: azure.origin,
    callers: new Map([
      ['alice-token', 'alice'],
      ['bob-token', 'bob'],
    ]),
    owners: new Map([
      ['openai/file-1', 'alice'],
      ['azure/file-2', 'bob'],
    ]),
  });
  await using gateway = await serve(app);
  const files = `${gateway.origin}/v1/files`;
  expect(await download(`${files}/file-1/content`, 'alice-token')).toBe('at OpenAI');
  expect(await download(`${files}/file-1/content`, 'bob-token')).toBe('404');
  expect(await download(`${files}/file-1/content?provider=azure`, 'alice-token')).toBe('404');
  expect(await download(`${files}/file-2/content?provider=azure`, 'bob-token')).toBe('at Azure');
  expect(await download(`${gateway.origin}/azure/v1/files/file-2/content`, 'bob-token')).toBe('at Azure');
  expect(
    await download(`${files}/${encodeModelFileId({ fileId: 'file-2', model: 'gpt-4o-eu' })}/content`, 'bob-token'),
  ).toBe('at Azure');
  expect(await download(`${files}/file-1/content?provider=other`, 'alice-token')).toBe('404');
  expect(await download(`${files}/file-1/content`, 'nobody')).toBe('401');
});

test("many tenants: each file with its own account's key, and only for its tenant", async () => {
  await using server = await startContentProvider('content');
  const { createGateway } = example<Tenants>('many-tenants.mts');
  const baseURL = `${server.origin}/v1`;
  const { app, publicId } = createGateway({
    fileIdKeys: [Buffer.alloc(32, 1).toString('base64')],
    tenants: new Map([
      ['acme-token', 'acme'],
      ['globex-token', 'globex'],
    ]),
    accounts: new Map([
      ['acme/main', { apiKey: 'sk-acme', baseURL }],
      ['globex/main', { apiKey: 'sk-globex', baseURL }],
    ]),
  });
  await using gateway = await serve(app);
  const acmes = `${gateway.origin}/v1/files/${publicId('acme', 'main', 'file-1')}/content`;
  expect(await download(acmes, 'acme-token')).toBe('content');
  expect(await download(acmes, 'globex-token')).toBe('404');
  expect(
    await download(`${gateway.origin}/v1/files/${publicId('globex', 'main', 'file-1')}/content`, 'globex-token'),
  ).toBe('content');
  expect(
    await download(`${gateway.origin}/v1/files/${publicId('acme', 'other', 'file-1')}/content`, 'acme-token'),
  ).toBe('404');
  expect(await download(`${gateway.origin}/v1/files/file-1/content`, 'acme-token')).toBe('404');
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer sk-acme', 'Bearer sk-globex']);
});

test('migrating from LiteLLM: its routes, headers and ids lead where they led', async () => {
  await using openai = await startContentProvider('at OpenAI');
  await using vllm = await startContentProvider('at vLLM');
  const { createGateway } = example<Migrating>('migrating-from-litellm.mts');
  const unified = {
    mimeType: 'application/jsonl',
    unifiedId: 'c4843482-b176-4901-8292-7523fd0f2c6e',
    targetModelNames: ['llama'],
    outputFileId: 'file-9',
    outputFileModelId: 'deployment',
  };
  const app = createGateway({
    openaiKey: 'sk-1',
    openaiBaseURL: `${openai.origin}/v1`,
    vllmBaseURL: `${vllm.origin}/v1`,
    modelsOfKey: new Map([
      ['vk-1', ['gpt-4o', 'llama']],
      ['vk-2', ['gpt-4o']],
    ]),
    managedFiles: new Map([[unified.unifiedId, { provider: 'hosted_vllm', fileId: 'file-9', createdBy: 'vk-1' }]]),
  });
  await using gateway = await serve(app);
  const onLlama = encodeModelFileId({ fileId: 'file-1', model: 'llama' });
  const managed = encodeUnifiedFileId(unified);
  expect(await download(`${gateway.origin}/v1/files/file-1/content`, 'vk-1')).toBe('at OpenAI');
  expect(await download(`${gateway.origin}/files/file-1/content`, 'vk-1')).toBe('at OpenAI');
  expect(await download(`${gateway.origin}/hosted_vllm/v1/files/file-1/content`, 'vk-1')).toBe('at vLLM');
  expect(await download(`${gateway.origin}/v1/files/${onLlama}/content`, 'vk-1')).toBe('at vLLM');
  expect(await download(`${gateway.origin}/v1/files/${onLlama}/content`, 'vk-2')).toBe('404');
  expect(await download(`${gateway.origin}/v1/files/file-1/content?model=llama`, 'vk-2')).toBe('404');
  expect(await download(`${gateway.origin}/v1/files/${managed}/content`, 'vk-1')).toBe('at vLLM');
  expect(await download(`${gateway.origin}/v1/files/${managed}/content`, 'vk-2')).toBe('404');
});

test('writing a provider: what an SDK brings is sent, and its refusal is translated', async () => {
  await using server = await startContentProvider('by the SDK');
  const { createGateway, presignedProvider, sdkProvider } = example<Writing>('writing-a-provider.mts');
  const sdk = sdkProvider({ apiKey: 'sk-1', baseURL: `${server.origin}/v1` });
  const store = presignedProvider({ baseURL: server.origin, token: async () => 'unused' });
  await using gateway = await serve(createGateway({ sdk, store }));
  expect(await download(`${gateway.origin}/sdk/v1/files/file-1/content`)).toBe('by the SDK');
  expect(await download(`${gateway.origin}/sdk/v1/files/file-missing/content`)).toBe('404');
  expect(server.requests[0]).toMatchObject({
    url: '/v1/files/file-1/content',
    headers: { authorization: 'Bearer sk-1' },
  });
});

test("writing a provider: a pre-signed URL is requested without the store's token", async () => {
  await using objects = await startContentProvider('the object');
  const signing: (string | undefined)[] = [];
  await using store = await serve((req, res) => {
    signing.push(req.headers.authorization);
    req.resume();
    const id = decodeURIComponent(req.url?.split('/')[2] ?? '');
    if (id === 'none') res.writeHead(404).end();
    else
      res
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ url: `${objects.origin}/b/${id}?sig=s1` }));
  });
  const { createGateway, presignedProvider, sdkProvider } = example<Writing>('writing-a-provider.mts');
  const sdk = sdkProvider({ apiKey: 'sk-1', baseURL: `${objects.origin}/v1` });
  let issued = 0;
  const token = async () => `token-${++issued}`;
  await using gateway = await serve(createGateway({ sdk, store: presignedProvider({ baseURL: store.origin, token }) }));
  expect(await download(`${gateway.origin}/store/v1/files/a~b/content`)).toBe('the object');
  expect(await download(`${gateway.origin}/store/v1/files/none/content`)).toBe('404');
  expect(signing).toEqual(['Bearer token-1', 'Bearer token-2']);
  expect(objects.requests).toMatchObject([{ url: '/b/a~b?sig=s1' }]);
  expect(objects.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('writing a provider: streams of fetch and of a disk, with ranges', async () => {
  await using archive = await startContentProvider('from the archive');
  const directory = await temporaryDirectory('disk-provider');
  await writeFile(join(directory, 'file-1'), '0123456789');
  const { archiveProvider, createGateway, diskProvider, presignedProvider } =
    example<Writing>('writing-a-provider.mts');
  const store = presignedProvider({ baseURL: archive.origin, token: async () => 'unused' });
  await using first = await serve(createGateway({ sdk: archiveProvider(archive.origin), store }));
  expect(await download(`${first.origin}/sdk/v1/files/file-1/content`)).toBe('from the archive');
  await using second = await serve(createGateway({ sdk: diskProvider(directory), store }));
  const url = `${second.origin}/sdk/v1/files/file-1/content`;
  const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
  expect([part.status, await part.text()]).toEqual([206, '234']);
  expect(await download(url)).toBe('0123456789');
  expect((await fetch(`${second.origin}/sdk/v1/files/file-2/content`)).status).toBe(404);
});
