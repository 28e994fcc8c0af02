import type { Provider } from '../provider';
import type { Request, ResolveContext } from '../resolution';
import type { UnifiedFileId } from './litellm-ids';
import type { FileIdCodec } from './signed-ids';

/** Describes a request after its id is decoded. */
export interface FileAccess {
  /** The name under which the provider is registered; for a model with a provider of its own, that provider's name. */
  readonly provider: string;
  /** The model that led to the provider, where one did. */
  readonly model: string | undefined;
  /** The provider's own id of the file, not the id that the client wrote. */
  readonly fileId: string;
  /** The account that a signed id or the gateway's record of a managed file names. */
  readonly account?: string | undefined;
  /** The caller's, by the option `tenant`; else the one that a signed id or a managed file's record names. */
  readonly tenant?: string | undefined;
}

/** Makes a provider for one request, where accounts or tenants have credentials of their own. Undefined: 404. */
export type ProviderFactory = (
  access: FileAccess,
  req: Request,
  context: ResolveContext,
) => Provider | undefined | Promise<Provider | undefined>;

/** A provider for every request, or a function that makes one for each request. */
export type ProviderEntry = Provider | ProviderFactory;

/** A model's deployment: a registered provider by its name, or a provider of its own, with the deployment's credential. */
export interface ModelEntry {
  /** The name of a registered provider, or a provider. */
  readonly provider: string | Provider;
}

/** Looks a model up at run time. Undefined: 400, as for a model that a table does not have. */
export type ModelLookup = (model: string, req: Request) => ModelEntry | undefined | Promise<ModelEntry | undefined>;

/** A unified id, decoded, and as the client wrote it. */
export interface ManagedFileId extends UnifiedFileId {
  /** The unified id as the client wrote it. */
  readonly id: string;
}

/** Says where a managed file is, according to the gateway's records. */
export interface ManagedFile {
  /** The name of a registered provider, or a provider. */
  readonly provider: string | Provider;
  /** The provider's own id of the file. */
  readonly fileId: string;
  /** Names the account of the provider that holds the file. Defaults to none. */
  readonly account?: string | undefined;
  /** Names the tenant that owns the file. Defaults to none. */
  readonly tenant?: string | undefined;
}

/** Gives access to the gateway's records of managed files. */
export interface ManagedFiles {
  /** Looks a managed file up. Return `undefined` for a 404, both for "no record" and for "not yours". */
  lookup(unified: ManagedFileId, req: Request): ManagedFile | undefined | Promise<ManagedFile | undefined>;
}

/** `plain`: the provider's own; `model`: model-encoded; `managed`: unified; `signed`: made by a {@link FileIdCodec}. */
export type FileIdForm = 'plain' | 'model' | 'managed' | 'signed';

/** Options of {@link registryResolver}. */
export interface RegistryResolverOptions {
  /** The providers by name, as clients and ids write it. A function is called for each request. */
  providers: Readonly<Record<string, ProviderEntry>>;
  /**
   * The deployments by model, or a function that looks them up. Defaults to none, so that every request for a model is
   * a 400.
   */
  models?: Readonly<Record<string, ModelEntry>> | ModelLookup | undefined;
  /**
   * The provider for requests that name none. `false` makes those a 400. Defaults to `openai` where that is registered,
   * otherwise to `false`.
   */
  defaultProvider?: string | false | undefined;
  /**
   * Decides whether this caller may have this file of this provider. It is called with the decoded values before any
   * request to the provider. `false` sends the same 404 as for a file that does not exist. Defaults to allowing every
   * caller.
   *
   * @throws FileContentError to send the client its status
   */
  authorize?: ((req: Request, access: FileAccess, context: ResolveContext) => boolean | Promise<boolean>) | undefined;
  /** The gateway's records of managed files. Defaults to none, so that every unified id is a 404. */
  managedFiles?: ManagedFiles | undefined;
  /** Reads signed ids. When given, all other forms except managed ids are a 404 by default. Defaults to none. */
  fileIds?: FileIdCodec | undefined;
  /**
   * The forms of ids that are accepted. Defaults to `signed` (and `managed`) where `fileIds` is given, otherwise to
   * `plain` and `model` (and `managed`).
   */
  acceptedIds?: readonly FileIdForm[] | undefined;
  /**
   * The caller's tenant. A file whose signed id or managed record names another tenant is a 404, and so is one that names
   * none, unless `allowIdsWithoutTenant` is set. Plain and model-encoded ids never name one: `authorize` decides on them.
   */
  tenant?: ((req: Request) => string | undefined | Promise<string | undefined>) | undefined;
  /**
   * Serves files whose signed id or managed record names no tenant to every tenant, where `tenant` is given. Defaults to
   * `false`.
   */
  allowIdsWithoutTenant?: boolean | undefined;
  /** The only addresses that a model-encoded id may hold, such as `s3://batch-output/`. Defaults to none. */
  allowedUris?: readonly string[] | undefined;
}
