import { countOf, isObject, type JSONObject, listOf, member, textOf } from '../json/json-value';
import type { BodyFacts } from './chat-completion';
import { type EmbeddingList, embeddingList, isVector } from './embeddings';
import { restOf } from './provider-fields';

const OF_EMBEDDING = new Set(['values']);
const OF_PREDICTION = new Set(['embeddings']);
const OF_RESPONSE = new Set(['embedding', 'embeddings', 'tokenCount']);

/**
 * Converts a response of Gemini's `embedContent`, `{ embedding: { values }, usageMetadata | tokenCount }`, to a list of
 * embeddings. Undefined for another response.
 *
 * @see https://ai.google.dev/api/embeddings
 */
export function fromEmbedContent(response: JSONObject, facts: BodyFacts): EmbeddingList | undefined {
  const embeddings = isObject(response.embedding) ? [response.embedding] : listOf(response.embeddings);
  if (embeddings.length === 0 || !embeddings.every((embedding) => isVector(member(embedding, 'values'))))
    return undefined;
  const counted = tokensOf(member(response.usageMetadata, 'promptTokenCount')) || tokensOf(response.tokenCount);
  return listFrom(embeddings, counted, facts, restOf(response, OF_RESPONSE));
}

/**
 * Converts the predictions of Vertex AI's text embedding models, `[{ embeddings: { values, statistics } }]`, to a list
 * of embeddings. Undefined for predictions of other models.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/embeddings/batch-prediction-genai-embeddings
 */
export function fromPredictions(predictions: readonly unknown[], facts: BodyFacts): EmbeddingList | undefined {
  const embeddings = predictions.map((prediction) => member(prediction, 'embeddings'));
  if (embeddings.length === 0 || !embeddings.every((embedding) => isVector(member(embedding, 'values'))))
    return undefined;
  const rest = predictions.map((prediction) => restOf(prediction, OF_PREDICTION) ?? {});
  const hasRest = rest.some((members) => Object.keys(members).length > 0);
  return listFrom(embeddings, 0, facts, hasRest ? { predictions: rest } : undefined);
}

function listFrom(
  embeddings: readonly unknown[],
  counted: number,
  facts: BodyFacts,
  rest: JSONObject | undefined,
): EmbeddingList {
  const statistics = embeddings.map((embedding) => member(embedding, 'statistics'));
  const inStatistics = statistics.reduce(
    (sum: number, counts) => sum + (tokensOf(member(counts, 'token_count')) || tokensOf(member(counts, 'tokenCount'))),
    0,
  );
  const about = embeddings.map((embedding) => restOf(embedding, OF_EMBEDDING) ?? {});
  const hasAbout = about.some((members) => Object.keys(members).length > 0);
  const vectors = embeddings.map((embedding) => member(embedding, 'values'));
  return embeddingList(vectors, counted || inStatistics, facts, {
    ...rest,
    ...(hasAbout && { embeddings: about }),
  });
}

/** Google returns some counts as strings. */
function tokensOf(count: unknown): number {
  return countOf(textOf(count) === undefined ? count : Number(count));
}
