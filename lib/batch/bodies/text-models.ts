import { countOf, type JSONObject, listOf, member, textOf } from '../json/json-value';
import { type BodyFacts, type ChatCompletion, type Choice, toChoices, type Usage, usageOf } from './chat-completion';
import { finishReason, isOrdinaryReason } from './finish-reason';
import { MessageParts } from './message-parts';
import { providerFields, restOf } from './provider-fields';

/** How the outputs of a family of text models are read. */
interface Family {
  /** The member that only this family has. */
  readonly mark: (output: JSONObject) => boolean;
  readonly answers: (output: JSONObject) => readonly unknown[];
  readonly text: string;
  readonly reason: string;
  readonly usage: (output: JSONObject) => Usage;
  /** Members of the output and of each answer that are converted. */
  readonly converted: ReadonlySet<string>;
  /** Whether the text begins with the model's reasoning. */
  readonly thinks: boolean;
}

/**
 * The families with their own inference API on Bedrock. Other members of their outputs are kept.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
const FAMILIES: readonly Family[] = [
  {
    // Amazon Titan Text
    mark: ({ results }) => Array.isArray(results),
    answers: ({ results }) => listOf(results),
    text: 'outputText',
    reason: 'completionReason',
    usage: ({ inputTextTokenCount, results }) =>
      usageOf(countOf(inputTextTokenCount), sumOf(listOf(results), 'tokenCount')),
    converted: new Set(['results', 'inputTextTokenCount', 'outputText', 'completionReason', 'tokenCount']),
    thinks: false,
  },
  {
    // Meta Llama
    mark: ({ generation }) => typeof generation === 'string',
    answers: (output) => [output],
    text: 'generation',
    reason: 'stop_reason',
    usage: (output) => usageOf(countOf(output.prompt_token_count), countOf(output.generation_token_count)),
    converted: new Set(['generation', 'stop_reason', 'prompt_token_count', 'generation_token_count']),
    thinks: false,
  },
  {
    // Mistral AI's text completion, without token counts
    mark: ({ outputs }) => Array.isArray(outputs),
    answers: ({ outputs }) => listOf(outputs),
    text: 'text',
    reason: 'stop_reason',
    usage: () => usageOf(0, 0),
    converted: new Set(['outputs', 'text', 'stop_reason']),
    thinks: false,
  },
  {
    // DeepSeek-R1, without token counts
    mark: ({ choices }) => Array.isArray(choices) && typeof member(choices[0], 'text') === 'string',
    answers: ({ choices }) => listOf(choices),
    text: 'text',
    reason: 'stop_reason',
    usage: () => usageOf(0, 0),
    converted: new Set(['choices', 'text', 'stop_reason']),
    thinks: true,
  },
  {
    // Cohere Command, before Command R
    mark: ({ generations }) => Array.isArray(generations),
    answers: ({ generations }) => listOf(generations),
    text: 'text',
    reason: 'finish_reason',
    usage: () => usageOf(0, 0),
    converted: new Set(['generations', 'text', 'finish_reason']),
    thinks: false,
  },
];

/** Converts the output of a text model to a chat completion. Undefined for the output of another family. */
export function fromTextModel(output: JSONObject, facts: BodyFacts): ChatCompletion | undefined {
  const family = FAMILIES.find(({ mark }) => mark(output));
  if (family === undefined) return undefined;
  const { answers, converted } = family;
  const list = answers(output);
  return {
    id: `chatcmpl-${facts.key}`,
    object: 'chat.completion',
    created: facts.created,
    model: textOf(output.model) ?? facts.model,
    choices: toChoices(list, (answer, index) => choiceOf(answer, index, family, facts)),
    usage: family.usage(output),
    ...(list[0] !== output && providerFields(restOf(output, converted))),
  };
}

function choiceOf(
  answer: unknown,
  index: number,
  { text, reason, converted, thinks }: Family,
  { key }: BodyFacts,
): Choice {
  const parts = new MessageParts(`${key} ${index}`);
  const written = textOf(member(answer, text));
  if (written !== undefined && thinks) addThoughts(written, parts);
  else if (written !== undefined) parts.addText(written);
  const why = member(answer, reason);
  return {
    index,
    message: parts.toMessage(),
    finish_reason: finishReason(why),
    logprobs: null,
    ...providerFields(isOrdinaryReason(why) ? undefined : { [reason]: why }, restOf(answer, converted)),
  };
}

const THOUGHTS = '<think>';
const END_OF_THOUGHTS = '</think>';

/** DeepSeek-R1 writes its reasoning before its answer. The opening tag may be at the end of the prompt instead. */
function addThoughts(text: string, parts: MessageParts): void {
  const end = text.indexOf(END_OF_THOUGHTS);
  if (end === -1) {
    parts.addText(text);
    return;
  }
  const start = text.startsWith(THOUGHTS) ? THOUGHTS.length : 0;
  parts.addReasoning(text.slice(start, end));
  parts.addText(text.slice(end + END_OF_THOUGHTS.length));
}

function sumOf(list: readonly unknown[], name: string): number {
  return list.reduce((sum: number, item) => sum + countOf(member(item, name)), 0);
}
