import type { JSONObject } from '../json/json-value';
import { NumberList } from '../json/number-list';
import { isRawNumber } from '../json/raw-number';
import type { BodyFacts } from './chat-completion';
import { providerFields } from './provider-fields';

/** A list of embeddings as OpenAI's API returns it. */
export interface EmbeddingList {
  object: 'list';
  data: readonly { object: 'embedding'; index: number; embedding: unknown }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
  provider_specific_fields?: JSONObject | undefined;
}

/** Tells whether a value is a list of numbers, parsed or kept as text. */
export function isVector(value: unknown): boolean {
  if (value instanceof NumberList) return true;
  return Array.isArray(value) && (typeof value[0] === 'number' || isRawNumber(value[0]));
}

/** Makes a response of OpenAI's embeddings API from vectors, in the order of the inputs. */
export function embeddingList(
  vectors: readonly unknown[],
  tokens: number,
  { model }: BodyFacts,
  rest?: JSONObject,
): EmbeddingList {
  return {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...providerFields(rest),
  };
}
