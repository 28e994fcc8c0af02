import { countOf, listOf, member } from '../json/json-value';
import { detailsOf, type Usage, usageOf } from './chat-completion';
import { hasMore } from './provider-fields';

const COUNTED = new Set([
  'promptTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'cachedContentTokenCount',
  'totalTokenCount',
]);

/** Tells whether OpenAI's usage can represent all of Gemini's. */
export function isCountedByOpenAI(metadata: unknown): boolean {
  return !hasMore(metadata, COUNTED);
}

/**
 * Converts the usage so that every token counts once. Gemini counts the prompt, tool results in the prompt, the
 * candidates and the thoughts separately. A few models count thoughts among the candidates, or tool results in the
 * prompt, which the total shows.
 *
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function usageOfGemini(metadata: unknown): Usage {
  const asked = countOf(member(metadata, 'promptTokenCount'));
  const read = countOf(member(metadata, 'toolUsePromptTokenCount'));
  const candidates = countOf(member(metadata, 'candidatesTokenCount'));
  const thoughts = countOf(member(metadata, 'thoughtsTokenCount'));
  const total = countOf(member(metadata, 'totalTokenCount'));
  const counted = asked + read + candidates + thoughts;
  const twice = total === 0 ? 0 : counted - total;
  const hasThoughts = twice > 0 && (twice === thoughts || twice === thoughts + read);
  const hasRead = twice > 0 && twice === (hasThoughts ? thoughts + read : read);
  const prompt = hasRead ? asked : asked + read;
  const completion = hasThoughts ? candidates : candidates + thoughts;
  const input = detailsOf({
    cached_tokens: countOf(member(metadata, 'cachedContentTokenCount')),
    audio_tokens: audioOf(member(metadata, 'promptTokensDetails')),
  });
  const output = detailsOf({
    reasoning_tokens: thoughts,
    audio_tokens: audioOf(member(metadata, 'candidatesTokensDetails')),
  });
  return {
    ...usageOf(prompt, completion, total),
    ...(input && { prompt_tokens_details: input }),
    ...(output && { completion_tokens_details: output }),
  };
}

function audioOf(details: unknown): number {
  return listOf(details)
    .filter((detail) => member(detail, 'modality') === 'AUDIO')
    .reduce((sum: number, detail) => sum + countOf(member(detail, 'tokenCount')), 0);
}
