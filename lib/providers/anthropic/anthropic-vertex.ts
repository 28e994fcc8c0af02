import type { LocatedProvider } from '../../provider-contract/provider';
import { optionalText, readOptions } from '../../values/read-options';
import { parseBaseURL } from '../base-url';
import { type GoogleCredentialOptions, googleTokenReader } from '../google/gcs-credential';
import { pathProvider } from '../path-provider';
import { withoutHeader } from '../provider-options';
import { ANTHROPIC_CONTENT, type AnthropicRequestOptions, anthropicHeaders } from './anthropic-request';

/** Options of {@link anthropicVertex}. */
export interface AnthropicVertexOptions extends AnthropicRequestOptions, GoogleCredentialOptions {
  /**
   * The base URL before `/files`, including the version. It is required, because Anthropic's SDK for Google Cloud has
   * only paths of models, and no other path is documented.
   */
  baseURL: string | URL;
  /**
   * The version, sent as `anthropic-version`. Defaults to none: Google Cloud reads the version from request bodies,
   * which a download does not have.
   */
  version?: string | undefined;
  /** The name that is written to records. Defaults to `anthropic_vertex`. */
  name?: string | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Makes a provider for Anthropic's Files API on Google Cloud, with an OAuth access token of the scope `cloud-platform`.
 *
 * @throws TypeError for invalid options
 */
export function anthropicVertex(options: AnthropicVertexOptions): LocatedProvider {
  const factory = 'anthropicVertex';
  const given = readOptions(factory, options, {
    baseURL: true,
    accessToken: true,
    authClient: true,
    credentials: true,
    keyFile: true,
    version: true,
    workspaceId: true,
    betas: true,
    headers: true,
    name: true,
  });
  const name = optionalText(factory, 'name', given.name) ?? 'anthropic_vertex';
  return pathProvider({
    name,
    base: parseBaseURL(factory, 'baseURL', given.baseURL),
    ...ANTHROPIC_CONTENT,
    headers: withoutHeader(factory, 'authorization', 'accessToken', anthropicHeaders(factory, given, null)),
    auth: {
      header: 'authorization',
      prefix: 'Bearer ',
      secret: googleTokenReader(factory, name, given, undefined, SCOPE),
    },
  });
}
