import { BATCH_OUTPUT_OPTIONS, type BatchOutputOptions, withBatchOutput } from '../batch/batch-output';
import type { Credential, LocatedProvider } from '../provider';
import { optionalText, readOptions } from '../values/read-options';
import { type BaseURL, parseBaseURL } from './base-url';
import { withGeminiBatches } from './batches/gemini-batches';
import { withXAIBatches } from './batches/xai-batches';
import { credentialReader } from './credential';
import { classifyGeminiRefusal } from './gemini-refusal';
import { classifyOpenAIRefusal } from './openai-refusal';
import { type PathProviderDefinition, pathProvider, type ResourcePaths } from './path-provider';
import { readHeaders, withoutHeader } from './provider-options';

/** Options of the providers with a preset address, such as {@link mistral}. */
export interface PresetOptions {
  /** The API key or token, or a function that gives it; the function is called once for every attempt. */
  apiKey: Credential;
  /**
   * Instead of the provider's own host: a region, a private endpoint, a test. The version of the API is added unless
   * the path ends with one already, so that `https://host` and `https://host/v1` are the same base, and
   * `https://host/v1beta` is another version.
   */
  baseURL?: string | URL | undefined;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Written to records. Default: the preset's. */
  name?: string | undefined;
}

/** Options of {@link gemini} and {@link xai}, whose batches have rows of their own. */
export interface BatchPresetOptions extends PresetOptions, BatchOutputOptions {}

/**
 * Creates a provider with a preset address.
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
  /** The path that leads to the API's version, and that every URL has. */
  readonly version: string;
  readonly paths: ResourcePaths;
  /** The header that carries the key; a `Bearer` token where it is `authorization`. */
  readonly auth: 'authorization' | 'x-goog-api-key' | 'api_key';
}

const FILES: ResourcePaths = { files: 'files/{fileId}/content' };

/** xAI names a batch `batch_…`. */
const XAI_BATCH = /^batch_/;

/** One row for each provider that differs from the others by its URL and its header alone. */
const PRESETS = {
  // @google/genai 3.3.0: files.download(), whose fetch follows redirects. Google's REST guide to batches has the same
  // method under `download/v1beta`, which a base URL may say.
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
  // @ai-sdk/xai 5.0.12: downloadFile(). `team_id` is left out: with it a client would choose whose file the key reads.
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
  // Manus documents no content route: this is the one that gateways ask. Its API v1 takes the key as `API_KEY`; the
  // header `x-manus-api-key` is that of v2, which has other paths.
  manus: {
    factory: 'manus',
    name: 'manus',
    origin: 'https://api.manus.ai',
    version: 'v1',
    paths: FILES,
    auth: 'api_key',
  },
} as const satisfies Record<string, Preset>;

/** Gemini names a file `files/abc`, and generated videos by the URL of their download. */
function bareGeminiName(fileId: string): string {
  const match = /(?:^|^https:\/\/[^?#]*\/)files\/([^/?#:]+)(?::download)?(?:\?alt=media)?$/.exec(fileId);
  return match?.[1] ?? fileId;
}

/** A base URL that ends with any version says which one is meant: `https://host/v1beta`. */
const VERSION = /\/v\d+(?:(?:alpha|beta)\d*)?$/;

function baseOf({ factory, origin, version }: Preset, baseURL: string | URL | undefined): BaseURL {
  const base = parseBaseURL(factory, 'baseURL', baseURL ?? origin);
  const hasVersion = `${base.path}/`.endsWith(`/${version}/`) || VERSION.test(base.path);
  return hasVersion ? base : { ...base, path: `${base.path}/${version}` };
}

const OPTIONS = { apiKey: true, baseURL: true, headers: true, name: true } as const;

/** The provider of one row, as data. */
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
  return function fromTable(options) {
    return pathProvider(definitionOf(preset, readOptions(preset.factory, options, OPTIONS)));
  };
}

/**
 * Google's Gemini API (AI Studio): generated files, and the results of batches. Takes `abc`, `files/abc`, the URL of a
 * generated video, and `batches/abc` for a batch.
 */
export const gemini: PresetFactory<BatchPresetOptions> = function gemini(options) {
  const given = readOptions('gemini', options, { ...OPTIONS, ...BATCH_OUTPUT_OPTIONS });
  const definition = definitionOf(PRESETS.gemini, given);
  return withBatchOutput('gemini', withGeminiBatches(pathProvider(definition), definition), given, 'gemini');
};
/** Mistral. Its regional hosts are base URLs: `https://api.eu.mistral.ai`. */
export const mistral: PresetFactory = presetFactory(PRESETS.mistral);
/**
 * xAI: files, with the client's `format` and `page_number`, and the results of batches by the batch's id `batch_…`: all
 * pages, as one file.
 */
export const xai: PresetFactory<BatchPresetOptions> = function xai(options) {
  const given = readOptions('xai', options, { ...OPTIONS, ...BATCH_OUTPUT_OPTIONS });
  const files = withXAIBatches(pathProvider(definitionOf(PRESETS.xai, given)), XAI_BATCH);
  return withBatchOutput('xai', files, given, 'xai');
};
/** Groq. */
export const groq: PresetFactory = presetFactory(PRESETS.groq);
/** Together AI. */
export const together: PresetFactory = presetFactory(PRESETS.together);
/** OpenRouter: files that it made itself. */
export const openRouter: PresetFactory = presetFactory(PRESETS.openRouter);
/** DashScope (Qwen); the international host is a base URL: `https://dashscope-intl.aliyuncs.com`. */
export const dashscope: PresetFactory = presetFactory(PRESETS.dashscope);
/** Perplexity. */
export const perplexity: PresetFactory = presetFactory(PRESETS.perplexity);
/** Manus, by the route that gateways ask; Manus itself documents none for content. */
export const manus: PresetFactory = presetFactory(PRESETS.manus);
