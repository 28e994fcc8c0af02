import type { Credential, ForwardedQuery, LocatedProvider } from '../provider-contract/provider';
import { invalidOption } from '../values/mistakes';
import { optionalFlag, optionalText, readOptions, requireText } from '../values/read-options';
import { type BaseURL, parseBaseURL } from './base-url';
import { credentialReader } from './credential';
import { namingProvider } from './file-names';
import { classifyOpenAIRefusal } from './openai-refusal';
import type { PathProviderDefinition, ResourcePaths } from './path-provider';
import { optionalHeaderText, readHeaders, readQueryNames, withoutHeader } from './provider-options';

/** The paths of OpenAI's API reference. `{fileId}` is the id of the file itself. */
export const OPENAI_PATHS: ResourcePaths = Object.freeze({
  files: 'files/{fileId}/content',
  containers: 'containers/{containerId}/files/{fileId}/content',
  videos: 'videos/{fileId}/content',
  skills: ['skills/{fileId}/versions/{version}/content', 'skills/{fileId}/content'],
});

/** The query parameters of OpenAI's API: the variant of a video. */
export const VIDEO_QUERY: ForwardedQuery = Object.freeze({ videos: Object.freeze(['variant']) });

const OPENAI_HOST = /(?:^|\.)api\.openai\.com$/;

/**
 * Parses a base URL, which is taken as it is, as by OpenAI's SDK. Other servers may have any path before `/files`.
 *
 * @throws TypeError for OpenAI's own host without its `/v1`, where every file would look missing
 */
function parseOpenAIBase(factory: string, value: string | URL): BaseURL {
  const base = parseBaseURL(factory, 'baseURL', value);
  const { hostname } = new URL(base.origin);
  if (!OPENAI_HOST.test(hostname) || /^\/v\d+$/.test(base.path)) return base;
  const got = `${base.origin}${base.path}`;
  throw invalidOption(factory, 'baseURL', `the address before /files, such as ${base.origin}/v1`, got);
}

/**
 * Options of {@link openai}.
 *
 * @see https://platform.openai.com/docs/api-reference
 */
export interface OpenAIProviderOptions {
  /** The API key, or a function that returns it and is called for every attempt. */
  apiKey: Credential;
  /** The organization, sent as `OpenAI-Organization`. Defaults to the key's own. */
  organization?: string | undefined;
  /** The project, sent as `OpenAI-Project`. Defaults to the key's own. */
  project?: string | undefined;
  /**
   * Headers that are sent with every request, for example a gateway's key. They replace headers from the other options.
   * Defaults to none.
   */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * The base URL, as for the OpenAI SDK: what stands before `/files`. Its path and query are kept. Defaults to
   * `https://api.openai.com/v1`.
   */
  baseURL?: string | URL | undefined;
  /** The name that is written to records. Defaults to `openai`. */
  name?: string | undefined;
  /** Whether a connection to the provider may be reused for further requests. Defaults to `true`. */
  reuseConnections?: boolean | undefined;
  /**
   * Requests the file's metadata (`GET /files/{id}`) if the response with its content has no file name, for the name in
   * `Content-Disposition`. The client waits for this request. If it fails, the download has no name. Defaults to
   * `false`.
   *
   * @see https://platform.openai.com/docs/api-reference/files/retrieve
   */
  fetchFilename?: boolean | undefined;
}

/**
 * Makes a provider for OpenAI: files, containers, videos (with the client's `variant`) and skills.
 *
 * @example
 * openai({ apiKey: process.env.OPENAI_API_KEY ?? '' })
 *
 * @throws TypeError for options that cannot work.
 */
export function openai(options: OpenAIProviderOptions): LocatedProvider {
  const given = readOptions('openai', options, {
    apiKey: true,
    organization: true,
    project: true,
    headers: true,
    baseURL: true,
    name: true,
    reuseConnections: true,
    fetchFilename: true,
  });
  const name = optionalText('openai', 'name', given.name) ?? 'openai';
  const organization = optionalHeaderText('openai', 'organization', given.organization);
  const project = optionalHeaderText('openai', 'project', given.project);
  const definition: PathProviderDefinition = {
    name,
    base: parseOpenAIBase('openai', given.baseURL ?? 'https://api.openai.com/v1'),
    paths: OPENAI_PATHS,
    headers: {
      ...readHeaders('openai', {
        ...(organization === undefined ? undefined : { 'openai-organization': organization }),
        ...(project === undefined ? undefined : { 'openai-project': project }),
      }),
      ...withoutHeader('openai', 'authorization', 'apiKey', readHeaders('openai', given.headers)),
    },
    auth: {
      header: 'authorization',
      prefix: 'Bearer ',
      secret: credentialReader('openai', 'apiKey', name, given.apiKey),
    },
    query: VIDEO_QUERY,
    classifyRefusal: classifyOpenAIRefusal,
    reuseConnections: optionalFlag('openai', 'reuseConnections', given.reuseConnections),
  };
  return namingProvider(definition, optionalFlag('openai', 'fetchFilename', given.fetchFilename));
}

/** Options of {@link openaiCompatible}. */
export interface OpenAICompatibleOptions {
  /** The name that is written to records. */
  name: string;
  /** The base URL, as for the OpenAI SDK: `https://llm.example.com/v1`. Its path and query are kept. */
  baseURL: string | URL;
  /** The API key, sent as `Authorization: Bearer …`. Defaults to none. */
  apiKey?: Credential | undefined;
  /** Headers that are sent with every request, for example a key in another header. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Names of the client's query parameters that are forwarded, for every kind of content. Defaults to `variant`, only
   * for videos.
   */
  query?: readonly string[] | undefined;
  /** Whether a connection to the provider may be reused for further requests. Defaults to `true`. */
  reuseConnections?: boolean | undefined;
  /**
   * Requests the file's metadata (`GET /files/{id}`) if the response with its content has no file name, for the name in
   * `Content-Disposition`. The client waits for this request. If it fails, the download has no name. Defaults to
   * `false`.
   *
   * @see https://platform.openai.com/docs/api-reference/files/retrieve
   */
  fetchFilename?: boolean | undefined;
}

/**
 * Makes a provider for any server with OpenAI's paths.
 *
 * @example
 * openaiCompatible({ name: 'novita', baseURL: 'https://api.novita.ai/openai/v1', apiKey })
 *
 * @throws TypeError for options that cannot work.
 */
export function openaiCompatible(options: OpenAICompatibleOptions): LocatedProvider {
  return compatible('openaiCompatible', options);
}

/** Options of {@link hostedVllm}. */
export interface HostedVllmOptions extends Omit<OpenAICompatibleOptions, 'name'> {
  /** The name that is written to records. Defaults to `hosted_vllm`. */
  name?: string | undefined;
}

/**
 * Makes a provider for a self-hosted OpenAI-compatible server with a Files API, from a base URL and an optional key.
 * vLLM itself has no Files API and responds with 404. The name is LiteLLM's for such servers, for example a gateway in
 * front of vLLM that stores files.
 */
export function hostedVllm(options: HostedVllmOptions): LocatedProvider {
  return compatible('hostedVllm', options, 'hosted_vllm');
}

function compatible(factory: string, options: HostedVllmOptions, defaultName?: string): LocatedProvider {
  const given = readOptions(factory, options, {
    name: true,
    baseURL: true,
    apiKey: true,
    headers: true,
    query: true,
    reuseConnections: true,
    fetchFilename: true,
  });
  const name = requireText(factory, 'name', given.name ?? defaultName);
  const extra = readHeaders(factory, given.headers);
  const headers = given.apiKey === undefined ? extra : withoutHeader(factory, 'authorization', 'apiKey', extra);
  const definition: PathProviderDefinition = {
    name,
    base: parseOpenAIBase(factory, given.baseURL),
    paths: OPENAI_PATHS,
    headers,
    auth:
      given.apiKey === undefined
        ? undefined
        : {
            header: 'authorization',
            prefix: 'Bearer ',
            secret: credentialReader(factory, 'apiKey', name, given.apiKey),
          },
    query: readQueryNames(factory, given.query) ?? VIDEO_QUERY,
    classifyRefusal: classifyOpenAIRefusal,
    reuseConnections: optionalFlag(factory, 'reuseConnections', given.reuseConnections),
  };
  return namingProvider(definition, optionalFlag(factory, 'fetchFilename', given.fetchFilename));
}
