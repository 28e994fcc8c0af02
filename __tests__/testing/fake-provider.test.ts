import { type FakeFile, type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { connectRaw, type RawResult } from '../support/raw-client';

async function getRaw(provider: FakeProvider, id: string): Promise<RawResult> {
  using client = await connectRaw(provider.port);
  client.send(`GET /v1/files/${id}/content HTTP/1.1\r\nHost: provider\r\n\r\n`);
  await client.closed;
  return client.result();
}

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));

function* halves(): Generator<Uint8Array> {
  yield bytes.subarray(0, 500);
  yield bytes.subarray(500);
}

test('serves bytes, strings and functions with the headers of OpenAI', async () => {
  await using provider = await fakeProvider({
    files: {
      'file-bytes': bytes,
      'file-text': 'text',
      'file-made': { content: halves },
      'file-declared': { content: halves, length: 1000 },
    },
  });
  async function get(id: string) {
    const response = await fetch(`${provider.baseURL}/files/${id}/content`);
    return { response, body: Buffer.from(await response.arrayBuffer()) };
  }
  const { response, body } = await get('file-bytes');
  expect(body).toEqual(bytes);
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-length': '1000',
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'openai-organization': 'org-fake',
    'openai-version': '2020-10-01',
    'x-request-id': expect.stringMatching(/^req_[0-9a-f]{32}$/),
  });
  expect((await get('file-text')).body.toString()).toBe('text');
  const made = await get('file-made');
  expect(made.body).toEqual(bytes);
  expect(made.response.headers.get('transfer-encoding')).toBe('chunked');
  expect((await get('file-made')).body).toEqual(bytes);
  expect((await get('file-declared')).response.headers.get('content-length')).toBe('1000');
});

test('serves HEAD and ranges, and a 404 for unknown files', async () => {
  await using provider = await fakeProvider({ files: { 'file-1': bytes } });
  const url = `${provider.baseURL}/files/file-1/content`;
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '1000', '']);
  const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/1000']);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10, 20));
  const past = await fetch(url, { headers: { range: 'bytes=1000-' } });
  expect([past.status, past.headers.get('content-range')]).toEqual([416, 'bytes */1000']);
  for (const range of ['bytes=0-1,5-6', 'lines=1-2'])
    expect((await fetch(url, { headers: { range } })).status).toBe(200);
  expect((await fetch(url, { headers: { range: 'bytes=0-1', 'if-range': '"x"' } })).status).toBe(200);
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
  const missing = await fetch(`${provider.baseURL}/files/file-2/content`);
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { error: { message: 'No such File object: file-2', type: 'invalid_request_error', param: null, code: null } },
  ]);
  expect((await fetch(`${provider.origin}/elsewhere`)).status).toBe(404);
});

test('knows containers, videos and skills by the id before /content', async () => {
  await using provider = await fakeProvider({ files: { 'id:1': 'content' } });
  for (const path of ['containers/c1/files/id%3A1', 'videos/id:1', 'skills/id:1', 'skills/id:1/versions/2']) {
    expect((await fetch(`${provider.baseURL}/${path}/content?variant=thumbnail`)).status).toBe(200);
  }
  expect(provider.requests.map(({ fileId }) => fileId)).toEqual(['id:1', 'id:1', 'id:1', 'id:1']);
});

test("knows Gemini's path, and files by their whole path", async () => {
  await using provider = await fakeProvider({ files: { 'file-1': 'gemini', '/bucket/a%20b.jsonl': 'store' } });
  const texts = ['/v1beta/files/file-1:download?alt=media', '/bucket/a%20b.jsonl?versionId=1'].map(async (path) =>
    (await fetch(provider.origin + path)).text(),
  );
  expect(await Promise.all(texts)).toEqual(['gemini', 'store']);
});

test('serves the rest of a file whose entity tag has not changed', async () => {
  await using provider = await fakeProvider({ files: { 'file-1': { content: bytes, headers: { ETag: '"v1"' } } } });
  const statusOf = async (condition: string) => {
    const headers = { range: 'bytes=500-', 'if-range': condition };
    return (await fetch(`${provider.baseURL}/files/file-1/content`, { headers })).status;
  };
  expect(await statusOf('"v1"')).toBe(206);
  expect(await statusOf('"v2"')).toBe(200);
  provider.setFile('file-1', { content: bytes, headers: { etag: 'W/"v1"' } });
  expect(await statusOf('W/"v1"')).toBe(200);
});

test('lets respond() write every response that has the key', async () => {
  await using provider = await fakeProvider({
    apiKey: 'sk-1',
    files: { 'file-1': 'the file' },
    respond: (req, res) => res.writeHead(418).end(req.method),
  });
  const url = `${provider.baseURL}/files/file-1/content`;
  const headers = { authorization: 'Bearer sk-1' };
  expect((await fetch(url, { method: 'PUT' })).status).toBe(401);
  const told = await fetch(url, { method: 'PUT', headers });
  expect([told.status, await told.text()]).toEqual([418, 'PUT']);
  provider.respond = () => {
    throw new Error('broken');
  };
  await expect(fetch(url, { headers })).rejects.toThrow();
  provider.respond = undefined;
  expect(await (await fetch(url, { headers })).text()).toBe('the file');
});

test('forgets requests on clear(), and counts anew', async () => {
  await using provider = await fakeProvider({ files: { 'file-1': 'a' } });
  const url = `${provider.baseURL}/files/file-1/content`;
  await (await fetch(url)).text();
  provider.clear();
  expect(provider.requests).toEqual([]);
  const arrived = provider.requestsReceived(1);
  await (await fetch(url, { headers: { 'X-Own': '1' } })).text();
  await arrived;
  expect(provider.requests[0]?.rawHeaders).toContain('X-Own');
});

test('requires its key, and records the requests', async () => {
  await using provider = await fakeProvider({ apiKey: 'sk-1', files: { 'file-1': 'content' } });
  const url = `${provider.baseURL}/files/file-1/content?a=b`;
  expect((await fetch(url, { headers: { authorization: 'Bearer sk-2' } })).status).toBe(401);
  expect((await fetch(url, { headers: { authorization: 'Bearer sk-1' } })).status).toBe(200);
  expect(provider.requests).toMatchObject([
    { method: 'GET', url: '/v1/files/file-1/content?a=b', fileId: 'file-1', headers: { authorization: 'Bearer sk-2' } },
    { fileId: 'file-1', headers: { authorization: 'Bearer sk-1' } },
  ]);
  expect(await provider.requests[1]?.ended).toBe('sent');
});

test('prefers the headers of the file, and replaces files', async () => {
  await using provider = await fakeProvider();
  const file: FakeFile = {
    content: 'a',
    contentType: 'text/csv',
    filename: 'a.csv',
    headers: { etag: '"1"', 'x-request-id': 'req_1' },
  };
  provider.setFile('file-1', file);
  const url = `${provider.baseURL}/files/file-1/content`;
  expect(Object.fromEntries((await fetch(url)).headers)).toMatchObject({
    'content-type': 'text/csv',
    'content-disposition': 'attachment; filename="a.csv"',
    etag: '"1"',
    'x-request-id': 'req_1',
  });
  provider.setFile('file-1', 'b');
  expect(await (await fetch(url)).text()).toBe('b');
});

describe('faults', () => {
  test.each(['fin', 'rst'] as const)('a cut by %s ends the body before its declared length', async (by) => {
    await using provider = await fakeProvider({
      files: { 'file-1': { content: bytes, fault: { kind: 'cut', afterBytes: 400, by } } },
    });
    const { responses, ending } = await getRaw(provider, 'file-1');
    expect(ending).toBe(by);
    // A reset may overtake what was sent before it.
    if (by === 'fin') expect(responses[0]?.body).toEqual(bytes.subarray(0, 400));
    else expect(responses[0]?.complete).not.toBe(true);
    expect(await provider.requests[0]?.ended).toBe('aborted');
  });

  test('a cut at 0 bytes sends the head', async () => {
    await using provider = await fakeProvider({
      files: { 'file-1': { content: bytes, fault: { kind: 'cut', afterBytes: 0, by: 'fin' } } },
    });
    const { response } = await getRaw(provider, 'file-1');
    expect(response).toMatchObject({ status: 200, body: Buffer.alloc(0), complete: false });
    expect(response.headers.get('content-length')).toEqual(['1000']);
  });

  test("sends an error in OpenAI's shape the given number of times", async () => {
    const fault = { kind: 'status', status: 503, headers: { 'retry-after': '1' }, times: 1 } as const;
    await using provider = await fakeProvider({ files: { 'file-1': { content: bytes, fault } } });
    const url = `${provider.baseURL}/files/file-1/content`;
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toEqual({
      error: {
        message: 'The server had an error while processing your request.',
        type: 'server_error',
        param: null,
        code: null,
      },
    });
    expect((await fetch(url)).status).toBe(200);
  });

  test('a stall lasts until the connection ends, before the headers or after some bytes', async () => {
    await using provider = await fakeProvider({
      files: {
        'file-silent': { content: bytes, fault: { kind: 'stall' } },
        'file-half': { content: bytes, fault: { kind: 'stall', afterBytes: 400 } },
      },
    });
    const leaving = new AbortController();
    const half = await fetch(`${provider.baseURL}/files/file-half/content`, { signal: leaving.signal });
    const reader = half.body?.getReader();
    let received = 0;
    while (received < 400) received += (await reader?.read())?.value?.length ?? 0;
    expect(received).toBe(400);
    const silent = fetch(`${provider.baseURL}/files/file-silent/content`, { signal: leaving.signal });
    await provider.requestsReceived(2);
    leaving.abort();
    await expect(silent).rejects.toThrow();
    for (const { ended } of provider.requests) expect(await ended).toBe('aborted');
  });
});

test('holds the response back until the gate opens', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  await using provider = await fakeProvider({ files: { 'file-1': { content: 'a', gate: () => opened } } });
  let isAnswered = false;
  const answer = fetch(`${provider.baseURL}/files/file-1/content`).then((response) => {
    isAnswered = true;
    return response.text();
  });
  await provider.requestsReceived(1);
  expect(isAnswered).toBe(false);
  open();
  expect(await answer).toBe('a');
});

test('closes the connection if the content function throws', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield bytes;
    throw new Error('no more');
  }
  await using provider = await fakeProvider({ files: { 'file-1': { content: broken } } });
  const download = fetch(`${provider.baseURL}/files/file-1/content`).then((response) => response.arrayBuffer());
  await expect(download).rejects.toThrow();
});

test('stops the content function if the client leaves', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(65_536);
    } finally {
      release();
    }
  }
  await using provider = await fakeProvider({ files: { 'file-1': { content: endless } } });
  const leaving = new AbortController();
  await fetch(`${provider.baseURL}/files/file-1/content`, { signal: leaving.signal });
  leaving.abort();
  await released;
  expect(await provider.requests[0]?.ended).toBe('aborted');
});

test('throws a TypeError for anything that is not a file', async () => {
  await expect(fakeProvider({ files: { 'file-1': { content: 3 } as never } })).rejects.toThrow(
    'fakeProvider: "files.file-1.content" must be a string, bytes or a function, got a number. See ',
  );
});

test.each([
  [{ kind: 'cutt', afterBytes: 1, by: 'fin' }, '"files.file-1.fault.kind" must be one of', "Did you mean 'cut'?"],
  [{ kind: 'cut', by: 'fin' }, '"files.file-1.fault.afterBytes" must be an integer from 0 to ', 'got undefined'],
  [{ kind: 'cut', afterBytes: 1, by: 'reset' }, '"files.file-1.fault.by" must be ', "'fin' or 'rst'"],
  [
    { kind: 'stall', afterByte: 1 },
    'unknown option "files.file-1.fault.afterByte"',
    'Did you mean `files.file-1.fault.afterBytes`?',
  ],
  [{ kind: 'status' }, '"files.file-1.fault.status" must be an integer from 200 to 999', 'got undefined'],
  [{ kind: 'status', status: 500, message: 1 }, '"files.file-1.fault.message" must be a string', 'got a number'],
  [
    { kind: 'status', status: 503, headers: { 'retry-after': 1 } },
    '"files.file-1.fault.headers.retry-after" must be a string',
    'got a number',
  ],
  [{ kind: 'stall', times: -1 }, '"files.file-1.fault.times" must be an integer from 0 to ', 'got number -1'],
  ['cut', '"files.file-1.fault" must be an object', 'got a string'],
])('throws a TypeError for the fault %j, which would never be seen', async (fault, problem, hint) => {
  const made = fakeProvider({ files: { 'file-1': { content: 'a', fault: fault as never } } });
  await expect(made).rejects.toThrow(TypeError);
  await expect(made).rejects.toThrow(problem);
  await expect(made).rejects.toThrow(hint);
});

test('throws a TypeError for a length that is not one', async () => {
  const made = fakeProvider({ files: { 'file-1': { content: 'a', length: Number.NaN } } });
  await expect(made).rejects.toThrow('fakeProvider: "files.file-1.length" must be an integer from 0 to ');
});

test('may be closed twice', async () => {
  const provider = await fakeProvider();
  await provider.close();
  await provider.close();
  await expect(fetch(provider.origin)).rejects.toThrow();
});
