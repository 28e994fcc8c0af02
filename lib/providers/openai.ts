import type { Credential, ForwardedQuery, LocatedProvider } from '../provider';
import { optionalFlag, optionalText, readOptions, requireText } from '../values/read-options';
import { parseBaseURL } from './base-url';
import { credentialReader } from './credential';
import { namingProvider } from './file-names';
import { classifyOpenAIRefusal } from './openai-refusal';
import type { PathProviderDefinition, ResourcePaths } from './path-provider';
import { readHeaders, readQueryNames, withoutHeader } from './provider-options';

/** The paths of OpenAI's API reference; `{fileId}` is the content's own id. */
export const OPENAI_PATHS: ResourcePaths = Object.freeze({
  files: 'files/{fileId}/content',
  containers: 'containers/{containerId}/files/{fileId}/content',
  videos: 'videos/{fileId}/content',
  skills: ['skills/{fileId}/versions/{version}/content', 'skills/{fileId}/content'],
});

/** What OpenAI's API takes: which rendition of a video. */
export const VIDEO_QUERY: ForwardedQuery = Object.freeze({ videos: Object.freeze(['variant']) });

/**
 * Options of {@link openai}.
 *
 * @see https://platform.openai.com/docs/api-reference
 */
export interface OpenAIProviderOptions {
  /** The API key, or a function that gives it; the function is called once for every attempt. */
  apiKey: Credential;
  /** Sent as `OpenAI-Organization`. Default: the key's own. */
  organization?: string | undefined;
  /** Sent as `OpenAI-Project`. Default: the key's own. */
  project?: string | undefined;
  /**
   * Sent with every request, for example a key of a gateway in front. They replace those that the other options set.
   */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Default `https://api.openai.com/v1`. Its path and query are kept. */
  baseURL?: string | URL | undefined;
  /** Written to records. Default `openai`. */
  name?: string | undefined;
  /** May a connection to the provider carry more than one request? Defaults to `true`. */
  reuseConnections?: boolean | undefined;
  /**
   * Asks for the metadata of a file whose content has no name (`GET /files/{id}`), for the name in
   * `Content-Disposition`: one more request, for which the client waits. If it fails, the file has no name. Defaults to
   * `false`.
   *
   * @see https://platform.openai.com/docs/api-reference/files/retrieve
   */
  fetchFilename?: boolean | undefined;
}

/**
 * OpenAI: files, containers, videos (with the client's `variant`) and skills.
 *
 * @example
 * openai({ apiKey: process.env.OPENAI_API_KEY })
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
  const organization = optionalText('openai', 'organization', given.organization);
  const project = optionalText('openai', 'project', given.project);
  const definition: PathProviderDefinition = {
    name,
    base: parseBaseURL('openai', 'baseURL', given.baseURL ?? 'https://api.openai.com/v1'),
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
  /** Written to records. */
  name: string;
  /**
   * Where the API begins, as its OpenAI SDK users write it: `https://llm.example.com/v1`. Its path and query are kept.
   */
  baseURL: string | URL;
  /** Sent as `Authorization: Bearer …`. Default: no credential. */
  apiKey?: Credential | undefined;
  /** Sent with every request, for example a key that goes into another header. */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Names of the client's query parameters that are forwarded, for every kind of content. Default: `variant`, for
   * videos alone.
   */
  query?: readonly string[] | undefined;
  /** May a connection to the provider carry more than one request? Defaults to `true`. */
  reuseConnections?: boolean | undefined;
  /**
   * Asks for the metadata of a file whose content has no name (`GET /files/{id}`), for the name in
   * `Content-Disposition`: one more request, for which the client waits. If it fails, the file has no name. Defaults to
   * `false`.
   *
   * @see https://platform.openai.com/docs/api-reference/files/retrieve
   */
  fetchFilename?: boolean | undefined;
}

/**
 * Any server with OpenAI's paths.
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
  /** Written to records. Default `hosted_vllm`. */
  name?: string | undefined;
}

/**
 * A self-hosted OpenAI-compatible server that has a Files API: a base URL and, where it wants one, a key. vLLM itself
 * has no Files API and answers 404; the name is the one that LiteLLM gives such servers, for example a gateway in front
 * of vLLM that keeps files.
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
    base: parseBaseURL(factory, 'baseURL', given.baseURL),
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
