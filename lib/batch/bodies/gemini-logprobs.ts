import { isObject, listOf, member, textOf } from '../json/json-value';
import type { Choice, TokenLogprob } from './chat-completion';

/**
 * Converts the log probabilities of the chosen tokens, with the alternatives at each position. Their `bytes` are null:
 * a token may end within a character, and Gemini returns only text.
 *
 * @see https://ai.google.dev/api/generate-content#LogprobsResult
 */
export function logprobsOf(result: unknown): Choice['logprobs'] {
  if (!isObject(result)) return null;
  const alternatives = listOf(member(result, 'topCandidates'));
  const content = listOf(member(result, 'chosenCandidates')).map((chosen, place) => ({
    ...tokenOf(chosen),
    top_logprobs: listOf(member(alternatives[place], 'candidates')).map(tokenOf),
  }));
  return { content, refusal: null };
}

function tokenOf(candidate: unknown): TokenLogprob {
  return {
    token: textOf(member(candidate, 'token')) ?? '',
    logprob: member(candidate, 'logProbability') ?? 0,
    bytes: null,
  };
}
