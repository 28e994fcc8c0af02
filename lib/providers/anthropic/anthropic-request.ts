import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import type { BaseURL } from '../base-url';
import type { ResourcePaths } from '../path-provider';
import { optionalHeaderText, readHeaders } from '../provider-options';

/** Options that all forms of Anthropic's API have. */
export interface AnthropicRequestOptions {
  /**
   * The version, sent as `anthropic-version`. Defaults to `2026-10-21`, that of Anthropic's SDK 1.14. `2023-06-01`
   * works too.
   */
  version?: string | undefined;
  /**
   * The workspace of the file, sent as `anthropic-workspace-id`, if the credential is for several. Defaults to none.
   */
  workspaceId?: string | undefined;
  /** Beta features, sent as `anthropic-beta`. Defaults to none, which the Files API no longer needs. */
  betas?: readonly string[] | undefined;
  /** Headers that are sent with every request. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * @anthropic-ai/sdk 1.14: files.download(), beta.skills.versions.download(), messages.batches.results(); a skill has no
 * content without a version.
 */
const PATHS: ResourcePaths = Object.freeze({
  files: 'files/{fileId}/content',
  skills: 'skills/{fileId}/versions/{version}/content',
  batches: 'messages/batches/{fileId}/results',
});

/**
 * The paths of Anthropic's API. The id of a batch is also accepted as a file id, because gateways issue it as that of
 * the output file.
 */
export const ANTHROPIC_CONTENT = Object.freeze({ paths: PATHS, batchId: /^msgbatch_/ });

/** The version that @anthropic-ai/sdk 1.14 sends. */
const VERSION = '2026-10-21';

/** Adds `/v1` to a base URL, unless it already ends with a version. */
export function withVersionOf(base: BaseURL): BaseURL {
  return /\/v\d+$/.test(base.path) ? base : { ...base, path: `${base.path}/v1` };
}

/**
 * Makes the headers of Anthropic's API. The caller's own headers may replace them.
 *
 * @param defaultVersion if null, a version is only sent if the option gives one
 *
 * @throws TypeError that names the option and never a credential
 */
export function anthropicHeaders(
  factory: string,
  { version, workspaceId, betas, headers }: AnthropicRequestOptions,
  defaultVersion: string | null = VERSION,
): Record<string, string> {
  if (
    betas !== undefined &&
    !(Array.isArray(betas) && betas.every((beta) => typeof beta === 'string' && beta !== ''))
  ) {
    const expected = "an array of strings, for example ['files-api-2025-04-14']";
    throw invalidOption(factory, 'betas', expected, describeKind(betas));
  }
  const workspace = optionalHeaderText(factory, 'workspaceId', workspaceId);
  const sent = optionalHeaderText(factory, 'version', version) ?? defaultVersion ?? undefined;
  return {
    ...readHeaders(factory, {
      ...(sent === undefined ? undefined : { 'anthropic-version': sent }),
      ...(workspace === undefined ? undefined : { 'anthropic-workspace-id': workspace }),
      ...(betas === undefined || betas.length === 0 ? undefined : { 'anthropic-beta': betas.join(',') }),
    }),
    ...readHeaders(factory, headers),
  };
}
