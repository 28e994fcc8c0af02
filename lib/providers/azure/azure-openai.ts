import type { Credential, LocatedProvider } from '../../provider';
import { type BaseURL, parseBaseURL } from '../base-url';
import { credentialReader } from '../credential';
import { type AuthHeader, httpProvider, type ResourcePaths } from '../http-provider';
import { VIDEO_QUERY } from '../openai';
import { classifyOpenAIRefusal } from '../openai-refusal';
import { optionalText, readHeaders, readOptions, withoutHeader } from '../provider-options';

/** Options of {@link azureOpenAI}. */
export interface AzureOpenAIOptions {
  /** The resource: `https://my-resource.openai.azure.com`. Give this or `baseURL`. */
  endpoint?: string | URL | undefined;
  /**
   * Where the paths of the API begin, instead of `endpoint`: `https://…/openai/v1`, or `https://…/openai` with a dated
   * `apiVersion`. For a Foundry project, a private endpoint or a gateway in front.
   */
  baseURL?: string | URL | undefined;
  /** Sent as `api-key`. Give this or `token`. */
  apiKey?: Credential | undefined;
  /** A Microsoft Entra token, sent as `Authorization: Bearer …`; what `getBearerTokenProvider` of `@azure/identity` returns is such a function. */
  token?: Credential | undefined;
  /**
   * A dated version, such as `2024-10-21`, selects the URL form `{endpoint}/openai/files/{id}/content?api-version=…`.
   * Default: the v1 form, `{endpoint}/openai/v1/files/{id}/content`, which needs no version; `preview`, `latest` and
   * `v1` are sent with that form.
   */
  apiVersion?: string | undefined;
  /** Sent with every request, for example the opt-in to a preview feature. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Written to records. Default `azure`. */
  name?: string | undefined;
}

const FACTORY = 'azureOpenAI';
const DATED = /^\d{4}-\d{2}-\d{2}(?:-preview)?$/;
const V1_VERSIONS: ReadonlySet<string> = new Set(['v1', 'preview', 'latest']);

// The dated API has files alone; the v1 API has OpenAI's paths for what it offers.
const DATED_PATHS: ResourcePaths = { files: 'files/{fileId}/content' };
const V1_PATHS: ResourcePaths = {
  files: 'files/{fileId}/content',
  containers: 'containers/{containerId}/files/{fileId}/content',
  videos: 'videos/{fileId}/content',
};

/**
 * Azure OpenAI, in both of its URL forms. Both are those of the official client for JavaScript (`openai`, its guide to
 * Azure and its class `AzureOpenAI`).
 *
 * @example
 * azureOpenAI({ endpoint: 'https://my-resource.openai.azure.com', apiKey })
 *
 * @example <caption>Microsoft Entra</caption>
 * const token = getBearerTokenProvider(new DefaultAzureCredential(), 'https://ai.azure.com/.default');
 * azureOpenAI({ endpoint: 'https://my-resource.openai.azure.com', token })
 *
 * @throws TypeError for options that cannot work.
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
  });
  const name = optionalText(FACTORY, 'name', given.name) ?? 'azure';
  const version = optionalText(FACTORY, 'apiVersion', given.apiVersion);
  if (version !== undefined && !DATED.test(version) && !V1_VERSIONS.has(version)) {
    throw new TypeError(
      `${FACTORY}: apiVersion must be a date such as 2024-10-21 or 2025-04-01-preview, or v1, preview or latest, ` +
        `got ${JSON.stringify(version)}`,
    );
  }
  const isDated = version !== undefined && DATED.test(version);
  const auth = authOf(given, name);
  const credential = given.apiKey === undefined ? 'token' : 'apiKey';
  return httpProvider({
    name,
    base: baseOf(given, isDated),
    paths: isDated ? DATED_PATHS : V1_PATHS,
    headers: withoutHeader(FACTORY, auth.header, credential, readHeaders(FACTORY, given.headers)),
    auth,
    fixedQuery: version === undefined ? '' : `api-version=${version}`,
    query: isDated ? undefined : VIDEO_QUERY,
    classifyRefusal: classifyOpenAIRefusal,
  });
}

function baseOf(given: Readonly<AzureOpenAIOptions>, isDated: boolean): BaseURL {
  if ((given.endpoint === undefined) === (given.baseURL === undefined)) {
    throw new TypeError(`${FACTORY}: give either endpoint or baseURL`);
  }
  if (given.baseURL !== undefined) return parseBaseURL(FACTORY, 'baseURL', given.baseURL);
  const base = parseBaseURL(FACTORY, 'endpoint', given.endpoint ?? '');
  if (/\/openai(?:\/v1)?$/.test(base.path)) {
    throw new TypeError(`${FACTORY}: endpoint must end before /openai; a URL that goes on is a baseURL`);
  }
  return { ...base, path: `${base.path}${isDated ? '/openai' : '/openai/v1'}` };
}

function authOf(given: Readonly<AzureOpenAIOptions>, name: string): AuthHeader {
  if ((given.apiKey === undefined) === (given.token === undefined)) {
    throw new TypeError(`${FACTORY}: give either apiKey or token`);
  }
  if (given.apiKey !== undefined) {
    return { header: 'api-key', secret: credentialReader(FACTORY, 'apiKey', name, given.apiKey) };
  }
  return {
    header: 'authorization',
    prefix: 'Bearer ',
    secret: credentialReader(FACTORY, 'token', name, given.token),
  };
}
