/**
 * Makes every member optional. `undefined` is allowed too, for callers that compile with `exactOptionalPropertyTypes`.
 */
export type Optional<T> = { [Name in keyof T]?: T[Name] | undefined };

/** Options whose defaults have been applied: each member has a value. */
export type WithDefaults<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> };
