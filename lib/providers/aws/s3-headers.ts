import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { describeKind } from '../../values/describe-value';
import { invalidOption, mistake } from '../../values/mistakes';
import { optionalFlag } from '../../values/read-options';

/** The options of `s3` that become signed headers of every request. */
export interface S3RequestOptions {
  /** Agrees to pay for the requests and the transfer from a requester-pays bucket. Defaults to `false`. */
  requesterPays?: boolean | undefined;
  /**
   * The AWS account that must own the bucket, 12 digits. S3 refuses the request with 403 if another account owns it.
   * Defaults to none.
   */
  expectedBucketOwner?: string | undefined;
  /**
   * The key of objects that are encrypted with a customer-provided key (SSE-C): 32 bytes, or their base64. It is sent
   * only over https, except to a loopback address. Defaults to none.
   */
  customerKey?: string | Uint8Array | undefined;
}

/**
 * @throws TypeError for invalid options; no message shows the key
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function readS3Headers(
  factory: string,
  { requesterPays, expectedBucketOwner, customerKey }: Readonly<S3RequestOptions>,
  baseURL: string | URL | undefined,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (optionalFlag(factory, 'requesterPays', requesterPays)) headers['x-amz-request-payer'] = 'requester';
  if (expectedBucketOwner !== undefined) {
    if (typeof expectedBucketOwner !== 'string' || !/^\d{12}$/.test(expectedBucketOwner)) {
      const expected = 'the 12 digits of an AWS account, as a string';
      throw invalidOption(factory, 'expectedBucketOwner', expected, describeKind(expectedBucketOwner));
    }
    headers['x-amz-expected-bucket-owner'] = expectedBucketOwner;
  }
  if (customerKey !== undefined) {
    if (!isConfidential(baseURL)) {
      throw mistake(factory, '"customerKey" needs a "baseURL" with https:', 'conflicting-options');
    }
    const key = readKey(factory, customerKey);
    const prefix = 'x-amz-server-side-encryption-customer-';
    headers[`${prefix}algorithm`] = 'AES256';
    headers[`${prefix}key`] = key.toString('base64');
    headers[`${prefix}key-md5`] = createHash('md5').update(key).digest('base64');
  }
  return Object.freeze(headers);
}

function readKey(factory: string, value: unknown): Buffer {
  let key: Buffer | undefined;
  if (typeof value === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(value)) key = Buffer.from(value, 'base64');
  if (value instanceof Uint8Array) key = Buffer.from(value);
  if (key?.length === 32) return key;
  throw invalidOption(factory, 'customerKey', '32 bytes, as a Uint8Array or in base64', describeKind(value));
}

function isConfidential(baseURL: string | URL | undefined): boolean {
  if (baseURL === undefined) return true;
  const { protocol, hostname } = new URL(baseURL);
  if (protocol === 'https:') return true;
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
