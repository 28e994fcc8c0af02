import type { FileContentError } from '../errors';
import type { ResourceName } from '../http/routes';
import { checkResolution } from '../resolution/check-resolution';
import type { Resolution } from '../resolution/resolution';
import { invalidResolution } from '../resolution/resolver-errors';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import { describeKind, describeMembers, describeValue } from '../values/describe-value';
import { isObject, isRecord, memberOf } from '../values/own-members';

/** The file that {@link FileContent.serve} serves: the members of a resolution, and the file's id. */
export interface ServeTarget extends Resolution {
  /** The provider's own id of the file, in whatever form the provider takes. */
  fileId: string;
  /** The kind of content. Defaults to `files`. */
  resource?: ResourceName | undefined;
  /** Further ids that the provider needs, such as `{ containerId }`. Defaults to `{}`. */
  params?: Readonly<Record<string, string>> | undefined;
  /** The query parameters that the provider's contract may forward. Defaults to none; `req.url` is not read. */
  query?: URLSearchParams | undefined;
}

/** The method that was given a target. It begins the error message. */
export type TargetOf = 'serve' | 'open';

/** The members of a target besides its resolution. */
export interface CheckedTarget {
  readonly fileId: string;
  readonly resource: ResourceName;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** The members of a target that a resolution does not have. */
const OF_TARGETS: readonly string[] = ['resource', 'params', 'query'];

/** @throws FileContentError `resolver_failed`, its cause a TypeError that says what was given and what to write */
export function checkTarget(where: TargetOf, target: unknown): CheckedTarget {
  const wrong = (what: string, expected: string, given: unknown): FileContentError =>
    wrongTarget(where, what, expected, given);
  const noTarget = (): FileContentError => wrong('the target', 'an object such as { provider, fileId }', target);
  if (!isObject(target)) throw noTarget();
  const [fileId, resource, params, query] = ['fileId', 'resource', 'params', 'query'].map((name) =>
    memberOf(target, name),
  );
  if (fileId === undefined) {
    if (describeKind(target) === 'a provider') throw noTarget();
    const got = `undefined in ${describeMembers(target)}`;
    throw invalidResolution(`${where}: "fileId" must be a non-empty string, got ${got}`);
  }
  if (!isText(fileId)) throw wrong('"fileId"', 'a non-empty string', fileId);
  if (resource !== undefined && !isText(resource)) throw wrong('"resource"', "a name such as 'files'", resource);
  if (query !== undefined && !(query instanceof URLSearchParams)) throw wrong('"query"', 'URLSearchParams', query);
  return {
    fileId,
    resource: resource ?? 'files',
    params: checkParams(wrong, params),
    query: query ?? new URLSearchParams(),
  };
}

/**
 * Checks the resolution in a target like that of a resolver.
 *
 * @param others further members that a resolution does not have
 * @throws FileContentError as {@link checkTarget}
 */
export function resolveTarget(
  where: TargetOf,
  target: unknown,
  fileId: string,
  others: readonly string[] = [],
): ResolvedTransfer {
  const own = Object.entries(Object(target)).filter(([name]) => !OF_TARGETS.includes(name) && !others.includes(name));
  const provider = memberOf(Object(target), 'provider');
  const resolved = checkResolution({ ...Object.fromEntries(own), provider }, fileId, where);
  if (resolved === undefined) throw wrongTarget(where, 'the target', 'an object such as { provider, fileId }', target);
  return resolved;
}

/**
 * Makes the error for a mistake in the gateway's code. The operator finds it in the record; the client gets no details.
 */
function wrongTarget(where: TargetOf, what: string, expected: string, given: unknown): FileContentError {
  return invalidResolution(`${where}: ${what} must be ${expected}, got ${describeValue(given)}`);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function checkParams(
  wrong: (what: string, expected: string, given: unknown) => FileContentError,
  value: unknown,
): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value)) throw wrong('"params"', 'an object of strings', value);
  const params: Record<string, string> = {};
  for (const [name, param] of Object.entries(value)) {
    if (typeof param !== 'string') throw wrong(`"params.${name}"`, 'a string', param);
    params[name] = param;
  }
  return Object.freeze(params);
}
