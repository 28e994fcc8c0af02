import type { TokenUsage } from '../../transfer/observers/usage';
import { countOf, isObject, member } from '../json/json-value';

/** Reads the usage of a body in OpenAI's shape: a chat completion, a response, a completion or embeddings. */
export function tokenUsageOf(body: unknown): TokenUsage | undefined {
  const usage = member(body, 'usage');
  if (!isObject(usage)) return undefined;
  const inputTokens = countOf(member(usage, 'prompt_tokens') ?? member(usage, 'input_tokens'));
  const outputTokens = countOf(member(usage, 'completion_tokens') ?? member(usage, 'output_tokens'));
  const totalTokens = countOf(member(usage, 'total_tokens')) || inputTokens + outputTokens;
  if (totalTokens === 0) return undefined;
  const inputDetails = member(usage, 'prompt_tokens_details') ?? member(usage, 'input_tokens_details');
  const outputDetails = member(usage, 'completion_tokens_details') ?? member(usage, 'output_tokens_details');
  const cachedInputTokens = countOf(member(inputDetails, 'cached_tokens'));
  const reasoningTokens = countOf(member(outputDetails, 'reasoning_tokens'));
  return {
    inputTokens,
    outputTokens,
    totalTokens,
    ...(cachedInputTokens > 0 && { cachedInputTokens }),
    ...(reasoningTokens > 0 && { reasoningTokens }),
  };
}
