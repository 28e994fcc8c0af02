/** Rows of batch outputs as providers write them, and their conversion. */
import { bedrock, type LocatedProvider, vertexAI } from '../../lib';

/** A line of OpenAI's batch output. */
export interface BatchRow {
  id: string;
  custom_id: string | null;
  response: { status_code: number; request_id: string; body: Record<string, unknown> } | null;
  error: { code: string; message: string } | null;
}

/** A line that Vertex AI writes for Gemini. */
export const GEMINI_ROW = {
  status: '',
  processed_time: '2026-11-01T18:13:16.826+00:00',
  request: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], labels: { custom_id: 'request-1' } },
  response: {
    candidates: [{ content: { role: 'model', parts: [{ text: 'Hello, ' }, { text: 'world' }] }, finishReason: 'STOP' }],
    modelVersion: 'gemini-2.5-flash',
    responseId: 'r1',
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 20, thoughtsTokenCount: 5, totalTokenCount: 35 },
  },
};

/** An answer of Claude, as Vertex AI and Bedrock have it in their lines. */
export const CLAUDE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [
    { type: 'text', text: 'It is ' },
    { type: 'tool_use', id: 'toolu_1', name: 'clock', input: { zone: 'UTC' } },
  ],
  stop_reason: 'tool_use',
  usage: { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: 2 },
};

export const VERTEX = vertexAI({ accessToken: 't', batchOutput: 'openai' });
export const BEDROCK = bedrock({
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  batchOutput: 'openai',
});

/** What a provider's conversion makes of a file. */
export async function convert(content: string | Buffer, provider: LocatedProvider): Promise<BatchRow[]> {
  const transform = provider.transform?.({ status: 200, headers: {} });
  if (!transform) throw new Error(`${provider.name} does not convert`);
  transform.end(Buffer.from(content));
  const chunks: Buffer[] = [];
  for await (const chunk of transform) chunks.push(chunk);
  return parseRows(Buffer.concat(chunks).toString());
}

/** Every row ends with a line feed, the last one too. */
export function parseRows(text: string): BatchRow[] {
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BatchRow);
}
