import type { LocatedProvider } from '../../lib/index';
import type { FakeProvider } from '../../lib/testing/index';
import { startContentProvider } from '../support/content-provider';
import { get, holder, startRegistryGateway } from '../support/registry-gateway';
import { modelId } from '../support/resolving';

/** Holds the same, but may not be relayed. */
function bufferedHolder(name: string, server: FakeProvider): LocatedProvider {
  return { ...holder(name, server), streaming: false };
}

test("a model whose provider cannot stream is buffered, with the decoded id and that provider's key", async () => {
  await using streaming = await startContentProvider('streaming');
  await using buffering = await startContentProvider('buffering');
  const vertex = bufferedHolder('vertex_ai', buffering);
  await using gate = await startRegistryGateway({
    providers: { openai: holder('openai', streaming) },
    models: { gemini: { provider: vertex } },
  });
  const fileId = modelId('file-1', 'gemini');
  const { status, text } = await get(`${gate.origin}/v1/files/${fileId}/content`, { 'custom-llm-provider': 'openai' });
  expect([status, text]).toEqual([200, 'buffering']);
  expect(buffering.requests).toMatchObject([
    { url: '/v1/files/file-1/content', headers: { authorization: 'Bearer sk-vertex_ai-key' } },
  ]);
  expect(streaming.requests).toEqual([]);
  expect(await gate.recorded(1)).toMatchObject([
    {
      fileId,
      upstreamFileId: 'file-1',
      provider: 'vertex_ai',
      delivery: 'buffer',
      outcome: 'completed',
      context: { model: 'gemini' },
    },
  ]);
});

test('a provider that cannot stream, named by header, never touches the streaming path', async () => {
  await using streaming = await startContentProvider('streaming');
  await using buffering = await startContentProvider('buffering');
  const providers = { openai: holder('openai', streaming), vertex_ai: bufferedHolder('vertex_ai', buffering) };
  await using gate = await startRegistryGateway({ providers });
  const { text } = await get(`${gate.origin}/v1/files/file-1/content`, { 'custom-llm-provider': 'vertex_ai' });
  expect(text).toBe('buffering');
  expect(streaming.requests).toEqual([]);
  expect(await gate.recorded(1)).toMatchObject([{ provider: 'vertex_ai', delivery: 'buffer', outcome: 'completed' }]);
});
