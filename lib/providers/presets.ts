import { BATCH_OUTPUT_OPTIONS, type BatchOutputOptions, withBatchOutput } from '../batch/batch-output';
import type { Credential, LocatedProvider } from '../provider-contract/provider';
import { optionalText, readOptions } from '../values/read-options';
import { type BaseURL, parseBaseURL } from './base-url';
import { withGeminiBatches } from './batches/gemini-batches';
import { withXAIBatches } from './batches/xai-batches';
import { credentialReader } from './credential';
import { classifyGeminiRefusal } from './gemini-refusal';
import { classifyOpenAIRefusal } from './openai-refusal';
import { type PathProviderDefinition, pathProvider, type ResourcePaths } from './path-provider';
import { readHeaders, withoutHeader } from './provider-options';

/** Options of the providers with a preset base URL, such as {@link mistral}. */
export interface PresetOptions {
  /** The API key or token, or a function that returns it and is called for every attempt. */
  apiKey: Credential;
  /**
   * The base URL, for a region, a private endpoint or a test. If its path does not end with a version, that of the API
   * is added: `/v1`, for `groq` `/openai/v1`, for `openRouter` `/api/v1`, for `dashscope` `/compatible-mode/v1`. A path
   * that ends with a version, such as `https://host/v1beta`, is used as it is. Defaults to the provider's own host.
   */
  baseURL?: string | URL | undefined;
  /** Headers that are sent with every request. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** The name that is written to records. Defaults to the preset's. */
  name?: string | undefined;
}

/** Options of {@link gemini} and {@link xai}, whose batch output has its own row format. */
export interface BatchPresetOptions extends PresetOptions, BatchOutputOptions {}

/**
 * Makes a provider with a preset base URL.
 *
 * @throws TypeError for an unknown or invalid option
 */
export type PresetFactory<Options extends PresetOptions = PresetOptions> = (options: Options) => LocatedProvider;

interface Preset
  extends Pick<
    PathProviderDefinition,
    'fixedQuery' | 'query' | 'redirects' | 'bareId' | 'batchId' | 'classifyRefusal'
  > {
  readonly factory: string;
  readonly name: string;
  readonly origin: string;
  /** The path with the API's version, which is part of every URL. */
  readonly version: string;
  readonly paths: ResourcePaths;
  /** The header that contains the key, as a `Bearer` token in `authorization`. */
  readonly auth: 'authorization' | 'x-goog-api-key' | 'api_key';
}

const FILES: ResourcePaths = { files: 'files/{fileId}/content' };

/** The ids of xAI's batches. */
const XAI_BATCH = /^batch_/;

/** The providers that differ only in their URL and header. */
const PRESETS = {
  // @google/genai 3.3.0: files.download(), whose fetch follows redirects. Google's REST guide to batches has the same
  // method under `download/v1beta`, for which a base URL can be given.
  gemini: {
    factory: 'gemini',
    name: 'gemini',
    origin: 'https://generativelanguage.googleapis.com',
    version: 'v1',
    paths: { files: 'files/{fileId}:download' },
    auth: 'x-goog-api-key',
    fixedQuery: 'alt=media',
    redirects: 'follow',
    bareId: bareGeminiName,
    classifyRefusal: classifyGeminiRefusal,
  },
  // @mistralai/mistralai 2.7.0: files.download().
  mistral: {
    factory: 'mistral',
    name: 'mistral',
    origin: 'https://api.mistral.ai',
    version: 'v1',
    paths: FILES,
    auth: 'authorization',
  },
  // @ai-sdk/xai 5.0.12: downloadFile(). `team_id` is not forwarded: with it a client would choose the team whose file
  // is read.
  xai: {
    factory: 'xai',
    name: 'xai',
    origin: 'https://api.x.ai',
    version: 'v1',
    paths: { ...FILES, batches: 'batches/{fileId}/results' },
    auth: 'authorization',
    query: { files: ['format', 'page_number'] },
    batchId: XAI_BATCH,
  },
  // groq-sdk 1.6.0: files.content().
  groq: {
    factory: 'groq',
    name: 'groq',
    origin: 'https://api.groq.com',
    version: 'openai/v1',
    paths: FILES,
    auth: 'authorization',
  },
  // together-ai 0.52.0: files.content(), which relies on Range.
  together: {
    factory: 'together',
    name: 'together_ai',
    origin: 'https://api.together.ai',
    version: 'v1',
    paths: FILES,
    auth: 'authorization',
  },
  // @openrouter/sdk 1.3.19: files.download().
  openRouter: {
    factory: 'openRouter',
    name: 'openrouter',
    origin: 'https://openrouter.ai',
    version: 'api/v1',
    paths: FILES,
    auth: 'authorization',
  },
  // Alibaba Cloud Model Studio, "OpenAI compatible - File"; other regions by baseURL.
  dashscope: {
    factory: 'dashscope',
    name: 'dashscope',
    origin: 'https://dashscope.aliyuncs.com',
    version: 'compatible-mode/v1',
    paths: FILES,
    auth: 'authorization',
  },
  // Its API reference; the SDK for JavaScript has no files.
  perplexity: {
    factory: 'perplexity',
    name: 'perplexity',
    origin: 'https://api.perplexity.ai',
    version: 'v1',
    paths: FILES,
    auth: 'authorization',
  },
  // Manus documents no content route; this is the one that gateways use. Its API v1 expects the key as `API_KEY`. The
  // header `x-manus-api-key` belongs to v2, which has other paths.
  manus: {
    factory: 'manus',
    name: 'manus',
    origin: 'https://api.manus.ai',
    version: 'v1',
    paths: FILES,
    auth: 'api_key',
  },
} as const satisfies Record<string, Preset>;

/** Reduces the names of files in Gemini's API: `files/abc`, or a download URL for generated videos. */
function bareGeminiName(fileId: string): string {
  const match = /(?:^|^https:\/\/[^?#]*\/)files\/([^/?#:]+)(?::download)?(?:\?alt=media)?$/.exec(fileId);
  return match?.[1] ?? fileId;
}

/** The version at the end of a base URL such as `https://host/v1beta`. */
const VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?$/;

function baseOf({ factory, origin, version }: Preset, baseURL: string | URL | undefined): BaseURL {
  const base = parseBaseURL(factory, 'baseURL', baseURL ?? origin);
  const hasVersion = `${base.path}/`.endsWith(`/${version}/`) || VERSION.test(base.path);
  return hasVersion ? base : { ...base, path: `${base.path}/${version}` };
}

const OPTIONS = { apiKey: true, baseURL: true, headers: true, name: true } as const;

/** Makes the definition of a preset's provider. */
function definitionOf(preset: Preset, given: Readonly<PresetOptions>): PathProviderDefinition {
  const { factory, auth } = preset;
  const name = optionalText(factory, 'name', given.name) ?? preset.name;
  return {
    name,
    base: baseOf(preset, given.baseURL),
    paths: preset.paths,
    headers: withoutHeader(factory, auth, 'apiKey', readHeaders(factory, given.headers)),
    auth: {
      header: auth,
      prefix: auth === 'authorization' ? 'Bearer ' : '',
      secret: credentialReader(factory, 'apiKey', name, given.apiKey),
    },
    ...(preset.fixedQuery === undefined ? undefined : { fixedQuery: preset.fixedQuery }),
    ...(preset.query === undefined ? undefined : { query: preset.query }),
    ...(preset.redirects === undefined ? undefined : { redirects: preset.redirects }),
    classifyRefusal: preset.classifyRefusal ?? classifyOpenAIRefusal,
    ...(preset.bareId === undefined ? undefined : { bareId: preset.bareId }),
    ...(preset.batchId === undefined ? undefined : { batchId: preset.batchId }),
  };
}

function presetFactory(preset: Preset): PresetFactory {
  const make: PresetFactory = (options) =>
    pathProvider(definitionOf(preset, readOptions(preset.factory, options, OPTIONS)));
  // Error messages name a factory that was passed without being called.
  return Object.defineProperty(make, 'name', { value: preset.factory });
}

/**
 * Makes a provider for Google's Gemini API (AI Studio): generated files, and the results of batches. File ids are
 * `abc`, `files/abc`, the URL of a generated video, or `batches/abc` for a batch.
 */
export const gemini: PresetFactory<BatchPresetOptions> = (options) => {
  const given = readOptions('gemini', options, { ...OPTIONS, ...BATCH_OUTPUT_OPTIONS });
  const definition = definitionOf(PRESETS.gemini, given);
  return withBatchOutput('gemini', withGeminiBatches(pathProvider(definition), definition), given, 'gemini');
};
/** Makes a provider for Mistral. A regional host is given as `baseURL`: `https://api.eu.mistral.ai`. */
export const mistral: PresetFactory = presetFactory(PRESETS.mistral);
/**
 * Makes a provider for xAI: files, with the client's `format` and `page_number`, and the results of batches by the
 * batch's id `batch_…`, with all pages as one file.
 */
export const xai: PresetFactory<BatchPresetOptions> = (options) => {
  const given = readOptions('xai', options, { ...OPTIONS, ...BATCH_OUTPUT_OPTIONS });
  const files = withXAIBatches(pathProvider(definitionOf(PRESETS.xai, given)), XAI_BATCH);
  return withBatchOutput('xai', files, given, 'xai');
};
/** Makes a provider for Groq. */
export const groq: PresetFactory = presetFactory(PRESETS.groq);
/** Makes a provider for Together AI. */
export const together: PresetFactory = presetFactory(PRESETS.together);
/** Makes a provider for OpenRouter: files that it generated. */
export const openRouter: PresetFactory = presetFactory(PRESETS.openRouter);
/**
 * Makes a provider for DashScope (Qwen). The international host is given as `baseURL`:
 * `https://dashscope-intl.aliyuncs.com`.
 */
export const dashscope: PresetFactory = presetFactory(PRESETS.dashscope);
/** Makes a provider for Perplexity. */
export const perplexity: PresetFactory = presetFactory(PRESETS.perplexity);
/** Makes a provider for Manus, with the route that gateways use; Manus documents none for content. */
export const manus: PresetFactory = presetFactory(PRESETS.manus);
