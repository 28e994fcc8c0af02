import type { Credential, LocatedProvider } from '../../provider-contract/provider';
import { invalidOption } from '../../values/mistakes';
import { optionalFlag, optionalText, readOptions, requireExactlyOne } from '../../values/read-options';
import { type BaseURL, parseBaseURL } from '../base-url';
import { credentialReader } from '../credential';
import { namingProvider } from '../file-names';
import { VIDEO_QUERY } from '../openai';
import { classifyOpenAIRefusal } from '../openai-refusal';
import type { AuthHeader, PathProviderDefinition, ResourcePaths } from '../path-provider';
import { readHeaders, withoutHeader } from '../provider-options';

/** Options of {@link azureOpenAI}. */
export interface AzureOpenAIOptions {
  /** The resource's URL, such as `https://my-resource.openai.azure.com`. Give this or `baseURL`. */
  endpoint?: string | URL | undefined;
  /**
   * The base URL of the API, instead of `endpoint`: `https://…/openai/v1`, or `https://…/openai` with a dated
   * `apiVersion`. For a Foundry project, a private endpoint or a gateway.
   */
  baseURL?: string | URL | undefined;
  /** The key of the resource, sent as `api-key`. Give this or `token`. */
  apiKey?: Credential | undefined;
  /**
   * A Microsoft Entra token, sent as `Authorization: Bearer …`, or a function that returns one, such as the result of
   * `getBearerTokenProvider` from `@azure/identity`.
   */
  token?: Credential | undefined;
  /**
   * A dated version, such as `2024-10-21`, selects the URL form `{endpoint}/openai/files/{id}/content?api-version=…`.
   * Defaults to the v1 form, `{endpoint}/openai/v1/files/{id}/content`, which needs no version. `preview`, `latest` and
   * `v1` are sent with that form.
   */
  apiVersion?: string | undefined;
  /** Headers that are sent with every request, for example to opt in to a preview feature. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The name that is written to records. Defaults to `azure`. */
  name?: string | undefined;
  /**
   * Requests the file's metadata (`GET /files/{id}`) if the response with its content has no file name, for the name in
   * `Content-Disposition`. The client waits for this request. If it fails, the download has no name. Defaults to
   * `false`.
   *
   * @see https://platform.openai.com/docs/api-reference/files/retrieve
   */
  fetchFilename?: boolean | undefined;
}

const FACTORY = 'azureOpenAI';
const DATED = /^\d{4}-\d{2}-\d{2}(?:-preview)?$/;
const V1_VERSIONS: ReadonlySet<string> = new Set(['v1', 'preview', 'latest']);

// The dated API has only files. The v1 API has OpenAI's paths for the resources that it offers.
const DATED_PATHS: ResourcePaths = { files: 'files/{fileId}/content' };
const V1_PATHS: ResourcePaths = {
  files: 'files/{fileId}/content',
  containers: 'containers/{containerId}/files/{fileId}/content',
  videos: 'videos/{fileId}/content',
};

/**
 * Makes a provider for Azure OpenAI, in both of its URL forms. They are those of the official JavaScript client
 * (`openai`, its guide to Azure and its class `AzureOpenAI`).
 *
 * @example
 * azureOpenAI({ endpoint: 'https://my-resource.openai.azure.com', apiKey })
 *
 * @example <caption>Microsoft Entra</caption>
 * const token = getBearerTokenProvider(new DefaultAzureCredential(), 'https://ai.azure.com/.default');
 * azureOpenAI({ endpoint: 'https://my-resource.openai.azure.com', token })
 *
 * @throws TypeError for invalid options
 */
export function azureOpenAI(options: AzureOpenAIOptions): LocatedProvider {
  const given = readOptions(FACTORY, options, {
    endpoint: true,
    baseURL: true,
    apiKey: true,
    token: true,
    apiVersion: true,
    headers: true,
    name: true,
    fetchFilename: true,
  });
  const name = optionalText(FACTORY, 'name', given.name) ?? 'azure';
  const version = optionalText(FACTORY, 'apiVersion', given.apiVersion);
  if (version !== undefined && !DATED.test(version) && !V1_VERSIONS.has(version)) {
    const expected = 'a date such as 2024-10-21 or 2025-04-01-preview, or v1, preview or latest';
    throw invalidOption(FACTORY, 'apiVersion', expected, 'another string');
  }
  const isDated = version !== undefined && DATED.test(version);
  const auth = authOf(given, name);
  const credential = given.apiKey === undefined ? 'token' : 'apiKey';
  const definition: PathProviderDefinition = {
    name,
    base: baseOf(given, isDated),
    paths: isDated ? DATED_PATHS : V1_PATHS,
    headers: withoutHeader(FACTORY, auth.header, credential, readHeaders(FACTORY, given.headers)),
    auth,
    fixedQuery: version === undefined ? '' : `api-version=${version}`,
    query: isDated ? undefined : VIDEO_QUERY,
    classifyRefusal: classifyOpenAIRefusal,
  };
  return namingProvider(definition, optionalFlag(FACTORY, 'fetchFilename', given.fetchFilename));
}

function baseOf(given: Readonly<AzureOpenAIOptions>, isDated: boolean): BaseURL {
  requireExactlyOne(FACTORY, { endpoint: given.endpoint, baseURL: given.baseURL });
  if (given.baseURL !== undefined) return parseBaseURL(FACTORY, 'baseURL', given.baseURL);
  const base = parseBaseURL(FACTORY, 'endpoint', given.endpoint ?? '');
  if (/\/openai(?:\/v1)?$/.test(base.path)) {
    throw invalidOption(FACTORY, 'endpoint', 'the URL before /openai; a longer one is a "baseURL"', 'a longer URL');
  }
  return { ...base, path: `${base.path}${isDated ? '/openai' : '/openai/v1'}` };
}

function authOf(given: Readonly<AzureOpenAIOptions>, name: string): AuthHeader {
  requireExactlyOne(FACTORY, { apiKey: given.apiKey, token: given.token });
  if (given.apiKey !== undefined) {
    return { header: 'api-key', secret: credentialReader(FACTORY, 'apiKey', name, given.apiKey) };
  }
  return {
    header: 'authorization',
    prefix: 'Bearer ',
    secret: credentialReader(FACTORY, 'token', name, given.token),
  };
}
