import type { Provider } from '../provider-contract/provider';
import type { Request, ResolveContext } from '../resolution/resolution';
import type { FileIdCodec } from './ids/signed-ids';
import type { UnifiedFileId } from './ids/unified-ids';

/** Describes a request after its id is decoded. */
export interface FileAccess {
  /** The name under which the provider is registered; for a model with its own provider, that provider's name. */
  readonly provider: string;
  /** The model that led to the provider, where one did. */
  readonly model: string | undefined;
  /** The provider's own id of the file, not the id that the client wrote. */
  readonly fileId: string;
  /** The account named by a signed id, the gateway's record of a managed file, a model or the default. */
  readonly account?: string | undefined;
  /**
   * The caller's tenant from the option `tenant`, otherwise the one named by a signed id or a managed file's record.
   */
  readonly tenant?: string | undefined;
  /**
   * The route's parameters with the provider's own ids, for example `containerId`, if the path had an id of the
   * gateway's own or of LiteLLM's. Absent if no parameter differs from `context.params`.
   */
  readonly params?: Readonly<Record<string, string>> | undefined;
}

/** Makes a provider for one request, for accounts or tenants with their own credentials. `undefined` is a 404. */
export type ProviderFactory = (
  access: FileAccess,
  req: Request,
  context: ResolveContext,
) => Provider | undefined | Promise<Provider | undefined>;

/** A provider for every request, or a function that makes one for each request. */
export type ProviderEntry = Provider | ProviderFactory;

/** A model's deployment: the name of a registered provider, or a provider with the deployment's own credential. */
export interface ModelEntry {
  /** The name of a registered provider, or a provider. */
  readonly provider: string | Provider;
  /** Names the account that holds the deployment, for a registry entry that is a function. Defaults to none. */
  readonly account?: string | undefined;
}

/** Describes a request that names neither a provider nor a model. */
export interface DefaultContext extends ResolveContext {
  /** The caller's tenant, by the option `tenant`. */
  readonly tenant: string | undefined;
}

/**
 * Chooses the provider of a request that names none: a registered name, or one with an account. `undefined` is a 400.
 */
export type DefaultProvider = (
  req: Request,
  context: DefaultContext,
) => string | ModelEntry | undefined | Promise<string | ModelEntry | undefined>;

/** Looks a model up at run time. `undefined` is a 404, as for a model that is missing from a table. */
export type ModelLookup = (model: string, req: Request) => ModelEntry | undefined | Promise<ModelEntry | undefined>;

/**
 * An id of LiteLLM's proxy, decoded and as the client wrote it. For a batch or a pass-through route, members that the
 * id does not contain are empty; look up such an id by `id`.
 */
export interface ManagedFileId extends UnifiedFileId {
  /** The id as the client wrote it. */
  readonly id: string;
  /** The decoded text, which begins with `litellm_proxy`. */
  readonly text: string;
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
  /**
   * Looks up a managed file. Return `undefined` for a 404, both if there is no record and if the file is not the
   * caller's.
   */
  lookup(unified: ManagedFileId, req: Request): ManagedFile | undefined | Promise<ManagedFile | undefined>;
}

/**
 * Names a form of file ids: `plain` is the provider's own, `model` model-encoded, `managed` unified, `signed` made by a
 * {@link FileIdCodec}.
 */
export type FileIdForm = 'plain' | 'model' | 'managed' | 'signed';

/** Options of {@link registryResolver}. */
export interface RegistryResolverOptions {
  /** The providers by name, as clients and ids write it. A function is called for each request. */
  providers: Readonly<Record<string, ProviderEntry>>;
  /**
   * The deployments by model or by the id that LiteLLM gave them, or a function that looks them up. Defaults to none,
   * so that every request for a model is a 404.
   */
  models?: Readonly<Record<string, ModelEntry>> | ModelLookup | undefined;
  /**
   * The provider for requests that name none, or a function that chooses it, for example for each tenant. `false` makes
   * those a 400. Defaults to `openai` where that is registered, otherwise `false`.
   */
  defaultProvider?: string | false | DefaultProvider | undefined;
  /**
   * Former names of registered providers: `{ azure: 'azure-eu' }`. Requests and ids may continue to use them;
   * `authorize` and records get the present name. Defaults to none.
   */
  aliases?: Readonly<Record<string, string>> | undefined;
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
   * The forms of ids that are accepted. Defaults to `signed` (and `managed`) where `fileIds` is given, otherwise
   * `plain` and `model` (and `managed`).
   */
  acceptedIds?: readonly FileIdForm[] | undefined;
  /**
   * The caller's tenant. A file whose signed id or managed record names another tenant is a 404, and so is one that
   * names none, unless `allowIdsWithoutTenant` is set. Plain and model-encoded ids name no tenant; `authorize` decides
   * on them.
   */
  tenant?: ((req: Request) => string | undefined | Promise<string | undefined>) | undefined;
  /**
   * Serves files whose signed id or managed record names no tenant to every tenant, where `tenant` is given. Defaults
   * to `false`.
   */
  allowIdsWithoutTenant?: boolean | undefined;
  /** The only addresses that a plain or model-encoded id may be, such as `s3://batch-output/`. Defaults to none. */
  allowedUris?: readonly string[] | undefined;
}
