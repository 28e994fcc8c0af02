import { isObject, type JSONObject } from '../json/json-value';

/**
 * Returns the members of a provider's object that OpenAI's shape does not have, unchanged. Undefined if there are none.
 * Members that are null or undefined do not count.
 *
 * @param converted the names of the members that were converted
 */
export function restOf(value: unknown, converted: ReadonlySet<string>): JSONObject | undefined {
  if (!isObject(value) || !hasMore(value, converted)) return undefined;
  const rest = Object.entries(value).filter(
    ([name, member]) => !converted.has(name) && member !== null && member !== undefined,
  );
  return Object.fromEntries(rest);
}

/** Tells whether the provider's object has more than the converted members. */
export function hasMore(value: unknown, converted: ReadonlySet<string>): boolean {
  return (
    isObject(value) &&
    Object.keys(value).some((name) => !converted.has(name) && value[name] !== null && value[name] !== undefined)
  );
}

/** Makes the member `provider_specific_fields` from both objects, or nothing if they are empty. */
export function providerFields(
  some: JSONObject | undefined,
  more?: JSONObject,
): { provider_specific_fields: JSONObject } | undefined {
  const fields = merged(some, more);
  return fields && { provider_specific_fields: fields };
}

/** Merges the members of both objects. Undefined if there are none. */
export function merged(some: JSONObject | undefined, more: JSONObject | undefined): JSONObject | undefined {
  const all = { ...some, ...more };
  return Object.keys(all).length === 0 ? undefined : all;
}
