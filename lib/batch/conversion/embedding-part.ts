import { placeOfKey } from '../dialects/fan-out-key';
import { customIdFrom, type RowContent, UNKNOWN } from '../dialects/row';
import { isObject, listOf, member, numberOf, textOf } from '../json/json-value';
import { stringifyJSON } from '../json/number-list';
import type { EmbeddingPart } from './embedding-groups';

/** A vector with what is known of it; of a failure only the latter. */
export interface Part {
  readonly about: EmbeddingPart;
  readonly vector?: unknown;
}

/** Reads a row of one input of several. Undefined for the row of a whole request. */
export function partOf(row: unknown, { customId, body, error }: RowContent): Part | undefined {
  const place = placeOfKey(customIdFrom(row, ['key']));
  if (place === undefined || place.total < 2 || customId === null) return undefined;
  if (error !== null)
    return { about: { ...place, customId, model: UNKNOWN, tokens: 0, fields: undefined, isFailure: true } };
  const [item] = member(body, 'object') === 'list' ? listOf(member(body, 'data')) : [];
  const vector = member(item, 'embedding');
  if (vector === undefined) return undefined;
  const fields = member(body, 'provider_specific_fields');
  const about: EmbeddingPart = {
    ...place,
    customId,
    model: textOf(member(body, 'model')) ?? UNKNOWN,
    tokens: numberOf(member(member(body, 'usage'), 'prompt_tokens')) ?? 0,
    isFailure: false,
    fields: isObject(fields) ? stringifyJSON(fields) : undefined,
  };
  return { about, vector };
}
