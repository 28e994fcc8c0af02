/**
 * Loads a dependency that is published as ES modules only. Node loads it with `require`. Jest without a transform
 * cannot, so there the CommonJS copy is loaded that the build puts into `dist/compiled`. The declared dependency comes
 * first: an application gets the patches that it has installed.
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
 */
export function requireEsm<T>(load: () => T, loadCompiled: () => T): T {
  try {
    return load();
  } catch (error) {
    if (isEsmRefused(error)) return loadCompiled();
    throw error;
  }
}

/** Jest 30 says so by a code, Jest 29 by a syntax error of another realm. */
function isEsmRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return Reflect.get(error, 'code') === 'ERR_REQUIRE_ESM' || Reflect.get(error, 'name') === 'SyntaxError';
}
