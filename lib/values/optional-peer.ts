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
    throw peerFailure(factory, packageName, cause);
  }
}

/**
 * Loads an optional peer dependency at once.
 *
 * @param load requires the package, so that the compiler and bundlers see its name
 * @throws Error that names the package to install
 */
export function requirePeer<T>(factory: string, packageName: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    throw peerFailure(factory, packageName, cause);
  }
}

/** Anything but a missing package, such as an error in the package itself, stays as it is. */
function peerFailure(factory: string, packageName: string, cause: unknown): unknown {
  const code = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  if (code !== 'MODULE_NOT_FOUND' && code !== 'ERR_MODULE_NOT_FOUND') return cause;
  return new Error(`${factory} needs the package ${packageName}: npm install ${packageName}`, { cause });
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
