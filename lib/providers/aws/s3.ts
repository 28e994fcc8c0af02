import { fileNotFound } from '../../errors';
import { dispositionOf } from '../../http/content-disposition';
import type {
  LocatedProvider,
  LocateRequest,
  PresignedURL,
  PresignRequest,
  UpstreamRequest,
} from '../../provider-contract/provider';
import { optionalText, readOptions } from '../../values/read-options';
import type { FolderStore } from '../batches/batch-folder';
import { encodeKey, encodeStrictly, readScope, resolveObject } from '../object-reference';
import type { AWSCredentialFunction, AWSCredentials } from './aws-identity';
import { type S3Address, type S3AddressOptions, s3Addresser } from './s3-address';
import { isS3BucketName, parseS3URI } from './s3-bucket';
import { readS3Headers, type S3RequestOptions } from './s3-headers';
import { s3Lister } from './s3-listing';
import { classifyS3Refusal } from './s3-refusal';
import { sigV4Presigner, sigV4Signer } from './sigv4';

/** Options of {@link s3}. */
export interface S3Options extends S3AddressOptions, S3RequestOptions {
  /**
   * The bucket. With it, a file id is a key in this bucket; without it, a file id must be `s3://bucket/key`. The ARN or
   * the alias of an access point can be given instead of a bucket's name. Defaults to none.
   */
  bucket?: string | undefined;
  /**
   * A folder that is prepended to every key, for example `results/`. A missing trailing slash is added. Ids in URI form
   * must lie in it. Defaults to none.
   */
  prefix?: string | undefined;
  /**
   * The version of the object that is read. It belongs to one object, so give it to a provider that the resolver makes
   * for one request. Defaults to the current version.
   */
  versionId?: string | undefined;
  /**
   * An access key, or a function that returns one, such as those of `@aws-sdk/credential-providers`. An identity with
   * an `expiration` is kept until 5 minutes before it, or until S3 refuses it as expired. Without an `expiration`, the
   * function is called for every attempt. Defaults to AWS's default chain, from the optional package
   * `@aws-sdk/credential-provider-node`.
   */
  credentials?: AWSCredentials | AWSCredentialFunction | undefined;
  /** The name that is written to records. Defaults to `s3`. */
  name?: string | undefined;
}

/** Every option of {@link s3}. */
export const S3_OPTIONS = {
  region: true,
  bucket: true,
  prefix: true,
  versionId: true,
  credentials: true,
  baseURL: true,
  addressing: true,
  useFipsEndpoint: true,
  useDualstackEndpoint: true,
  requesterPays: true,
  expectedBucketOwner: true,
  customerKey: true,
  name: true,
} as const;

/**
 * Makes a provider for S3 and stores with its API: `GetObject` with Signature Version 4, by AWS's own signer. Needs the
 * optional package `@smithy/signature-v4`. A bucket in another region responds with 301 or 400, which is not followed,
 * because the signature is for one host and region.
 *
 * @example
 * s3({ region: 'eu-central-1', bucket: 'results' })
 *
 * @throws TypeError for options that cannot work.
 */
export function s3(options: S3Options): LocatedProvider {
  return s3Store('s3', 's3', options);
}

/**
 * Makes {@link s3} under another name, for providers whose files are objects of S3.
 *
 * @throws TypeError for options that cannot work
 */
export function s3Store(factory: string, defaultName: string, options: S3Options): LocatedProvider {
  return s3Folders(factory, defaultName, options).files;
}

/** Like {@link s3Store}, with functions that list folders. */
export function s3Folders(factory: string, defaultName: string, options: S3Options): FolderStore {
  const given = readOptions(factory, options, S3_OPTIONS);
  const name = optionalText(factory, 'name', given.name) ?? defaultName;
  const scope = readScope(factory, 'bucket', given.bucket, given.prefix, isS3BucketName);
  const addressOf = s3Addresser(factory, name, given, scope.bucket);
  const headers = readS3Headers(factory, given, given.baseURL);
  const versionId = optionalText(factory, 'versionId', given.versionId);
  const search = versionId === undefined ? '' : `?versionId=${encodeStrictly(versionId, name)}`;
  const sign = sigV4Signer(factory, name, given.credentials);
  const signURL = sigV4Presigner(factory, name, given.credentials);

  function addressOfFile({ resource, fileId }: LocateRequest): S3Address {
    if (resource !== 'files') {
      throw fileNotFound({ provider: name, cause: new Error(`This provider has no ${resource} content.`) });
    }
    const { bucket, key } = resolveObject(name, scope, parseS3URI, fileId);
    const address = addressOf(bucket, encodeKey(key, name));
    address.url.search = search;
    return address;
  }

  async function locate(request: LocateRequest): Promise<UpstreamRequest> {
    const { method } = request;
    const { url, region } = addressOfFile(request);
    // S3 sends a checksum only on request, and with HEAD that would need further permissions.
    const asked = method === 'GET' ? { ...headers, 'x-amz-checksum-mode': 'ENABLED' } : headers;
    return { url, headers: await sign({ method, url, region, headers: asked, use: request }) };
  }

  async function presign(request: PresignRequest): Promise<PresignedURL> {
    const { method, disposition, filename, contentType, expiresInSeconds } = request;
    const { url, region } = addressOfFile(request);
    url.searchParams.set('response-content-disposition', dispositionOf(disposition, filename));
    if (contentType !== undefined) url.searchParams.set('response-content-type', contentType);
    return { url: await signURL({ method, url, region, headers, use: request, expiresInSeconds }) };
  }

  const classifyRefusal = classifyS3Refusal(scope.bucket !== undefined);
  const renewsCredential = typeof given.credentials !== 'object';
  // A client must not have the customer-provided key, which it would have to send.
  const canPresign = given.customerKey === undefined;
  const files: LocatedProvider = Object.freeze({
    name,
    streaming: true,
    locate,
    ...(canPresign ? { presign } : undefined),
    classifyRefusal,
    renewsCredential,
  });
  return {
    files,
    objectOf: (fileId) => resolveObject(name, scope, parseS3URI, fileId),
    idOf: ({ bucket, key }) => `s3://${bucket}/${key}`,
    list: s3Lister({ name, addressOf, headers: listHeaders(headers), sign }),
  };
}

/** Returns the headers without the customer-provided key, which is only for objects. */
function listHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.includes('-customer-')));
}
