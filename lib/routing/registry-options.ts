import type { Request } from 'express';
import type { Provider } from '../provider';
import type { ResolveContext } from '../resolution';
import type { UnifiedFileId } from './litellm-ids';
import type { FileIdCodec } from './signed-ids';

/** What a request comes down to. All of it is decoded: `fileId` is the provider's own id, not what the client wrote. */
export interface FileAccess {
  /** The name under which the provider is registered; for a model with a provider of its own, that provider's name. */
  readonly provider: string;
  /** The model that led to the provider, where one did. */
  readonly model: string | undefined;
  readonly fileId: string;
  /** The account that a signed id or the gateway's record of a managed file names. */
  readonly account?: string;
  /** The caller's, by the option `tenant`; else the one that a signed id or a managed file's record names. */
  readonly tenant?: string;
}

/** Makes a provider for one request, where accounts or tenants have credentials of their own. Undefined: 404. */
export type ProviderFactory = (
  access: FileAccess,
  req: Request,
  context: ResolveContext,
) => Provider | undefined | Promise<Provider | undefined>;

export type ProviderEntry = Provider | ProviderFactory;

/** A model's deployment: a registered provider by its name, or a provider of its own, with the deployment's credential. */
export interface ModelEntry {
  readonly provider: string | Provider;
}

/** Looks a model up at run time. Undefined: 400, as for a model that a table does not have. */
export type ModelLookup = (model: string, req: Request) => ModelEntry | undefined | Promise<ModelEntry | undefined>;

/** A unified id, decoded, and as the client wrote it. */
export interface ManagedFileId extends UnifiedFileId {
  readonly id: string;
}

/** Where a managed file is, by the gateway's records. */
export interface ManagedFile {
  /** The name of a registered provider, or a provider. */
  readonly provider: string | Provider;
  readonly fileId: string;
  readonly account?: string;
  readonly tenant?: string;
}

export interface ManagedFiles {
  /** Undefined: 404, for "no record" and "not yours" alike. */
  lookup(unified: ManagedFileId, req: Request): ManagedFile | undefined | Promise<ManagedFile | undefined>;
}

/** `plain`: the provider's own; `model`: model-encoded; `managed`: unified; `signed`: made by a {@link FileIdCodec}. */
export type FileIdForm = 'plain' | 'model' | 'managed' | 'signed';

export interface RegistryResolverOptions {
  /** By name, as clients and ids write it. A function is asked for each request. */
  providers: Readonly<Record<string, ProviderEntry>>;
  /** Default: none, so that every request for a model is a 400. */
  models?: Readonly<Record<string, ModelEntry>> | ModelLookup;
  /** For requests that name none; `false` makes those a 400. Default: `openai` where that is registered, else `false`. */
  defaultProvider?: string | false;
  /**
   * May this caller have this file of this provider? Asked with the decoded values, before the provider is. `false`
   * answers as for a file that does not exist; a thrown FileContentError answers with its status. Default: everybody may.
   */
  authorize?: (req: Request, access: FileAccess, context: ResolveContext) => boolean | Promise<boolean>;
  /** Without it, every unified id is a 404. */
  managedFiles?: ManagedFiles;
  /** Reads signed ids, and by default makes every other form but managed ids a 404. */
  fileIds?: FileIdCodec;
  /** Default: `signed` (and `managed`) where `fileIds` is given, else `plain` and `model` (and `managed`). */
  acceptedIds?: readonly FileIdForm[];
  /**
   * The caller's tenant. A file whose signed id or managed record names another tenant is a 404, and so is one that names
   * none, unless `allowIdsWithoutTenant` is set. Plain and model-encoded ids never name one: `authorize` decides on them.
   */
  tenant?: (req: Request) => string | undefined | Promise<string | undefined>;
  /**
   * Serves files whose signed id or managed record names no tenant to every tenant, where `tenant` is given. Defaults to
   * `false`.
   */
  allowIdsWithoutTenant?: boolean;
  /** The only addresses that a model-encoded id may hold, such as `s3://batch-output/`. Default: none. */
  allowedUris?: readonly string[];
}
