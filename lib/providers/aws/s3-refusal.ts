import type { LocatedProvider, RefusalMeaning, UpstreamResponse } from '../../provider-contract/provider';
import { elementOf, missingPlace, STORE_MESSAGES } from '../store-refusal';

/** Codes for a refused credential or account. The status does not tell: S3 responds with 400 to many of these. */
const OF_THE_CREDENTIAL = new Set([
  'AccountProblem',
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'AuthorizationQueryParametersError',
  'CredentialsNotSupported',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidPayer',
  'InvalidSecurity',
  'InvalidToken',
  'MissingSecurityHeader',
  'NotSignedUp',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnauthorizedAccess',
]);

const OF_THE_CLOCK = new Set(['RequestTimeTooSkewed', 'RequestExpired']);

/** Codes for a bucket that does not exist or is in another place. */
const OF_THE_PLACE = new Set(['InvalidBucketName', 'NoSuchAccessPoint', 'NoSuchBucket']);
const OF_THE_REGION = new Set(['IllegalLocationConstraintException', 'PermanentRedirect', 'TemporaryRedirect']);

/**
 * Makes the function that classifies refusals of S3.
 *
 * @param isFixed whether the gateway has fixed the bucket, so that file ids do not name one
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function classifyS3Refusal(isFixed: boolean): NonNullable<LocatedProvider['classifyRefusal']> {
  return function classifyRefusal({ status, headers }, body) {
    if (body.length === 0) return withoutBody(status, headers);
    const upstreamCode = elementOf(body, 'Code');
    if (upstreamCode === '') return undefined;
    const meaning = meaningOf(upstreamCode, body, isFixed);
    return meaning && { ...meaning, upstreamCode };
  };
}

function meaningOf(code: string, body: Buffer, isFixed: boolean): RefusalMeaning | undefined {
  if (OF_THE_CREDENTIAL.has(code)) return { code: 'provider_auth_failed' };
  if (OF_THE_CLOCK.has(code)) return { code: 'provider_auth_failed', message: STORE_MESSAGES.clock };
  if (OF_THE_PLACE.has(code)) return missingPlace(isFixed);
  if (OF_THE_REGION.has(code)) return { code: 'resolver_failed', message: STORE_MESSAGES.place };
  if (code.startsWith('KMS.')) return { code: 'provider_auth_failed', message: STORE_MESSAGES.encryption };
  switch (code) {
    case 'AccessDenied':
      return { code: 'provider_auth_failed', message: STORE_MESSAGES.denied };
    case 'InvalidObjectState':
      return { code: 'provider_error', message: STORE_MESSAGES.archived };
    // The current or the requested version is a delete marker.
    case 'MethodNotAllowed':
    case 'NoSuchKey':
    case 'NoSuchVersion':
      return { code: 'file_not_found' };
    case 'InvalidArgument':
      return elementOf(body, 'ArgumentName') === 'versionId' ? { code: 'file_not_found' } : undefined;
    // The object needs a customer-provided key, or must be read without one.
    case 'InvalidRequest':
      return /encrypt/i.test(elementOf(body, 'Message'))
        ? { code: 'provider_auth_failed', message: STORE_MESSAGES.encryption }
        : undefined;
    case 'RequestTimeout':
      return { code: 'provider_timeout', message: 'The provider did not respond in time.' };
    default:
      return undefined;
  }
}

/**
 * Classifies a refusal without a body, as after HEAD. Ranges and conditions have their own statuses, so a 400 is about
 * the signature, the token or the region.
 */
function withoutBody(status: number, headers: UpstreamResponse['headers']): RefusalMeaning | undefined {
  if (status === 400) return { code: 'provider_auth_failed' };
  if (status === 403) return { code: 'provider_auth_failed', message: STORE_MESSAGES.denied };
  return status === 405 && headers['x-amz-delete-marker'] === 'true' ? { code: 'file_not_found' } : undefined;
}
