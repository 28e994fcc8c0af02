import { fileNotFound } from '../errors';
import type { Provider } from '../provider-contract/provider';
import type { ProviderResolver, Request, Resolution, ResolveContext } from '../resolution/resolution';
import { describeMembers } from '../values/describe-value';
import { invalidOption, invalidResult, memberPath } from '../values/mistakes';
import { ownMembers } from '../values/own-members';
import { type LocatedFile, locateFile } from './locate-file';
import { type ParsedRegistry, parseRegistryOptions } from './parse-registry-options';
import { isProvider } from './registry-models';
import type { FileAccess, RegistryResolverOptions } from './registry-options';

/**
 * Makes a resolver that finds the provider of a file in a registry of providers and models.
 *
 * The first of these that is set decides: the file id itself (signed, managed or model-encoded), `?model=`, the header
 * `x-litellm-model`, `:provider` in the mount path, the header `custom-llm-provider`, the query parameters
 * `custom_llm_provider` and `provider`, the default. An unknown model or provider, and a file that the caller may not
 * have, are the same 404 as a file that does not exist. The request is only read.
 *
 * @throws TypeError at once for options that cannot work; it says what was given and what to write.
 *
 * @example <caption>Two providers, chosen by the client, only for files that are the caller's</caption>
 * const resolveProvider = registryResolver({
 *   providers: { openai: openai({ apiKey }), azure: azureOpenAI({ endpoint, apiKey: azureKey }) },
 *   authorize: (req, { provider, fileId }) => records.owns(userOf(req), provider, fileId),
 * });
 *
 * @example <caption>Models that lead to their deployment, as in LiteLLM</caption>
 * registryResolver({ providers, models: { 'gpt-4o-eu': { provider: 'azure' } } });
 *
 * @example <caption>A default for each tenant, accounts with keys of their own, a provider that was renamed</caption>
 * registryResolver({
 *   providers: { openai: ({ account }) => openaiOf.get(account ?? 'main'), 'azure-eu': azure },
 *   aliases: { azure: 'azure-eu' },
 *   models: { 'gpt-4o': { provider: 'openai', account: 'eu' } },
 *   tenant: (req) => tenantOf(req),
 *   defaultProvider: (_req, { tenant }) => tenants.get(tenant)?.provider,
 *   authorize: (req, access) => records.owns(tenantOf(req), access),
 * });
 *
 * @example <caption>Ids that only this gateway can write</caption>
 * registryResolver({ providers, fileIds: fileIdCodec({ keys: [key] }) });
 */
export function registryResolver(options: RegistryResolverOptions): ProviderResolver {
  const registry = parseRegistryOptions(options);
  return async function resolveFromRegistry(req, context): Promise<Resolution> {
    const callerTenant = await tenantOf(registry, req);
    const location = await locateFile(registry, req, context, callerTenant);
    requireTenant(registry, location, callerTenant);
    const access = toAccess(location, callerTenant ?? location.tenant);
    await authorize(registry, access, req, context);
    return toResolution(access, await makeProvider(location, access, req, context));
  };
}

/** Requires that a file whose id the gateway issued belongs to the caller's tenant. */
function requireTenant(registry: ParsedRegistry, file: LocatedFile, caller: string | undefined): void {
  if (!registry.tenant) return;
  if (file.tenant !== undefined) {
    if (file.tenant !== caller) throw fileNotFound();
    return;
  }
  if (file.isIssued && !registry.allowIdsWithoutTenant) {
    const problem = 'the file names no tenant; "allowIdsWithoutTenant" would serve it to every tenant';
    throw fileNotFound({ cause: new Error(problem) });
  }
}

async function tenantOf(registry: ParsedRegistry, req: Request): Promise<string | undefined> {
  const tenant: unknown = await registry.tenant?.(req);
  if (tenant === undefined || (typeof tenant === 'string' && tenant !== '')) return tenant;
  throw invalidResult('registryResolver: tenant()', 'a non-empty string or undefined', describeMembers(tenant));
}

function toAccess(location: LocatedFile, tenant: string | undefined): FileAccess {
  const { providerName, model, fileId, account, params } = location;
  // `authorize` may read a member that is absent.
  return Object.freeze(
    ownMembers({
      provider: providerName,
      model,
      fileId,
      ...(account !== undefined && { account }),
      ...(tenant !== undefined && { tenant }),
      ...(params !== undefined && { params }),
    }),
  );
}

async function authorize(
  registry: ParsedRegistry,
  access: FileAccess,
  req: Request,
  context: ResolveContext,
): Promise<void> {
  if (!registry.authorize) return;
  const answer: unknown = await registry.authorize(req, access, context);
  if (answer === false) throw fileNotFound();
  // A forgotten `return` or a truthy database row does not grant access.
  if (answer !== true) {
    throw invalidResult('registryResolver: authorize()', 'true or false', describeMembers(answer));
  }
}

async function makeProvider(
  { entry, providerName, account }: LocatedFile,
  access: FileAccess,
  req: Request,
  context: ResolveContext,
): Promise<Provider> {
  if (typeof entry !== 'function') {
    if (account === undefined) return entry;
    const option = memberPath('providers', providerName);
    throw invalidOption('registryResolver', option, 'a function, because ids name an account', 'a provider');
  }
  const made: unknown = await entry(access, req, context);
  if (made === undefined || made === null) throw fileNotFound();
  if (!isProvider(made)) {
    const callback = `registryResolver: ${memberPath('providers', providerName)}()`;
    throw invalidResult(callback, 'a provider or undefined', describeMembers(made));
  }
  return made;
}

function toResolution({ fileId, model, account, tenant, params }: FileAccess, provider: Provider): Resolution {
  const context = {
    ...(model !== undefined && { model }),
    ...(account !== undefined && { account }),
  };
  return {
    provider,
    fileId,
    ...(tenant !== undefined && { tenant }),
    ...(params !== undefined && { params }),
    ...(Object.keys(context).length > 0 && { context }),
  };
}
