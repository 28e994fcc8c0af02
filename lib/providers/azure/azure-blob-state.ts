import { describeKind } from '../../values/describe-value';
import { invalidOption } from '../../values/mistakes';
import { ownMembers } from '../../values/own-members';
import { requireAtMostOne } from '../../values/read-options';

/** The options of `azureStorage` that select a state of a blob. */
export interface BlobStateOptions {
  /**
   * The snapshot of the blob, such as `2026-11-28T09:30:00.1234567Z`. Like `versionId` it belongs to one blob, so give
   * it to a provider that the resolver makes for one request. Defaults to none.
   */
  snapshot?: string | undefined;
  /** The version of the blob, in the same form. Defaults to the current version. */
  versionId?: string | undefined;
}

/** The state of a blob, as query parameters. */
export interface BlobState {
  readonly snapshot?: string;
  readonly versionid?: string;
}

/** A timestamp of the service, with up to seven fractional digits. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,7})?Z$/;

/** @throws TypeError for both options at once, and for anything that is not a time */
export function readBlobState(factory: string, { snapshot, versionId }: Readonly<BlobStateOptions>): BlobState {
  requireAtMostOne(factory, { snapshot, versionId });
  for (const [option, value] of Object.entries({ snapshot, versionId })) {
    if (value !== undefined && (typeof value !== 'string' || !MOMENT.test(value))) {
      throw invalidOption(factory, option, 'a time such as 2026-11-28T09:30:00.1234567Z', describeKind(value));
    }
  }
  return ownMembers({
    ...(snapshot === undefined ? undefined : { snapshot }),
    ...(versionId === undefined ? undefined : { versionid: versionId }),
  });
}
