import { isObject, type JSONObject } from '../json-value';

/**
 * The members of a provider's object that OpenAI's shape has no place for, as the provider wrote them; undefined where
 * there are none. A member that is null or undefined says nothing.
 *
 * @param converted the names of the members that have their place
 */
export function restOf(value: unknown, converted: ReadonlySet<string>): JSONObject | undefined {
  if (!isObject(value) || !hasMore(value, converted)) return undefined;
  const rest = Object.entries(value).filter(
    ([name, member]) => !converted.has(name) && member !== null && member !== undefined,
  );
  return Object.fromEntries(rest);
}

/** Has the provider's object more to say than the members that were converted? */
export function hasMore(value: unknown, converted: ReadonlySet<string>): boolean {
  return (
    isObject(value) &&
    Object.keys(value).some((name) => !converted.has(name) && value[name] !== null && value[name] !== undefined)
  );
}

/** The member `provider_specific_fields` with the members of both objects; nothing where there are none. */
export function providerFields(
  some: JSONObject | undefined,
  more?: JSONObject,
): { provider_specific_fields: JSONObject } | undefined {
  const fields = merged(some, more);
  return fields && { provider_specific_fields: fields };
}

/** The members of both objects; undefined where there are none. */
export function merged(some: JSONObject | undefined, more: JSONObject | undefined): JSONObject | undefined {
  const all = { ...some, ...more };
  return Object.keys(all).length === 0 ? undefined : all;
}
