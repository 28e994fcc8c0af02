import type { LocatedProvider } from '../../provider';
import { optionalText, readOptions } from '../../values/read-options';
import { parseBaseURL } from '../base-url';
import { type GoogleCredentialOptions, googleTokenReader } from '../google/gcs-credential';
import { pathProvider } from '../path-provider';
import { withoutHeader } from '../provider-options';
import { ANTHROPIC_CONTENT, type AnthropicRequestOptions, anthropicHeaders } from './anthropic-request';

/** Options of {@link anthropicVertex}. */
export interface AnthropicVertexOptions extends AnthropicRequestOptions, GoogleCredentialOptions {
  /**
   * Everything before `/files`, version included. It is required: Anthropic's SDK for Google Cloud knows the paths of
   * models alone, and none is documented that this package could take for granted.
   */
  baseURL: string | URL;
  /**
   * Sent as `anthropic-version` where it is given; Google Cloud takes the version in bodies, which a download has not.
   */
  version?: string | undefined;
  /** Written to records. Default `anthropic_vertex`. */
  name?: string | undefined;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Anthropic's Files API on Google Cloud, with an OAuth access token of the scope `cloud-platform`.
 *
 * @throws TypeError for options that cannot work.
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
