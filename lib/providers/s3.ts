import { FileContentError } from '../errors';
import { type BaseURL, parseBaseURL } from './base-url';
import { encodeKey, readScope, resolveObject, uriScheme } from './object-reference';
import type { LocatedProvider, LocateRequest, UpstreamRequest } from './provider';
import { describe, optionalText, readOptions } from './provider-options';
import { type AWSCredentials, sigV4Signer } from './sigv4';

export interface S3Options {
  /** Where the bucket is, such as `eu-central-1`; a function where buckets are in several regions. */
  region: string | ((bucket: string) => string);
  /** When given, a file id is a key in this bucket; without it, it must be `s3://bucket/key`. */
  bucket?: string | undefined;
  /** Put before every key, for example `results/`. Ids in URI form must lie under it. */
  prefix?: string | undefined;
  /**
   * An access key, or a function that gives one; the function is called once for every attempt. Default: AWS's default
   * chain, of the optional package `@aws-sdk/credential-provider-node`.
   */
  credentials?: AWSCredentials | (() => AWSCredentials | Promise<AWSCredentials>) | undefined;
  /** An S3-compatible store, or a private endpoint of AWS. Default: AWS's endpoint of the region. */
  baseURL?: string | URL | undefined;
  /**
   * Is the bucket a part of the host name, or of the path? Default: `virtual` on AWS, where names have no dot (a
   * certificate's wildcard covers one label); `path` with `baseURL`.
   */
  addressing?: 'virtual' | 'path' | undefined;
  /** Written to records. Default `s3`. */
  name?: string | undefined;
}

const KNOWN = {
  region: true,
  bucket: true,
  prefix: true,
  credentials: true,
  baseURL: true,
  addressing: true,
  name: true,
} as const;

const REGION = /^[a-z0-9-]{1,64}$/;
const parseURI = uriScheme('s3');

/**
 * S3 and the stores that speak its API: `GetObject` with Signature Version 4, by AWS's own signer. Needs the optional
 * package `@smithy/signature-v4`. A bucket that lies in another region answers 301 or 400, which is not followed: the
 * signature is for one host and region.
 *
 * @example
 * s3({ region: 'eu-central-1', bucket: 'results' })
 *
 * @throws TypeError for options that cannot work.
 */
export function s3(options: S3Options): LocatedProvider {
  return s3Store('s3', 's3', options);
}

export function s3Store(factory: string, defaultName: string, options: S3Options): LocatedProvider {
  const given = readOptions(factory, options, KNOWN);
  const name = optionalText(factory, 'name', given.name) ?? defaultName;
  const scope = readScope(factory, 'bucket', given.bucket, given.prefix);
  const regionOf = readRegion(factory, given.region);
  const sign = sigV4Signer(factory, name, given.credentials);
  const urlOf = addresser(factory, given);

  async function locate({ resource, fileId, method }: LocateRequest): Promise<UpstreamRequest> {
    if (resource !== 'files') {
      throw new FileContentError('file_not_found', `This provider has no ${resource} content.`, { provider: name });
    }
    const { bucket, key } = resolveObject(name, scope, parseURI, fileId);
    const region = regionOf(bucket);
    const url = urlOf(bucket, region, encodeKey(key, name));
    return { url, headers: await sign({ method, url, region }) };
  }

  return Object.freeze({ name, streaming: true, locate });
}

function readRegion(factory: string, region: S3Options['region']): (bucket: string) => string {
  if (typeof region === 'function') {
    return function regionOfBucket(bucket) {
      const value: unknown = region(bucket);
      if (typeof value === 'string' && REGION.test(value)) return value;
      throw new TypeError(`${factory}: region() gave ${describe(value)}, not a region such as eu-central-1`);
    };
  }
  if (typeof region !== 'string' || !REGION.test(region)) {
    throw new TypeError(`${factory}: region must be a region such as eu-central-1 or a function that gives one`);
  }
  return () => region;
}

type Addresser = (bucket: string, region: string, path: string) => URL;

function addresser(factory: string, { baseURL, addressing }: Readonly<S3Options>): Addresser {
  if (addressing !== undefined && addressing !== 'virtual' && addressing !== 'path') {
    throw new TypeError(`${factory}: addressing must be 'virtual' or 'path', got ${JSON.stringify(addressing)}`);
  }
  if (baseURL === undefined) {
    return function onAWS(bucket, region, path) {
      const isVirtual = addressing === undefined ? !bucket.includes('.') : addressing === 'virtual';
      return address({ origin: `https://${awsHost(region)}`, path: '', query: '' }, isVirtual, bucket, path);
    };
  }
  const base = parseBaseURL(factory, 'baseURL', baseURL);
  if (base.query !== '') throw new TypeError(`${factory}: baseURL must not have a query`);
  return function onEndpoint(bucket, _region, path) {
    return address(base, addressing === 'virtual', bucket, path);
  };
}

function address(base: BaseURL, isVirtual: boolean, bucket: string, path: string): URL {
  if (!isVirtual) return new URL(`${base.origin}${base.path}/${bucket}/${path}`);
  const url = new URL(`${base.origin}${base.path}/${path}`);
  url.hostname = `${bucket}.${url.hostname}`;
  return url;
}

/** AWS, "Amazon S3 endpoints and quotas": the partitions whose endpoints are public. */
function awsHost(region: string): string {
  if (region.startsWith('cn-')) return `s3.${region}.amazonaws.com.cn`;
  if (region.startsWith('eusc-')) return `s3.${region}.amazonaws.eu`;
  return `s3.${region}.amazonaws.com`;
}
