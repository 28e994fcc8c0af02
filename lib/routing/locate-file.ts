import { FileContentError, fileNotFound } from '../errors';
import type { Request, ResolveContext } from '../resolution/resolution';
import { mistake } from '../values/mistakes';
import { isObject, ownMembers } from '../values/own-members';
import { checkUnsignedId } from './ids/raw-uris';
import { type FileLocation, locateEntry, locateId, locateModel, locateProvider, requireAccepted } from './locate-id';
import type { ParsedRegistry } from './parse-registry-options';
import { modelProblem, readModel } from './registry-models';
import type { ModelEntry } from './registry-options';
import { readRequestedRoute } from './requested-route';

/** The file that a request names, with every id of the route in the provider's own form. */
export interface LocatedFile extends FileLocation {
  /** The route's parameters. Undefined if none differs from what the client wrote. */
  readonly params: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds the file in order of precedence: by the file's id, by another id of the route (a container's), by the request's
 * headers and query, by the default.
 *
 * @throws FileContentError 400 for a URI as an id and for a request that names no provider; 404 for a name that is not
 *   registered and for a file that does not exist
 * @throws TypeError if the gateway's own configuration cannot serve an id that it issued, which is a 500 for the client
 */
export async function locateFile(
  registry: ParsedRegistry,
  req: Request,
  context: ResolveContext,
  tenant: string | undefined,
): Promise<LocatedFile> {
  const { fileId, params } = context;
  const byFile = await locateId(registry, fileId, req);
  const others = await locateOthers(registry, req, context, byFile);
  const file = byFile ?? (await locatePlain(registry, req, context, tenant, [...others.values()][0]));
  for (const other of others.values()) requireSameHolder(file, other);
  const native = Object.fromEntries([...others].map(([name, other]) => [name, other.fileId]));
  return { ...file, params: others.size === 0 ? undefined : Object.freeze({ ...params, ...native }) };
}

/** Locates the other ids in the route. The mount path's `:provider` is a name, not an id. */
async function locateOthers(
  registry: ParsedRegistry,
  req: Request,
  { fileId, params }: ResolveContext,
  byFile: FileLocation | undefined,
): Promise<ReadonlyMap<string, FileLocation>> {
  const others = new Map<string, FileLocation>();
  const ids = Object.entries(params).filter(([name]) => name !== 'provider');
  // One parameter is the file's id; others with the same value are different ids that happen to be equal.
  const isFilesAlone = ids.filter(([, id]) => id === fileId).length < 2;
  for (const [name, id] of ids) {
    if (id === fileId && isFilesAlone) continue;
    const located = id === fileId ? byFile : await locateId(registry, id, req);
    if (located) others.set(name, located);
  }
  return others;
}

/** Locates a file by its container. The container decides, because anyone could have written the file's id. */
async function locatePlain(
  registry: ParsedRegistry,
  req: Request,
  context: ResolveContext,
  tenant: string | undefined,
  holder: FileLocation | undefined,
): Promise<FileLocation> {
  const { fileId } = context;
  if (!holder) requireAccepted(registry, 'plain');
  checkUnsignedId(fileId, 'plain', registry.allowedUris);
  if (holder) return { ...holder, fileId };
  const requested = readRequestedRoute(req, context);
  if (requested?.model !== undefined) return await locateModel(registry, requested.model, fileId, req);
  if (requested?.provider !== undefined) return locateProvider(registry, requested.provider, fileId);
  return await locateDefault(registry, req, context, tenant);
}

async function locateDefault(
  registry: ParsedRegistry,
  req: Request,
  context: ResolveContext,
  tenant: string | undefined,
): Promise<FileLocation> {
  const { defaultProvider, names } = registry;
  const isFunction = typeof defaultProvider === 'function';
  const chosen: unknown = isFunction
    ? await defaultProvider(req, Object.freeze({ ...context, tenant }))
    : defaultProvider;
  if (chosen === undefined || chosen === null) {
    throw new FileContentError('invalid_request', 'The request must say which provider or model holds the file.', {
      body: { param: 'provider' },
      cause: new Error(
        isFunction
          ? '"defaultProvider" returned none for it'
          : '"defaultProvider" is false, or is not given and no provider is registered as "openai"',
      ),
    });
  }
  const entry: object = isObject(chosen) ? chosen : ownMembers({ provider: chosen });
  const problem = modelProblem('defaultProvider()', entry, names);
  if (problem) throw mistake('registryResolver', problem, 'invalid-result');
  return locateEntry(registry, readModel(entry as object as ModelEntry), context.fileId, 'the default', 'the default');
}

/** Refuses ids that lead to different providers: the gateway never issued them together. */
function requireSameHolder(file: FileLocation, other: FileLocation): void {
  const isSame =
    other.providerName === file.providerName &&
    other.account === file.account &&
    (other.tenant === undefined || file.tenant === undefined || other.tenant === file.tenant);
  if (!isSame) throw fileNotFound({ cause: new Error('the ids of the route lead to different providers or tenants') });
}
