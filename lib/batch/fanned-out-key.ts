/**
 * What LiteLLM appends to the key of each input, where one request has a list of them: its place and how many there
 * are.
 */
const PLACE = /#(\d{1,9})\/(\d{1,9})$/;

/** One of several rows that belong to one request. */
export interface Place {
  readonly index: number;
  readonly total: number;
}

/** The place that a key names; undefined for the key of a whole request. */
export function placeOfKey(key: string | null): Place | undefined {
  const [, index, total] = PLACE.exec(key ?? '') ?? [];
  if (index === undefined || total === undefined || Number(index) >= Number(total)) return undefined;
  return { index: Number(index), total: Number(total) };
}

/**
 * The id that the client chose: Vertex AI hands a row's `key` on, where gateways write the id percent-encoded. One that
 * cannot be decoded was not encoded.
 */
export function customIdOfKey(key: string | null): string | null {
  if (key === null) return null;
  const id = placeOfKey(key) === undefined ? key : key.replace(PLACE, '');
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
