import { encodeUnifiedFileId, fileIdCodec } from '../../lib/index';
import { startContentProvider } from '../support/content-provider';
import { EXPRESS_MAJORS } from '../support/gateway';
import { get, holder, startRegistryGateway } from '../support/registry-gateway';
import { modelId } from '../support/resolving';

describe.each(EXPRESS_MAJORS)('in Express %i', (express) => {
  test('the provider from the path, a header, the query or a model gets its own id and its own key', async () => {
    await using first = await startContentProvider('first');
    await using second = await startContentProvider('second');
    await using gate = await startRegistryGateway(
      {
        providers: { openai: holder('openai', first), azure: holder('azure', second) },
        models: { m: { provider: 'azure' } },
      },
      express,
    );
    const client = { authorization: 'Bearer client' };
    expect((await get(`${gate.origin}/v1/files/file-1/content`, client)).text).toBe('first');
    expect((await get(`${gate.origin}/azure/v1/files/file-2/content`, client)).text).toBe('second');
    expect(
      (await get(`${gate.origin}/v1/files/file-3/content`, { ...client, 'custom-llm-provider': 'azure' })).text,
    ).toBe('second');
    expect((await get(`${gate.origin}/v1/files/file-4/content?provider=azure`, client)).text).toBe('second');
    expect(
      (await get(`${gate.origin}/openai/v1/files/${modelId('file-5', 'm')}/content?provider=openai`, client)).text,
    ).toBe('second');
    expect(first.requests.map(({ url }) => url)).toEqual(['/v1/files/file-1/content']);
    expect(second.requests.map(({ url }) => url)).toEqual([2, 3, 4, 5].map((id) => `/v1/files/file-${id}/content`));
    for (const { headers } of second.requests) {
      expect(headers).toMatchObject({ authorization: 'Bearer sk-azure-key', 'openai-organization': 'org-azure' });
      expect(headers).not.toHaveProperty('custom-llm-provider');
    }
    expect((await gate.recorded(5)).map(({ provider, outcome }) => [provider, outcome])).toEqual([
      ['openai', 'completed'],
      ...Array.from({ length: 4 }, () => ['azure', 'completed']),
    ]);
  });

  test('a name given twice is a 400, an unregistered one a 404, and neither reaches a provider', async () => {
    await using server = await startContentProvider('content');
    await using gate = await startRegistryGateway({ providers: { openai: holder('openai', server) } }, express);
    for (const [path, expected, code] of [
      ['/v1/files/file-1/content?provider=openai&provider=azure', 400, 'invalid_request'],
      ['/v1/files/file-1/content?model=a&model=b', 400, 'invalid_request'],
      ['/v1/files/file-1/content?provider=__proto__', 404, 'file_not_found'],
      ['/constructor/v1/files/file-1/content', 404, 'file_not_found'],
      [`/v1/files/${modelId('file-1', 'unknown')}/content`, 404, 'file_not_found'],
    ] as const) {
      const { status, text } = await get(gate.origin + path);
      expect([path, status]).toEqual([path, expected]);
      expect(JSON.parse(text)).toMatchObject({ error: { type: 'invalid_request_error', code } });
    }
    const repeated = await fetch(`${gate.origin}/v1/files/file-1/content`, {
      headers: [
        ['custom-llm-provider', 'openai'],
        ['custom-llm-provider', 'azure'],
      ],
    });
    expect(repeated.status).toBe(400);
    await repeated.body?.cancel();
    expect(server.requests).toEqual([]);
    expect((await gate.recorded(6)).map(({ outcome }) => outcome)).toEqual(Array(6).fill('rejected'));
  });
});

test('addresses of objects never reach a provider, at any depth of percent-encoding', async () => {
  await using server = await startContentProvider('content');
  await using gate = await startRegistryGateway({
    providers: { openai: holder('openai', server) },
    models: { m: { provider: 'openai' } },
  });
  let uri = 's3://bucket/secret';
  for (let depth = 0; depth <= 12; depth += 1) {
    const inPath = encodeURIComponent(uri);
    const hidden = modelId(uri, 'm');
    for (const id of [inPath, hidden]) {
      const { status, text } = await get(`${gate.origin}/v1/files/${id}/content`);
      expect([depth, status]).toEqual([depth, 400]);
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'invalid_file_id' } });
    }
    uri = encodeURIComponent(uri);
  }
  expect(server.requests).toEqual([]);
});

test('a policy that demands managed ids refuses raw ones without asking the provider', async () => {
  await using server = await startContentProvider('content');
  await using gate = await startRegistryGateway({
    providers: { openai: holder('openai', server) },
    models: { m: { provider: 'openai' } },
    managedFiles: { lookup: ({ outputFileId }) => ({ provider: 'openai', fileId: outputFileId }) },
    acceptedIds: ['managed'],
  });
  for (const id of ['file-1', modelId('file-1', 'm')]) {
    expect((await get(`${gate.origin}/v1/files/${id}/content`)).status).toBe(400);
  }
  expect(server.requests).toEqual([]);
  const managed = encodeUnifiedFileId({
    mimeType: 'application/jsonl',
    unifiedId: 'c4843482-b176-4901-8292-7523fd0f2c6e',
    targetModelNames: ['gpt-4o-mini'],
    outputFileId: 'file-out',
    outputFileModelId: 'deployment-1',
  });
  expect((await get(`${gate.origin}/v1/files/${managed}/content`)).text).toBe('content');
  expect(server.requests).toMatchObject([{ url: '/v1/files/file-out/content' }]);
});

test('missing, foreign and forged ids get the same bytes', async () => {
  await using server = await startContentProvider('content');
  const fileIds = fileIdCodec({ keys: [Buffer.alloc(32, 1)] });
  const foreign = fileIdCodec({ keys: [Buffer.alloc(32, 2)] });
  await using gate = await startRegistryGateway({
    providers: { openai: holder('openai', server), keyed: () => undefined },
    fileIds,
    managedFiles: { lookup: () => undefined },
    tenant: () => 'mine',
    authorize: (_req, { fileId }) => fileId !== 'file-refused',
  });
  const own = fileIds.encode({ provider: 'openai', fileId: 'file-1', tenant: 'mine' });
  const unified = { mimeType: 'a/b', unifiedId: 'u', targetModelNames: [], outputFileId: 'f', outputFileModelId: 'm' };
  const ids = {
    missing: fileIds.encode({ provider: 'openai', fileId: 'file-missing', tenant: 'mine' }),
    refused: fileIds.encode({ provider: 'openai', fileId: 'file-refused', tenant: 'mine' }),
    ofAnother: fileIds.encode({ provider: 'openai', fileId: 'file-1', tenant: 'theirs' }),
    ofNobody: fileIds.encode({ provider: 'openai', fileId: 'file-1' }),
    ofNoAccount: fileIds.encode({ provider: 'keyed', fileId: 'file-1', account: 'none', tenant: 'mine' }),
    forged: `${own.slice(0, 30)}${own[30] === 'A' ? 'B' : 'A'}${own.slice(31)}`,
    foreign: foreign.encode({ provider: 'openai', fileId: 'file-1' }),
    plain: 'file-1',
    unrecorded: encodeUnifiedFileId(unified),
  };
  const told = new Set<string>();
  for (const id of Object.values(ids)) {
    const { status, text, headers } = await get(`${gate.origin}/v1/files/${id}/content`);
    // A request has its own time and number, whatever became of it, and the answer repeats the id that the client
    // wrote.
    const varying = ['date', 'x-request-id', 'content-length'];
    const shared = headers.filter(([name]) => !varying.includes(name));
    told.add(JSON.stringify([status, text.replace(id, '<id>'), shared]));
    expect(text).not.toContain('native-id');
  }
  expect([...told]).toHaveLength(1);
  expect([...told][0]).toMatch(/^\[404,/);
  expect((await get(`${gate.origin}/v1/files/${own}/content`)).text).toBe('content');
  expect(server.requests).toHaveLength(2);
});
