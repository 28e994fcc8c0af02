/**
 * Loads a dependency that is published only as ES modules. Node loads it with `require`. Jest without a transform
 * cannot, so it gets the CommonJS copy that the build puts into `dist/compiled`. The installed dependency is tried
 * first, so that an application gets the patches it has installed.
 *
 * @param load requires the dependency
 * @param loadCompiled requires its compiled copy
 * @throws what `load` throws for any other reason
 *
 * @example
 * const { parse } = requireEsm<typeof import('content-disposition')>(
 *   () => require('content-disposition'),
 *   () => require('../compiled/content-disposition.cjs'),
 * );
 *
 */
export function requireEsm<T>(load: () => T, loadCompiled: () => T): T {
  try {
    return load();
  } catch (error) {
    if (isEsmRefused(error)) return loadCompiled();
    throw error;
  }
}

/** Jest 30 reports it with this code, Jest 29 with a SyntaxError of another realm. */
function isEsmRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return Reflect.get(error, 'code') === 'ERR_REQUIRE_ESM' || Reflect.get(error, 'name') === 'SyntaxError';
}
