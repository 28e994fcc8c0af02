import { finishReason } from '../../../lib/batch/bodies/finish-reason';
import { bodyOf } from '../../support/batch-bodies';

/** Every reason of Gemini's API. */
it.each([
  ['FINISH_REASON_UNSPECIFIED', 'stop'],
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'length'],
  ['TOO_MANY_TOOL_CALLS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['LANGUAGE', 'content_filter'],
  ['OTHER', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['MALFORMED_FUNCTION_CALL', 'content_filter'],
  ['UNEXPECTED_TOOL_CALL', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
  ['IMAGE_OTHER', 'content_filter'],
  ['NO_IMAGE', 'content_filter'],
])('Gemini that finished by %s stopped by %s', (finishReason, expected) => {
  const [choice] = bodyOf('gemini', { candidates: [{ content: { parts: [{ text: '' }] }, finishReason }] }).choices;
  expect(choice?.finish_reason).toBe(expected);
  const isOrdinary = finishReason === 'STOP' || finishReason === 'MAX_TOKENS';
  expect(choice?.provider_specific_fields).toEqual(isOrdinary ? undefined : { finishReason });
});

it.each([
  ['a reason that is new', 'brand_new', false, 'content_filter'],
  ['a reason that is new, after calls', 'brand_new', true, 'content_filter'],
  ['none', null, false, 'stop'],
  ['none, after calls', undefined, true, 'tool_calls'],
  ['an ordinary one, after calls', 'STOP', true, 'tool_calls'],
  ['a limit, after calls', 'MAX_TOKENS', true, 'length'],
  ['a call that is not there', 'tool_use', false, 'tool_calls'],
  ['a name on every object', 'constructor', false, 'content_filter'],
])('%s', (_what, reason, hasToolCalls, expected) => {
  expect(finishReason(reason, hasToolCalls)).toBe(expected);
});
