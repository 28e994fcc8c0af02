/**
 * Loads an optional peer dependency on first use.
 *
 * @param load imports the package, so that the compiler and bundlers see its name
 * @throws Error that names the package to install. It is not a FileContentError: a client gets a 500 `resolver_failed`
 * without this text, and the operator reads it in the record.
 */
export async function loadPeer<T>(factory: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const code = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
    if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(`${factory} needs the package ${packageName}: npm install ${packageName}`, { cause });
  }
}

/** Calls `make` once; when it fails, the next call tries again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return function memoized() {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
