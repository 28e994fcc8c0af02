import { BATCH_OUTPUT_OPTIONS, type BatchOutputOptions, withBatchOutput } from '../../batch/batch-output';
import type { Credential, LocatedProvider } from '../../provider-contract/provider';
import { invalidOption } from '../../values/mistakes';
import { optionalText, readOptions, requireAtMostOne, requireExactlyOne } from '../../values/read-options';
import { parseBaseURL } from '../base-url';
import { credentialReader } from '../credential';
import { type AuthHeader, pathProvider } from '../path-provider';
import { withoutHeader } from '../provider-options';
import { ANTHROPIC_CONTENT, type AnthropicRequestOptions, anthropicHeaders, withVersionOf } from './anthropic-request';

/**
 * Options of {@link anthropic}.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/files
 */
export interface AnthropicOptions extends AnthropicRequestOptions, BatchOutputOptions {
  /** An API key, sent as `x-api-key`. Give this or `token`. */
  apiKey?: Credential | undefined;
  /**
   * A Bearer token, sent as `Authorization: Bearer …`, from workload identity federation, OAuth or a gateway. Tokens
   * are short-lived, so give a function; the package does not fetch them.
   *
   * @example
   * // `tokenProvider` is an AccessTokenProvider of @anthropic-ai/sdk.
   * anthropic({ token: async (request) => (await tokenProvider({ forceRefresh: request?.refused === true })).token })
   *
   */
  token?: Credential | undefined;
  /** The base URL. Defaults to `https://api.anthropic.com`. A version is added unless its path ends with one. */
  baseURL?: string | URL | undefined;
  /** The name that is written to records. Defaults to `anthropic`. */
  name?: string | undefined;
}

const OPTIONS = {
  apiKey: true,
  token: true,
  baseURL: true,
  version: true,
  workspaceId: true,
  betas: true,
  headers: true,
  name: true,
} as const;

/**
 * Makes a provider for Anthropic: files made by its tools (an uploaded file cannot be downloaded and is a 400),
 * versions of skills, and the results of batches by the batch's id `msgbatch_…`.
 *
 * @example
 * anthropic({ apiKey: process.env.ANTHROPIC_API_KEY, batchOutput: 'openai' })
 *
 * @throws TypeError for options that cannot work.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/files
 */
export function anthropic(options: AnthropicOptions): LocatedProvider {
  const given = readOptions('anthropic', options, { ...OPTIONS, ...BATCH_OUTPUT_OPTIONS });
  const name = optionalText('anthropic', 'name', given.name) ?? 'anthropic';
  const base = parseBaseURL('anthropic', 'baseURL', given.baseURL ?? 'https://api.anthropic.com');
  const files = pathProvider({
    name,
    base: withVersionOf(base),
    ...ANTHROPIC_CONTENT,
    ...headersAndAuth('anthropic', name, given),
  });
  return withBatchOutput('anthropic', files, given, 'anthropic');
}

/** Options of {@link anthropicFoundry}. */
export interface AnthropicFoundryOptions extends AnthropicRequestOptions {
  /** The name of the Foundry resource: `https://{resource}.services.ai.azure.com/anthropic`. Give this or `baseURL`. */
  resource?: string | undefined;
  /** The base URL before `/v1`: `https://my-resource.services.ai.azure.com/anthropic`. */
  baseURL?: string | URL | undefined;
  /** A key of the resource, sent as `x-api-key`. Give this or `token`. */
  apiKey?: Credential | undefined;
  /**
   * A Microsoft Entra token, sent as `Authorization: Bearer …`, or a function that returns one, such as the result of
   * `getBearerTokenProvider` from `@azure/identity`.
   */
  token?: Credential | undefined;
  /** The name that is written to records. Defaults to `anthropic_foundry`. */
  name?: string | undefined;
}

/**
 * Makes a provider for Anthropic's Files API in Microsoft Foundry, with the requests of `@anthropic-ai/foundry-sdk`
 * 1.1.
 *
 * @example
 * const token = getBearerTokenProvider(credential, 'https://ai.azure.com/.default');
 * anthropicFoundry({ resource: 'my-resource', token })
 *
 * @throws TypeError for options that cannot work.
 */
export function anthropicFoundry(options: AnthropicFoundryOptions): LocatedProvider {
  const factory = 'anthropicFoundry';
  const given = readOptions(factory, options, { ...OPTIONS, resource: true });
  const name = optionalText(factory, 'name', given.name) ?? 'anthropic_foundry';
  const resource = optionalText(factory, 'resource', given.resource);
  requireExactlyOne(factory, { resource, baseURL: given.baseURL });
  if (resource !== undefined && !/^[a-z0-9](?:[a-z0-9-]{0,62})$/i.test(resource)) {
    throw invalidOption(factory, 'resource', "the resource's name alone, such as my-resource", 'another string');
  }
  const base = given.baseURL ?? `https://${resource}.services.ai.azure.com/anthropic`;
  return pathProvider({
    name,
    base: withVersionOf(parseBaseURL(factory, 'baseURL', base)),
    ...ANTHROPIC_CONTENT,
    ...headersAndAuth(factory, name, given),
  });
}

function headersAndAuth(factory: string, name: string, given: Readonly<AnthropicOptions>) {
  const auth = keyOrToken(factory, name, given);
  const credential = given.token === undefined ? 'apiKey' : 'token';
  return { headers: withoutHeader(factory, auth.header, credential, anthropicHeaders(factory, given)), auth };
}

function keyOrToken(
  factory: string,
  name: string,
  { apiKey, token }: Pick<AnthropicOptions, 'apiKey' | 'token'>,
): AuthHeader {
  if (token === undefined) {
    return { header: 'x-api-key', secret: credentialReader(factory, 'apiKey', name, apiKey) };
  }
  requireAtMostOne(factory, { apiKey, token });
  return { header: 'authorization', prefix: 'Bearer ', secret: credentialReader(factory, 'token', name, token) };
}
