import { FileContentError, fileNotFound } from '../errors';
import type { Request, ResolveContext } from '../resolution';
import { didYouMean, likelyName } from '../values/did-you-mean';
import { isObject } from '../values/is-object';
import { memberOf, ownMembers } from '../values/own-members';
import { decodeModelFileId, decodeUnifiedFileId } from './litellm-ids';
import { describe, isProvider, modelProblem, type ParsedRegistry } from './parse-registry-options';
import { checkUnsignedId } from './raw-uris';
import type { FileIdForm, ManagedFile, ManagedFileId, ProviderEntry } from './registry-options';
import { readRequestedRoute } from './requested-route';
import { SIGNED_PREFIX } from './signed-ids';

/** Where a request leads, before anybody has said whether the caller may go there. */
export interface FileLocation {
  readonly entry: ProviderEntry;
  readonly providerName: string;
  /** The provider's own id. */
  readonly fileId: string;
  readonly model: string | undefined;
  readonly account: string | undefined;
  /** Whose file it is, by a signed id or the gateway's records. */
  readonly tenant: string | undefined;
  /** The gateway issued its id itself, or has a record of it. */
  readonly isIssued: boolean;
}

/**
 * Follows the order of precedence: the id itself, then what the request says, then the default.
 *
 * @throws FileContentError 400 for an unknown model or provider and for an address as an id; 404 for a file that is not there.
 * @throws TypeError where the gateway's own configuration cannot serve an id that it issued: a 500 to the client.
 */
export async function locateFile(
  registry: ParsedRegistry,
  req: Request,
  context: ResolveContext,
): Promise<FileLocation> {
  const { fileId } = context;
  const signed = registry.fileIds?.decode(fileId);
  if (signed) return locateIssued(registry, signed, 'a signed id');
  if (fileId.startsWith(SIGNED_PREFIX)) throw fileNotFound();

  const unified = decodeUnifiedFileId(fileId);
  if (unified)
    return locateIssued(registry, await lookUpManaged(registry, { ...unified, id: fileId }, req), 'a managed file');

  const encoded = decodeModelFileId(fileId);
  requireAccepted(registry, encoded ? 'model' : 'plain');
  if (encoded) {
    checkUnsignedId(encoded.fileId, registry.allowedUris);
    return locateModel(registry, encoded.model, encoded.fileId, req);
  }
  checkUnsignedId(fileId);
  const requested = readRequestedRoute(req, context);
  if (requested?.model !== undefined) return locateModel(registry, requested.model, fileId, req);
  return locateProvider(registry, requested?.provider ?? registry.defaultProvider, fileId);
}

function requireAccepted({ accepted, fileIds }: ParsedRegistry, form: FileIdForm): void {
  if (accepted.has(form)) return;
  // Beside signed ids, an id in another form is a foreign id, and those do not exist.
  if (fileIds) throw fileNotFound();
  throw new FileContentError('invalid_request', 'File ids of this form are not accepted here.', {
    body: { param: 'file_id' },
  });
}

const MEMBERS: readonly string[] = ['provider', 'fileId', 'account', 'tenant'];

async function lookUpManaged(
  { managedFiles }: ParsedRegistry,
  unified: ManagedFileId,
  req: Request,
): Promise<ManagedFile> {
  const file = await managedFiles?.lookup(unified, req);
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

/** For ids that the gateway issued itself, so that its own word is believed, an object's address included. */
function locateIssued(
  { providers, names }: Pick<ParsedRegistry, 'providers' | 'names'>,
  file: ManagedFile,
  what: string,
  source?: string,
): FileLocation {
  const { provider, fileId, account, tenant } = ownMembers(file);
  const known = { fileId, model: undefined, account, tenant, isIssued: true };
  if (typeof provider === 'string') {
    const entry = providers.get(provider);
    if (entry) return { entry, providerName: provider, ...known };
  } else if (isProvider(provider)) {
    const clash = names.claim(provider, source);
    if (clash) throw new TypeError(`registryResolver: the provider of ${what} ${clash}`);
    return { entry: provider, providerName: provider.name, ...known };
  }
  const got =
    typeof provider === 'string' ? `${JSON.stringify(provider)}, which is not in "providers"` : describe(provider);
  throw new TypeError(`registryResolver: ${what} must name a registered provider, got ${got}`);
}

async function locateModel(
  { providers, names, findModel }: ParsedRegistry,
  model: string,
  fileId: string,
  req: Request,
): Promise<FileLocation> {
  const found = await findModel(model, req);
  if (found === undefined || found === null) throw unknown('model', model);
  const problem = modelProblem(found, providers);
  if (problem) throw new TypeError(`registryResolver: the model ${JSON.stringify(model)}${problem}`);
  const located = locateIssued(
    { providers, names },
    ownMembers({ provider: found.provider, fileId }),
    'a model',
    model,
  );
  return { ...located, model, isIssued: false };
}

function locateProvider({ providers }: ParsedRegistry, name: string | undefined, fileId: string): FileLocation {
  if (name === undefined) {
    throw new FileContentError('invalid_request', 'The request must say which provider or model holds the file.', {
      body: { param: 'provider' },
    });
  }
  const entry = providers.get(name);
  if (!entry) throw unknown('provider', name);
  return {
    entry,
    providerName: name,
    fileId,
    model: undefined,
    account: undefined,
    tenant: undefined,
    isIssued: false,
  };
}

function unknown(kind: 'model' | 'provider', name: string): FileContentError {
  return new FileContentError('invalid_request', `Unknown ${kind}: ${JSON.stringify(name.slice(0, 100))}.`, {
    body: { param: kind },
  });
}
