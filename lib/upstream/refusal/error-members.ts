import { isObject, ownMembers } from '../../values/own-members';

type Members = Readonly<Record<string, unknown>>;

/** The members of a JSON error body. `inner` are those of its `error`, or the same as `outer` if it has none. */
export interface ErrorMembers {
  readonly outer: Members;
  readonly inner: Members;
}

/**
 * Parses an error body of the common shapes: `{ "error": { … } }`, its members at the top, either of them in an array.
 *
 * @returns undefined for anything that is not such JSON, such as the empty body after HEAD
 */
export function errorMembers(body: string): ErrorMembers | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(first)) return undefined;
  const outer = ownMembers(first);
  return { outer, inner: isObject(outer['error']) ? ownMembers(outer['error']) : outer };
}
