import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { optionalText } from '../../values/read-options';
import type { BaseURL } from '../base-url';
import type { ResourcePaths } from '../path-provider';
import { readHeaders } from '../provider-options';

/** What every form of Anthropic's API takes. */
export interface AnthropicRequestOptions {
  /** Sent as `anthropic-version`. Default `2026-10-21`, that of Anthropic's SDK 1.14; `2023-06-01` works, too. */
  version?: string | undefined;
  /**
   * Sent as `anthropic-workspace-id`: the workspace of the file, where the credential is for several. Default: none.
   */
  workspaceId?: string | undefined;
  /** Sent as `anthropic-beta`. Default: none; the Files API needs none since it is generally available. */
  betas?: readonly string[] | undefined;
  /** Sent with every request. */
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

/** Where Anthropic's API has its contents. Gateways give out the id of a batch as that of its output file, too. */
export const ANTHROPIC_CONTENT = Object.freeze({ paths: PATHS, batchId: /^msgbatch_/ });

/** What @anthropic-ai/sdk 1.14 sends. */
const VERSION = '2026-10-21';

/** The base with `/v1`, unless it ends with a version already. */
export function withVersionOf(base: BaseURL): BaseURL {
  return /\/v\d+$/.test(base.path) ? base : { ...base, path: `${base.path}/v1` };
}

/**
 * The headers of Anthropic's API, which the caller's own may replace.
 *
 * @param defaultVersion null: none is sent unless the option says one
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
  const workspace = optionalText(factory, 'workspaceId', workspaceId);
  const sent = optionalText(factory, 'version', version) ?? defaultVersion ?? undefined;
  return {
    ...readHeaders(factory, {
      ...(sent === undefined ? undefined : { 'anthropic-version': sent }),
      ...(workspace === undefined ? undefined : { 'anthropic-workspace-id': workspace }),
      ...(betas === undefined || betas.length === 0 ? undefined : { 'anthropic-beta': betas.join(',') }),
    }),
    ...readHeaders(factory, headers),
  };
}
