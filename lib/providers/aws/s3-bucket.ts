import { isBucketName, type ObjectReference } from '../object-reference';

/** An access point, which has its own host name. */
export interface AccessPoint {
  /** The first label of its host name: `{name}-{account}`. */
  readonly label: string;
  readonly region: string;
}

// The region is empty in the ARN of a multi-region access point, whose requests need Signature Version 4A.
const ACCESS_POINT = /^arn:aws[a-z-]*:s3:([a-z0-9-]{1,64}):(\d{12}):accesspoint[:/]([a-z0-9][a-z0-9-]{1,48}[a-z0-9])$/;

/** Tells whether a bucket is named by an ARN. {@link parseAccessPoint} tells whether the ARN can be used. */
export function isAccessPointARN(bucket: string): boolean {
  return bucket.startsWith('arn:');
}

/** Reads `arn:aws:s3:{region}:{account}:accesspoint/{name}`. Undefined for anything else. */
export function parseAccessPoint(bucket: string): AccessPoint | undefined {
  const [, region, account, name] = ACCESS_POINT.exec(bucket) ?? [];
  return region === undefined ? undefined : { label: `${name}-${account}`, region };
}

/** Tells whether a text is the name of a bucket or the ARN of an access point. */
export function isS3BucketName(bucket: string): boolean {
  return isBucketName(bucket) || parseAccessPoint(bucket) !== undefined;
}

const URI = /^s3:\/\/(arn:[^/]*:accesspoint\/[^/]*|[^/]*)(?:\/(.*))?$/s;

/** Parses `s3://bucket/key`. The bucket may be the ARN of an access point, as in the AWS CLI. */
export function parseS3URI(fileId: string): ObjectReference | undefined {
  const found = URI.exec(fileId);
  return found === null ? undefined : { bucket: found[1] ?? '', key: found[2] ?? '' };
}
