/** OpenAI's reasons why a model stopped. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

/** The providers' reasons in lower case, by OpenAI's reason of the same meaning. */
const MEANINGS: Readonly<Record<FinishReason, readonly string[]>> = {
  stop: [
    'stop', // Gemini, Mistral, Llama, DeepSeek
    'end_turn', // Claude, Converse
    'stop_sequence', // Claude, Converse, Cohere
    'complete', // Cohere
    'finish', // Titan
    'finished',
    'stop_criteria_met',
    'eos',
    'eos_token',
    'finish_reason_unspecified',
  ],
  // The text was cut off. Another request may continue it.
  length: [
    'max_tokens',
    'length',
    'model_length', // Mistral
    'error_limit', // Cohere: the context is full
    'user_cancel',
    'model_context_window_exceeded', // Claude, Converse
    'pause_turn', // Claude: a long turn was interrupted
    'compaction',
    'continuation', // Gemini: the limit of one request
    'too_many_tool_calls',
  ],
  tool_calls: ['tool_use', 'tool_call', 'tool_calls'],
  // The text was withheld, in whole or in part.
  content_filter: [
    'content_filter',
    'content_filtered', // Converse, Titan
    'guardrail_intervened',
    'refusal', // Claude
    'safety', // Gemini, from here on
    'recitation',
    'language',
    'blocklist',
    'prohibited_content',
    'spii',
    'model_armor',
    'image_safety',
    'image_prohibited_content',
    'image_recitation',
    'error_toxic', // Cohere
  ],
};

const REASONS: ReadonlyMap<string, FinishReason> = new Map(
  (Object.keys(MEANINGS) as FinishReason[]).flatMap((meaning) => MEANINGS[meaning].map((word) => [word, meaning])),
);

/** Reasons that say no more than OpenAI's reason. */
const ORDINARY = new Set(['stop', 'end_turn', 'complete', 'finish', 'length', 'max_tokens', 'tool_use', 'tool_calls']);

/**
 * Converts a provider's reason to OpenAI's. It becomes `stop` only if it means that, or if there is none. Any other
 * reason (`OTHER`, `malformed_tool_use`, a new word) becomes `content_filter`, so that the text is not taken for
 * complete.
 */
export function finishReason(reason: unknown, hasToolCalls = false): FinishReason {
  const meaning =
    typeof reason === 'string' && reason !== '' ? (REASONS.get(reason.toLowerCase()) ?? 'content_filter') : 'stop';
  return meaning === 'stop' && hasToolCalls ? 'tool_calls' : meaning;
}

/** Tells whether a provider's reason loses nothing in {@link finishReason}. */
export function isOrdinaryReason(reason: unknown): boolean {
  return typeof reason !== 'string' || ORDINARY.has(reason.toLowerCase());
}
