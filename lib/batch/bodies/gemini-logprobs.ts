import { isObject, listOf, member, textOf } from '../json-value';
import type { Choice, TokenLogprob } from './chat-completion';

/**
 * The log probabilities of the tokens that were chosen, with the alternatives at each place. Their `bytes` are null: a
 * token may end within a character, and Gemini gives it as text.
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
