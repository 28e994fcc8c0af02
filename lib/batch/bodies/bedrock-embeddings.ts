import { countOf, isObject, type JSONObject, listOf, member } from '../json/json-value';
import type { BodyFacts } from './chat-completion';
import { type EmbeddingList, embeddingList, isVector } from './embeddings';
import { restOf } from './provider-fields';

const TITAN = new Set(['embedding', 'inputTextTokenCount']);
const OF_ITEM = new Set(['embedding']);
const LISTS = ['embeddings', 'data'] as const;

/**
 * Converts the output of an embedding model to a list of embeddings. Undefined for the output of another kind of model.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */
export function fromEmbeddingModel(output: JSONObject, facts: BodyFacts): EmbeddingList | undefined {
  const { embedding, embeddings } = output;
  if (isVector(embedding)) return fromTitan(output, embedding, facts);
  if (isObject(embeddings)) return fromCohereTypes(output, embeddings, facts);
  for (const name of LISTS) {
    const list = listOf(output[name]);
    if (list.length === 0) continue;
    if (list.every(isVector)) return embeddingList(list, 0, facts, restOf(output, new Set([name])));
    if (list.every((item) => isVector(member(item, 'embedding')))) return fromItems(output, name, list, facts);
  }
  return undefined;
}

/** Amazon Titan: one vector, also in other number types. */
function fromTitan(output: JSONObject, embedding: unknown, facts: BodyFacts): EmbeddingList {
  return embeddingList([embedding], countOf(output.inputTextTokenCount), facts, restOf(output, TITAN));
}

/** Cohere Embed with `embedding_types`. OpenAI's list has one type: `float` if present, otherwise the first. */
function fromCohereTypes(output: JSONObject, types: JSONObject, facts: BodyFacts): EmbeddingList | undefined {
  const type = Object.hasOwn(types, 'float') ? 'float' : Object.keys(types)[0];
  const vectors = type === undefined ? [] : listOf(types[type]);
  if (type === undefined || vectors.length === 0 || !vectors.every(isVector)) return undefined;
  const others = restOf(types, new Set([type]));
  return embeddingList(vectors, 0, facts, {
    ...restOf(output, new Set(['embeddings'])),
    ...(others && { embeddings: others }),
  });
}

/** Amazon Nova (`embeddings`) and TwelveLabs Marengo (`data`): each vector with a description of its input. */
function fromItems(output: JSONObject, name: string, items: readonly unknown[], facts: BodyFacts): EmbeddingList {
  const vectors = items.map((item) => member(item, 'embedding'));
  const about = items.map((item) => restOf(item, OF_ITEM) ?? {});
  const hasAbout = about.some((rest) => Object.keys(rest).length > 0);
  return embeddingList(vectors, 0, facts, {
    ...restOf(output, new Set([name])),
    ...(hasAbout && { [name]: about }),
  });
}
