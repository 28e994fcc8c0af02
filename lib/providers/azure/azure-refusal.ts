import type { LocatedProvider, RefusalMeaning } from '../../provider-contract/provider';
import { ownMember } from '../../values/own-members';
import { elementOf, missingPlace, STORE_MESSAGES } from '../store-refusal';

const OF_THE_CREDENTIAL = new Set([
  'AccountIsDisabled',
  'InsufficientAccountPermissions',
  'InvalidAuthenticationInfo',
  'KeyBasedAuthenticationNotPermitted',
  'NoAuthenticationInformation',
  'PublicAccessNotPermitted',
]);

const OF_THE_PLACE = new Set(['ContainerBeingDeleted', 'ContainerDisabled', 'ContainerNotFound']);
const OF_THE_ARCHIVE = new Set(['BlobArchived', 'BlobBeingRehydrated']);

/**
 * Makes the function that classifies refusals of Azure Blob Storage. The service sends its code in a header, also for
 * HEAD.
 *
 * @param isFixed whether the gateway has fixed the container, so that file ids do not name one
 * @param isSignedHere whether this package makes the signatures; one outside of its validity then means that a clock is
 *   wrong
 * @see https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
 */
export function classifyAzureRefusal(
  isFixed: boolean,
  isSignedHere: boolean,
): NonNullable<LocatedProvider['classifyRefusal']> {
  return function classifyRefusal({ headers }, body) {
    const header = ownMember(headers, 'x-ms-error-code');
    const upstreamCode = typeof header === 'string' && header !== '' ? header : elementOf(body, 'Code');
    if (upstreamCode === '') return undefined;
    const meaning = meaningOf(upstreamCode, body, isFixed, isSignedHere);
    return meaning && { ...meaning, upstreamCode };
  };
}

function meaningOf(code: string, body: Buffer, isFixed: boolean, isSignedHere: boolean): RefusalMeaning | undefined {
  if (code === 'AuthenticationFailed') {
    // Only the validity of a signature depends on the clock.
    const isTime = isSignedHere && /time frame/i.test(elementOf(body, 'AuthenticationErrorDetail'));
    return { code: 'provider_auth_failed', ...(isTime ? { message: STORE_MESSAGES.clock } : undefined) };
  }
  if (/^Authorization/.test(code) || OF_THE_CREDENTIAL.has(code)) return { code: 'provider_auth_failed' };
  if (OF_THE_PLACE.has(code)) return missingPlace(isFixed);
  if (OF_THE_ARCHIVE.has(code)) return { code: 'provider_error', message: STORE_MESSAGES.archived };
  if (code === 'BlobNotFound' || code === 'ResourceNotFound') return { code: 'file_not_found' };
  if (code === 'BlobUsesCustomerSpecifiedEncryption') {
    return { code: 'provider_auth_failed', message: STORE_MESSAGES.encryption };
  }
  return undefined;
}
