import type { LocatedProvider, RefusalMeaning, UpstreamResponse } from '../../provider';
import { elementOf, missingPlace, STORE_MESSAGES } from '../store-refusal';

/**
 * The credential, or the account that it belongs to, is refused, whatever the status: S3 answers many of these with
 * 400.
 */
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

/** The bucket is not there, or not where the request was sent to. */
const OF_THE_PLACE = new Set(['InvalidBucketName', 'NoSuchAccessPoint', 'NoSuchBucket']);
const OF_THE_REGION = new Set(['IllegalLocationConstraintException', 'PermanentRedirect', 'TemporaryRedirect']);

/**
 * What a refusal of S3 means.
 *
 * @param isFixed whether the bucket is the gateway's choice and not a file id's
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
    // The current version, or the one that is asked for, is a delete marker.
    case 'MethodNotAllowed':
    case 'NoSuchKey':
    case 'NoSuchVersion':
      return { code: 'file_not_found' };
    case 'InvalidArgument':
      return elementOf(body, 'ArgumentName') === 'versionId' ? { code: 'file_not_found' } : undefined;
    // The object needs a customer's key, or needs none.
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
 * HEAD has no body. The request is the gateway's own but for a range and conditions, for which there are statuses of
 * their own: a 400 is about the signature, the token or the region.
 */
function withoutBody(status: number, headers: UpstreamResponse['headers']): RefusalMeaning | undefined {
  if (status === 400) return { code: 'provider_auth_failed' };
  if (status === 403) return { code: 'provider_auth_failed', message: STORE_MESSAGES.denied };
  return status === 405 && headers['x-amz-delete-marker'] === 'true' ? { code: 'file_not_found' } : undefined;
}
