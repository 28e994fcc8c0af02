/** The suffix that LiteLLM appends to the key of each input of a list: its index and the number of inputs. */
const PLACE = /#(\d{1,9})\/(\d{1,9})$/;

/** One of several rows that belong to one request. */
export interface Place {
  readonly index: number;
  readonly total: number;
}

/** Reads the place from a key. Undefined for the key of a whole request. */
export function placeOfKey(key: string | null): Place | undefined {
  const [, index, total] = PLACE.exec(key ?? '') ?? [];
  if (index === undefined || total === undefined || Number(index) >= Number(total)) return undefined;
  return { index: Number(index), total: Number(total) };
}

/**
 * Reads the client's id from a key. Vertex AI returns a row's `key`, into which gateways write the percent-encoded id.
 * An id that cannot be decoded was not encoded.
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
