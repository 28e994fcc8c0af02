import { fileNotFound } from '../errors';
import type { Request } from '../resolution/resolution';
import { describeMembers } from '../values/describe-value';
import { likelyName } from '../values/did-you-mean';
import { invalidResult, unknownMember } from '../values/mistakes';
import { isObject, memberOf, ownMembers } from '../values/own-members';
import { readOwnId } from './ids/unified-ids';
import type { ManagedFile, ManagedFiles } from './registry-options';

const LOOKUP = 'registryResolver: managedFiles.lookup()';

const MEMBERS: readonly string[] = ['provider', 'fileId', 'account', 'tenant'];

/**
 * Looks up an id that the gateway issued in its records.
 *
 * @throws FileContentError 404 if there is no record
 * @throws TypeError for an invalid record
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
    throw unknownMember(LOOKUP, unknown, MEMBERS);
  }
  const given = typeof file === 'object' ? recordOf(file) : undefined;
  if (given === undefined || typeof given.fileId !== 'string' || given.fileId === '') {
    throw invalidResult(LOOKUP, '{ provider, fileId } or undefined', describeMembers(file));
  }
  for (const name of ['account', 'tenant'] as const) {
    const value: unknown = given[name];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw invalidResult(LOOKUP, `a non-empty string as "${name}"`, describeMembers(value));
  }
  return given;
}

/** Copies the members of a record and of its class. A tenant on `Object.prototype` does not count. */
function recordOf(file: object): ManagedFile {
  return ownMembers(Object.fromEntries(MEMBERS.map((name) => [name, memberOf(file, name)]))) as object as ManagedFile;
}
