import { FileContentError, fileNotFound } from '../errors';
import type { Request } from '../resolution/resolution';
import { describeMembers, describeValue } from '../values/describe-value';
import { memberPath, mistake } from '../values/mistakes';
import { ownMembers } from '../values/own-members';
import { decodeModelFileId } from './ids/litellm-ids';
import { checkUnsignedId } from './ids/raw-uris';
import { decodeRoutedId, looksRouted, type RoutedId } from './ids/routed-ids';
import { SIGNED_PREFIX } from './ids/signed-ids';
import { looksLikeOwnId } from './ids/unified-ids';
import { lookUpManaged } from './look-up-managed';
import type { ParsedRegistry } from './parse-registry-options';
import { isProvider, modelProblem, readModel } from './registry-models';
import type { FileIdForm, ManagedFile, ModelEntry, ProviderEntry } from './registry-options';

/** The file that a request names, before the caller was authorised. */
export interface FileLocation {
  readonly entry: ProviderEntry;
  readonly providerName: string;
  /** The provider's own id. */
  readonly fileId: string;
  readonly model: string | undefined;
  readonly account: string | undefined;
  /** The tenant that owns the file, from a signed id or the gateway's records. */
  readonly tenant: string | undefined;
  /** Whether the gateway issued the id or has a record of it. */
  readonly isIssued: boolean;
}

/**
 * Locates a file by what its id itself says.
 *
 * @returns undefined for an ordinary id, whose provider the rest of the request names
 * @throws FileContentError 404 for an id of the gateway's that leads nowhere; 400 for a URI as an id
 * @throws TypeError if the gateway's own configuration cannot serve an id that it issued, which is a 500 for the client
 */
export async function locateId(registry: ParsedRegistry, id: string, req: Request): Promise<FileLocation | undefined> {
  const signed = registry.fileIds?.decode(id);
  if (signed) return locateIssued(registry, signed, 'a signed id');
  if (id.startsWith(SIGNED_PREFIX)) throw fileNotFound();
  if (looksLikeOwnId(id)) {
    return locateIssued(registry, await lookUpManaged(registry.managedFiles, id, req), 'a managed file');
  }
  const routed = decodeRoutedId(id);
  if (routed) {
    requireAccepted(registry, 'model');
    checkUnsignedId(routed.fileId, 'decoded', registry.allowedUris);
    return await locateRouted(registry, routed, req);
  }
  if (looksRouted(id)) throw fileNotFound();
  const encoded = decodeModelFileId(id);
  if (!encoded) return undefined;
  requireAccepted(registry, 'model');
  checkUnsignedId(encoded.fileId, 'decoded', registry.allowedUris);
  return await locateModel(registry, encoded.model, encoded.fileId, req);
}

/** @throws FileContentError 400; with signed ids 404, because other ids do not exist then */
export function requireAccepted({ accepted, fileIds }: ParsedRegistry, form: FileIdForm): void {
  if (accepted.has(form)) return;
  const cause = new Error(`ids of the form "${form}" are not accepted; "acceptedIds" would accept them`);
  if (fileIds) throw fileNotFound({ cause });
  throw new FileContentError('invalid_request', 'File ids of this form are not accepted here.', {
    cause,
    body: { param: 'file_id' },
  });
}

/** Locates an id that the gateway issued itself. It is trusted, so the id may also be an object's URI. */
export function locateIssued(
  { names }: Pick<ParsedRegistry, 'names'>,
  file: ManagedFile,
  what: string,
  source?: string,
): FileLocation {
  const { provider, fileId, account, tenant } = ownMembers(file);
  const known = { fileId, model: undefined, account, tenant, isIssued: true };
  if (typeof provider === 'string') {
    const registered = names.registered(provider);
    if (registered) return { entry: registered.entry, providerName: registered.name, ...known };
  } else if (isProvider(provider)) {
    const clash = names.claim(provider, source);
    if (clash) throw mistake('registryResolver', `the provider of ${what} ${clash}`, 'invalid-result');
    return { entry: provider, providerName: provider.name, ...known };
  }
  const got =
    typeof provider === 'string'
      ? `${describeValue(provider)}, which is not in "providers"`
      : describeMembers(provider);
  throw mistake('registryResolver', `${what} must name a registered provider, got ${got}`, 'invalid-result');
}

/** @throws FileContentError 404 for a model that is not registered */
export async function locateModel(
  registry: ParsedRegistry,
  model: string,
  fileId: string,
  req: Request,
): Promise<FileLocation> {
  const found = await registry.findModel(model, req);
  if (found === undefined || found === null) throw unknownName('model', model);
  const problem = modelProblem(memberPath('models', model), found, registry.names);
  if (problem) throw mistake('registryResolver', problem, 'invalid-result');
  return { ...locateEntry(registry, readModel(found), fileId, 'a model', model), model };
}

/**
 * Locates an id by the entry that the gateway's options or functions choose. The id is checked, because anyone could
 * have written it.
 */
export function locateEntry(
  registry: ParsedRegistry,
  { provider, account }: ModelEntry,
  fileId: string,
  what: string,
  source?: string,
): FileLocation {
  const located = locateIssued(registry, ownMembers({ provider, fileId, account }), what, source);
  return { ...located, isIssued: false };
}

/** Locates an id by its deployment if that is registered, otherwise by its provider. The default is never used. */
async function locateRouted(registry: ParsedRegistry, routed: RoutedId, req: Request): Promise<FileLocation> {
  const { model, provider, fileId } = routed;
  if (model !== undefined && (await registry.findModel(model, req)) != null) {
    return await locateModel(registry, model, fileId, req);
  }
  return locateProvider(registry, provider ?? '', fileId);
}

/** @throws FileContentError 404 for a provider that is not registered */
export function locateProvider({ names }: ParsedRegistry, name: string, fileId: string): FileLocation {
  const registered = names.registered(name);
  if (!registered) throw unknownName('provider', name);
  return {
    entry: registered.entry,
    providerName: registered.name,
    fileId,
    model: undefined,
    account: undefined,
    tenant: undefined,
    isIssued: false,
  };
}

/** Makes the same 404 as for another caller's file, so that nobody can find out names by trying them. */
function unknownName(kind: 'model' | 'provider', name: string): FileContentError {
  return fileNotFound({ cause: new Error(`unknown ${kind}: ${JSON.stringify(name.slice(0, 100))}`) });
}
