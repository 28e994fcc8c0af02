import { isIP } from 'node:net';
import { FileContentError } from '../../errors';
import { describeKind } from '../../values/describe-value';
import { invalidOption, invalidResult, mistake, notBoth } from '../../values/mistakes';
import { optionalFlag, requireOneOf } from '../../values/read-options';
import { type BaseURL, parseBaseURL } from '../base-url';
import { type AccessPoint, isAccessPointARN, isS3BucketName, parseAccessPoint } from './s3-bucket';

/** The options of `s3` that decide which host a request is sent to. */
export interface S3AddressOptions {
  /**
   * The bucket's region, such as `eu-central-1`, or a function that returns the region of a bucket. For an access point
   * the region in its ARN is used.
   */
  region: string | ((bucket: string) => string);
  /** An S3-compatible store, or a private endpoint of AWS. Defaults to AWS's endpoint of the region. */
  baseURL?: string | URL | undefined;
  /**
   * Whether the bucket is part of the host name or of the path. Defaults to `virtual` on AWS if the bucket's name is a
   * DNS label (3 to 63 lower-case letters, digits and hyphens), otherwise and with `baseURL` `path`.
   */
  addressing?: 'virtual' | 'path' | undefined;
  /** Uses AWS's FIPS endpoint of the region. Cannot be combined with `baseURL`. Defaults to `false`. */
  useFipsEndpoint?: boolean | undefined;
  /** Uses AWS's dual-stack endpoint (IPv4 and IPv6). Cannot be combined with `baseURL`. Defaults to `false`. */
  useDualstackEndpoint?: boolean | undefined;
}

/** The URL of an object, and the region for which its request is signed. */
export interface S3Address {
  readonly url: URL;
  readonly region: string;
}

/** Makes the address of an object. @param path the encoded key */
export type S3Addresser = (bucket: string, path: string) => S3Address;

const A_REGION = 'a region such as eu-central-1';
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
/** A name that can be the first label of a host name. URL parsers read `xn--` as Punycode. */
const DNS_LABEL = /^(?!xn--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/**
 * Checks the options and returns the function that makes an object's URL, by the rules of AWS's endpoint rule set for
 * S3.
 *
 * @param fixedBucket if given, it is checked now instead of at the first request
 * @throws TypeError for invalid options
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
export function s3Addresser(
  factory: string,
  provider: string,
  options: Readonly<S3AddressOptions>,
  fixedBucket: string | undefined,
): S3Addresser {
  const { baseURL, addressing } = options;
  if (addressing !== undefined) requireOneOf(factory, 'addressing', addressing, ['virtual', 'path']);
  const regionOf = readRegion(factory, options.region);
  const hostOf = endpointHost(factory, options);
  const base = baseURL === undefined ? undefined : readBase(factory, baseURL);
  if (base !== undefined && addressing === 'virtual' && isIP(hostnameOf(base.origin)) !== 0) {
    const problem = `"addressing" must be 'path' where the host of "baseURL" is an IP address, got 'virtual'`;
    throw mistake(factory, problem, 'conflicting-options');
  }
  if (fixedBucket !== undefined) {
    const problem = problemOf(fixedBucket);
    if (problem !== undefined) throw mistake(factory, `"bucket" ${problem}`, 'invalid-option');
    if (typeof options.region === 'string') checkFixed(fixedBucket);
  }

  /** Says why the bucket cannot be used with these options, or returns undefined. */
  function problemOf(bucket: string): string | undefined {
    if (isAccessPointARN(bucket)) {
      if (parseAccessPoint(bucket) === undefined) return 'is not the ARN of an access point in one region';
      if (addressing === 'path' || (base !== undefined && isIP(hostnameOf(base.origin)) !== 0)) {
        return 'is an access point, which must be part of the host name';
      }
      return undefined;
    }
    if (!isS3BucketName(bucket)) return 'is not a name that a bucket can have';
    if (/--(?:x|xa|op)-s3$/.test(bucket)) {
      return 'is a directory bucket or on Outposts, whose requests are signed in another way; they are not supported';
    }
    if (addressing === 'virtual' && !canBeVirtual(bucket, base?.origin ?? 'https:')) {
      return "cannot be part of a host name; leave out addressing or write addressing: 'path'";
    }
    return undefined;
  }

  function checkFixed(bucket: string): void {
    const accessPoint = parseAccessPoint(bucket);
    const region = regionOf(bucket);
    if (accessPoint !== undefined && base === undefined && partitionOf(region) !== partitionOf(accessPoint.region)) {
      const problem = '"bucket" is an access point of another AWS partition than "region"';
      throw mistake(factory, problem, 'conflicting-options');
    }
    if (base === undefined) hostOf(accessPoint?.region ?? region, 's3');
  }

  return function addressOf(bucket, path) {
    if (problemOf(bucket) !== undefined) {
      throw new FileContentError('invalid_file_id', 'The id does not name an object of the store.', { provider });
    }
    const accessPoint = parseAccessPoint(bucket);
    if (accessPoint !== undefined) return addressOfAccessPoint(accessPoint, path);
    const region = regionOf(bucket);
    const { origin, path: root } = base ?? { origin: `https://${hostOf(region, 's3')}`, path: '' };
    const isVirtual = addressing === 'virtual' || (addressing === undefined && base === undefined && isLabel(bucket));
    const url = isVirtual
      ? new URL(`${prepend(bucket, origin)}${root}/${path}`)
      : new URL(`${origin}${root}/${bucket}/${path}`);
    return { url, region };
  };

  function addressOfAccessPoint({ label, region }: AccessPoint, path: string): S3Address {
    const { origin, path: root } = base ?? { origin: `https://${hostOf(region, 's3-accesspoint')}`, path: '' };
    return { url: new URL(`${prepend(label, origin)}${root}/${path}`), region };
  }
}

function isLabel(bucket: string): boolean {
  return DNS_LABEL.test(bucket);
}

/** A wildcard certificate covers only one label, so a name with dots can be part of the host name only over http. */
function canBeVirtual(bucket: string, origin: string): boolean {
  if (isLabel(bucket)) return true;
  if (!origin.startsWith('http:') || isIP(bucket) !== 0 || bucket.length > 63) return false;
  return bucket.split('.').every((label) => /^(?!xn--)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(label));
}

function prepend(label: string, origin: string): string {
  return origin.replace('://', `://${label}.`);
}

function hostnameOf(origin: string): string {
  return new URL(origin).hostname.replace(/^\[|\]$/g, '');
}

function readBase(factory: string, baseURL: string | URL): BaseURL {
  const base = parseBaseURL(factory, 'baseURL', baseURL);
  if (base.query !== '') throw invalidOption(factory, 'baseURL', 'a URL without a query', 'a URL with one');
  return base;
}

function readRegion(factory: string, region: S3AddressOptions['region']): (bucket: string) => string {
  if (typeof region === 'function') {
    return function regionOfBucket(bucket) {
      const value: unknown = region(bucket);
      if (typeof value === 'string' && REGION.test(value)) return value;
      throw invalidResult(`${factory}: region()`, A_REGION, describeKind(value));
    };
  }
  if (typeof region !== 'string' || !REGION.test(region)) {
    throw invalidOption(factory, 'region', `${A_REGION}, or a function that returns one`, describeKind(region));
  }
  if (/^fips-|-fips$/.test(region)) {
    throw invalidOption(factory, 'region', `${A_REGION}, beside useFipsEndpoint: true`, 'a region with "fips"');
  }
  if (/^aws(?:-[a-z]+)?-global$/.test(region)) {
    throw invalidOption(factory, 'region', `the bucket's own region, such as eu-central-1`, 'a global endpoint');
  }
  return () => region;
}

type Service = 's3' | 's3-accesspoint';

function endpointHost(
  factory: string,
  { baseURL, useFipsEndpoint, useDualstackEndpoint }: Readonly<S3AddressOptions>,
): (region: string, service: Service) => string {
  for (const [option, value] of Object.entries({ useFipsEndpoint, useDualstackEndpoint })) {
    if (optionalFlag(factory, option, value) && baseURL !== undefined) throw notBoth(factory, option, 'baseURL');
  }
  const fips = useFipsEndpoint === true ? '-fips' : '';
  const stack = useDualstackEndpoint === true ? '.dualstack' : '';
  return function hostOf(region, service) {
    const partition = partitionOf(region);
    if (fips !== '' && partition === 'amazonaws.com.cn') {
      const problem = `"useFipsEndpoint" must be left out in this region: S3 has no FIPS endpoint in China`;
      throw mistake(factory, problem, 'conflicting-options');
    }
    return `${service}${fips}${stack}.${region}.${partition}`;
  };
}

/** The DNS suffixes of AWS's partitions. `aws` and `aws-us-gov` have the same. */
const PARTITIONS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

function partitionOf(region: string): string {
  return PARTITIONS.find(([regions]) => regions.test(region))?.[1] ?? 'amazonaws.com';
}
