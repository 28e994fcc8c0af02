import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  bufferedProvider,
  encodeModelFileId,
  encodeUnifiedFileId,
  type LocatedProvider,
  openai,
  openaiCompatible,
  type RegistryResolverOptions,
  registryResolver,
} from '../../lib/index';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { download, open, patternBytes, readAll } from '../support/download';
import { EXPRESS_MAJORS, type Gateway, type GatewayOptions, startGateway } from '../support/gateway';

/** What callers of LiteLLM's file content route rely on, each as a behaviour of this router. */
describe.each(EXPRESS_MAJORS)('the behaviours of LiteLLM’s file content route (Express %i)', (express) => {
  let provider: FakeProvider;
  let upstream: ServerResponse | undefined;

  beforeEach(async () => {
    provider = await startContentProvider();
    upstream = undefined;
  });

  afterEach(async () => {
    await provider[Symbol.asyncDispose]();
  });

  function start(registry: RegistryResolverOptions, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
    return startGateway({ express, resolveProvider: registryResolver(registry), ...options });
  }

  function held(name = 'openai', key = 'sk-held'): LocatedProvider {
    return openai({ name, apiKey: key, organization: `org-${name}`, baseURL: `${provider.origin}/${name}/v1` });
  }

  /** The provider answers with the first bytes and keeps the rest until it is told. */
  function answerInParts(): void {
    provider.respond = (_request, response) => {
      upstream = response;
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'x-request-id': 'req_1' });
      response.write('first ');
    };
  }

  it('1. chunks and headers arrive in order; key, base URL, organisation and id reach the provider', async () => {
    answerInParts();
    await using app = await start({ providers: { openai: held() } });
    const response = await open(`${app.origin}/v1/files/file-abc/content`);
    const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
    const received: string[] = [];
    for (const next of ['second ', 'third ', undefined]) {
      received.push(String((await chunks.next()).value));
      if (next === undefined) upstream?.end();
      else upstream?.write(next);
    }
    expect((await chunks.next()).done).toBe(true);
    expect(received).toEqual(['first ', 'second ', 'third ']);
    expect(response.headers).toMatchObject({ 'content-type': 'application/octet-stream', 'x-request-id': 'req_1' });
    expect(provider.requests).toMatchObject([
      {
        method: 'GET',
        url: '/openai/v1/files/file-abc/content',
        headers: { authorization: 'Bearer sk-held', 'openai-organization': 'org-openai' },
      },
    ]);
  });

  it('2. a complete stream is logged once, as a success', async () => {
    await using app = await start({ providers: { openai: held() } });
    await download(`${app.origin}/v1/files/file-abc/content`);
    expect(await app.recorded(1)).toMatchObject([
      {
        outcome: 'completed',
        resource: 'files',
        provider: 'openai',
        fileId: 'file-abc',
        upstreamOrigin: provider.origin,
        complete: 'yes',
        delivery: 'stream',
      },
    ]);
  });

  it('3. provider and address are known before the first chunk', async () => {
    answerInParts();
    await using app = await start({ providers: { openai: held() } });
    const response = await open(`${app.origin}/v1/files/file-abc/content`);
    expect(app.starts).toMatchObject([{ provider: 'openai', upstreamOrigin: provider.origin, fileId: 'file-abc' }]);
    expect(app.records).toEqual([]);
    upstream?.end();
    await readAll(response);
    expect(await app.recorded(1)).toMatchObject([{ provider: 'openai', upstreamOrigin: provider.origin }]);
  });

  it('4. a client that closes early closes the provider’s stream, once, and is no success', async () => {
    answerInParts();
    await using app = await start({ providers: { openai: held() } });
    const response = await open(`${app.origin}/v1/files/file-abc/content`);
    await once(response, 'data');
    let closed = 0;
    upstream?.on('close', () => {
      closed += 1;
    });
    response.destroy();
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'client_aborted', complete: 'no', bytesSent: 6 }]);
    if (closed === 0 && upstream) await once(upstream, 'close');
    expect(closed).toBe(1);
    expect(app.records).toHaveLength(1);
  });

  it('5. a failure in the middle is logged once, as a failure, with its cause', async () => {
    answerInParts();
    await using app = await start({ providers: { openai: held() } });
    const response = await open(`${app.origin}/v1/files/file-abc/content`);
    await once(response, 'data');
    upstream?.destroy();
    await expect(readAll(response)).rejects.toThrow('aborted');
    expect(await app.recorded(1)).toMatchObject([
      {
        outcome: 'upstream_truncated',
        complete: 'no',
        error: { code: 'provider_invalid_response', cause: { name: 'Error', message: expect.any(String) } },
      },
    ]);
  });

  describe('6. resolution', () => {
    it('without a model takes the values as they are', async () => {
      await using app = await start({ providers: { openai: held(), azure: held('azure', 'sk-azure') } });
      await download(`${app.origin}/v1/files/file-abc/content`, { headers: { 'custom-llm-provider': 'azure' } });
      expect(provider.requests).toMatchObject([
        { url: '/azure/v1/files/file-abc/content', headers: { authorization: 'Bearer sk-azure' } },
      ]);
    });

    it('with a model takes the decoded id and the model’s credential, whatever else the request names', async () => {
      const registry: RegistryResolverOptions = Object.freeze({
        providers: Object.freeze({ openai: held() }),
        models: Object.freeze({ 'gpt-4o-litellm': Object.freeze({ provider: held('deployment', 'sk-deployment') }) }),
      });
      await using app = await start(registry);
      const fileId = encodeModelFileId({ fileId: 'file-abc123', model: 'gpt-4o-litellm' });
      expect(fileId).toBe('file-bGl0ZWxsbTpmaWxlLWFiYzEyMzttb2RlbCxncHQtNG8tbGl0ZWxsbQ');
      await download(`${app.origin}/v1/files/${fileId}/content`, { headers: { 'custom-llm-provider': 'openai' } });
      expect(provider.requests).toMatchObject([
        {
          url: '/deployment/v1/files/file-abc123/content',
          headers: { authorization: 'Bearer sk-deployment', 'openai-organization': 'org-deployment' },
        },
      ]);
      expect(await app.recorded(1)).toMatchObject([{ fileId, upstreamFileId: 'file-abc123', provider: 'deployment' }]);
    });
  });

  it('7. a model whose provider cannot stream is buffered, with the decoded id and that provider’s key', async () => {
    const content = patternBytes(100_000);
    provider.respond = (_request, response) => void response.writeHead(200).end(content);
    const slow: LocatedProvider = { ...held('slow', 'sk-slow'), streaming: false };
    await using app = await start({ providers: { openai: held() }, models: { m: { provider: slow } } });
    const fileId = encodeModelFileId({ fileId: 'file-abc', model: 'm' });
    const { status, headers, body } = await download(`${app.origin}/v1/files/${fileId}/content`);
    expect([status, headers['content-length']]).toEqual([200, '100000']);
    expect(body.equals(content)).toBe(true);
    expect(provider.requests).toMatchObject([
      { url: '/slow/v1/files/file-abc/content', headers: { authorization: 'Bearer sk-slow' } },
    ]);
    expect(await app.recorded(1)).toMatchObject([{ delivery: 'buffer', provider: 'slow', outcome: 'completed' }]);
  });

  it('8. a provider named by header that cannot stream never touches the streaming path', async () => {
    const asked: string[] = [];
    const bedrock = bufferedProvider({
      name: 'bedrock',
      async fetchContent({ fileId }) {
        asked.push(fileId);
        return { body: Buffer.from('whole'), contentType: 'application/jsonl' };
      },
    });
    await using app = await start({ providers: { openai: held(), bedrock } });
    const { status, body } = await download(`${app.origin}/v1/files/file-abc/content`, {
      headers: { 'custom-llm-provider': 'bedrock' },
    });
    expect([status, body.toString()]).toEqual([200, 'whole']);
    expect(asked).toEqual(['file-abc']);
    expect(provider.requests).toEqual([]);
    expect(await app.recorded(1)).toMatchObject([{ delivery: 'buffer', provider: 'bedrock' }]);
  });

  describe('9. raw cloud addresses', () => {
    const raw = 's3://bucket/key';

    it.each([
      ['as they are', raw],
      ['encoded once', encodeURIComponent(raw)],
      ['encoded twice', encodeURIComponent(encodeURIComponent(raw))],
      ['encoded many times', Array.from({ length: 9 }).reduce<string>((id) => encodeURIComponent(id), raw)],
      ['inside a model-encoded id', encodeModelFileId({ fileId: raw, model: 'm' })],
    ])('are refused %s', async (_how, id) => {
      await using app = await start({ providers: { openai: held() }, models: { m: { provider: 'openai' } } });
      const { status } = await download(`${app.origin}/v1/files/${id}/content`);
      // Unencoded it is no path of this router's at all.
      expect(status).toBe(id === raw ? 404 : 400);
      expect(provider.requests).toEqual([]);
    });

    it('and a policy that demands managed ids refuses plain ones without asking a provider', async () => {
      const lookups: string[] = [];
      await using app = await start({
        providers: { openai: held() },
        acceptedIds: ['managed'],
        managedFiles: {
          lookup({ unifiedId }) {
            lookups.push(unifiedId);
            return { provider: 'openai', fileId: 'file-managed' };
          },
        },
      });
      expect((await download(`${app.origin}/v1/files/file-abc/content`)).status).toBe(400);
      expect(provider.requests).toEqual([]);
      const managed = encodeUnifiedFileId({
        mimeType: 'application/jsonl',
        unifiedId: 'b5a7e4f0-0000-4000-8000-000000000000',
        targetModelNames: ['m'],
        outputFileId: 'file-out',
        outputFileModelId: 'id-of-m',
      });
      expect((await download(`${app.origin}/v1/files/${managed}/content`)).status).toBe(200);
      expect(lookups).toEqual(['b5a7e4f0-0000-4000-8000-000000000000']);
      expect(provider.requests).toMatchObject([{ url: '/openai/v1/files/file-managed/content' }]);
    });
  });

  it('and none of its defects: no other provider’s key as a fallback, the provider’s status and id kept', async () => {
    const keyless = openaiCompatible({ name: 'keyless', baseURL: `${provider.origin}/keyless` });
    provider.respond = (_request, response) => {
      response.writeHead(429, { 'retry-after': '7', 'x-request-id': 'req_429' }).end();
    };
    await using app = await start({ providers: { openai: held(), keyless } });
    const { status, headers } = await download(`${app.origin}/v1/files/file-abc/content?provider=keyless`);
    expect(status).toBe(429);
    expect(headers).toMatchObject({ 'retry-after': '7', 'x-request-id': 'req_429' });
    expect(provider.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_error', upstreamRequestId: 'req_429' }]);
  });
});
