import { FileContentError, fileNotFound } from '../errors';
import type { Request } from '../resolution';
import { describeMembers, describeValue } from '../values/describe-value';
import { memberPath, mistake } from '../values/mistakes';
import { ownMembers } from '../values/own-members';
import { decodeModelFileId } from './litellm-ids';
import { lookUpManaged } from './look-up-managed';
import type { ParsedRegistry } from './parse-registry-options';
import { checkUnsignedId } from './raw-uris';
import { isProvider, modelProblem, readModel } from './registry-models';
import type { FileIdForm, ManagedFile, ModelEntry, ProviderEntry } from './registry-options';
import { decodeRoutedId, looksRouted, type RoutedId } from './routed-ids';
import { SIGNED_PREFIX } from './signed-ids';
import { looksLikeOwnId } from './unified-ids';

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
 * Reads what an id itself says about where it leads.
 *
 * @returns undefined for an ordinary id, which the request leads somewhere
 * @throws FileContentError 404 for an id that is the gateway's own and leads nowhere; 400 for an address as an id
 * @throws TypeError where the gateway's own configuration cannot serve an id that it issued: a 500 to the client
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

/** @throws FileContentError 400, or 404 beside signed ids, where a foreign id does not exist */
export function requireAccepted({ accepted, fileIds }: ParsedRegistry, form: FileIdForm): void {
  if (accepted.has(form)) return;
  if (fileIds) throw fileNotFound();
  throw new FileContentError('invalid_request', 'File ids of this form are not accepted here.', {
    body: { param: 'file_id' },
  });
}

/** For ids that the gateway issued itself, so that its own word is believed, an object's address included. */
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

/** @throws FileContentError 404 for a model that nobody registered */
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

/** For what the gateway's options or functions say of a request whose id anybody could have written. */
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

/** The deployment decides where the gateway has it; otherwise the provider does. Never the default. */
async function locateRouted(registry: ParsedRegistry, routed: RoutedId, req: Request): Promise<FileLocation> {
  const { model, provider, fileId } = routed;
  if (model !== undefined && (await registry.findModel(model, req)) != null) {
    return await locateModel(registry, model, fileId, req);
  }
  return locateProvider(registry, provider ?? '', fileId);
}

/** @throws FileContentError 404 for a provider that nobody registered */
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

/** The same 404 as for a file that is not the caller's: trying names must not list those that exist. */
function unknownName(kind: 'model' | 'provider', name: string): FileContentError {
  return fileNotFound({ cause: new Error(`unknown ${kind}: ${JSON.stringify(name.slice(0, 100))}`) });
}
