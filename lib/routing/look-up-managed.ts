import { fileNotFound } from '../errors';
import type { Request } from '../resolution';
import { didYouMean, likelyName } from '../values/did-you-mean';
import { isObject, memberOf, ownMembers } from '../values/own-members';
import { describe } from './describe-entry';
import type { ManagedFile, ManagedFiles } from './registry-options';
import { readOwnId } from './unified-ids';

const MEMBERS: readonly string[] = ['provider', 'fileId', 'account', 'tenant'];

/**
 * Looks an id of the gateway's own up in its records.
 *
 * @throws FileContentError 404 where there is no record
 * @throws TypeError for a record that is none
 */
export async function lookUpManaged(
  managedFiles: ManagedFiles | undefined,
  id: string,
  req: Request,
): Promise<ManagedFile> {
  const own = readOwnId(id);
  const file = own && (await managedFiles?.lookup({ ...own, id }, req));
  if (file === undefined || file === null) throw fileNotFound();
  const unknown =
    isObject(file) && Object.keys(file).find((name) => !MEMBERS.includes(name) && likelyName(name, MEMBERS));
  if (unknown) {
    const hint = didYouMean(unknown, MEMBERS);
    throw new TypeError(
      `registryResolver: managedFiles.lookup gave the unknown member ${JSON.stringify(unknown)}${hint}`,
    );
  }
  const given = typeof file === 'object' ? recordOf(file) : undefined;
  if (given === undefined || typeof given.fileId !== 'string' || given.fileId === '') {
    throw new TypeError(
      `registryResolver: managedFiles.lookup must give { provider, fileId } or undefined, got ${describe(file)}`,
    );
  }
  for (const name of ['account', 'tenant'] as const) {
    const value: unknown = given[name];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new TypeError(
      `registryResolver: managedFiles.lookup: "${name}" must be a non-empty string, got ${describe(value)}`,
    );
  }
  return given;
}

/** Of a row's class as well; a tenant that is on `Object.prototype` is no file's. */
function recordOf(file: object): ManagedFile {
  return ownMembers(Object.fromEntries(MEMBERS.map((name) => [name, memberOf(file, name)]))) as object as ManagedFile;
}
