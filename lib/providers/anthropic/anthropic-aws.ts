import type { Credential, LocatedProvider, RefusalMeaning, UpstreamResponse } from '../../provider';
import { invalidOption } from '../../values/mistakes';
import { optionalText, readOptions, requireAtMostOne, requireText } from '../../values/read-options';
import type { AWSCredentialFunction, AWSCredentials } from '../aws/aws-identity';
import { sigV4Signer } from '../aws/sigv4';
import { parseBaseURL } from '../base-url';
import { credentialReader } from '../credential';
import { type PathProviderDefinition, pathProvider } from '../path-provider';
import { withoutHeader } from '../provider-options';
import { ANTHROPIC_CONTENT, type AnthropicRequestOptions, anthropicHeaders, withVersionOf } from './anthropic-request';

/** Options of {@link anthropicAWS}. */
export interface AnthropicAWSOptions extends AnthropicRequestOptions {
  /** The AWS region: `https://aws-external-anthropic.{region}.api.aws`. */
  region: string;
  /** Sent as `anthropic-workspace-id`; AWS requires it. */
  workspaceId: string;
  /** An API key, sent as `Authorization: Bearer …`. Give this or `credentials`. */
  apiKey?: Credential | undefined;
  /**
   * What requests are signed with, or a function that gives it. Default without `apiKey`: AWS's default chain. Needs
   * the optional package `@smithy/signature-v4`, the default chain also `@aws-sdk/credential-provider-node`.
   */
  credentials?: AWSCredentials | AWSCredentialFunction | undefined;
  /** Instead of the region's host: a private endpoint, a gateway, a test. */
  baseURL?: string | URL | undefined;
  /** Written to records. Default `anthropic_aws`. */
  name?: string | undefined;
}

const FACTORY = 'anthropicAWS';
const SERVICE = 'aws-external-anthropic';

/**
 * Anthropic's Files API on AWS, as `@anthropic-ai/aws-sdk` 1.1 asks it: with Signature Version 4 for the service
 * `aws-external-anthropic`, or with an API key.
 *
 * @throws TypeError for options that cannot work.
 */
export function anthropicAWS(options: AnthropicAWSOptions): LocatedProvider {
  const given = readOptions(FACTORY, options, {
    region: true,
    workspaceId: true,
    apiKey: true,
    credentials: true,
    baseURL: true,
    version: true,
    betas: true,
    headers: true,
    name: true,
  });
  const name = optionalText(FACTORY, 'name', given.name) ?? 'anthropic_aws';
  const region = requireText(FACTORY, 'region', given.region);
  if (!/^[a-z0-9-]{1,40}$/.test(region)) {
    throw invalidOption(FACTORY, 'region', "a region's name, such as us-east-1", 'another string');
  }
  requireText(FACTORY, 'workspaceId', given.workspaceId);
  requireAtMostOne(FACTORY, { apiKey: given.apiKey, credentials: given.credentials });
  const credential = given.apiKey === undefined ? 'credentials' : 'apiKey';
  const headers = withoutHeader(FACTORY, 'authorization', credential, anthropicHeaders(FACTORY, given));
  const base = parseBaseURL(FACTORY, 'baseURL', given.baseURL ?? `https://${SERVICE}.${region}.api.aws`);
  const definition: PathProviderDefinition = {
    name,
    base: withVersionOf(base),
    ...ANTHROPIC_CONTENT,
    headers,
    classifyRefusal: classifyAWSRefusal,
  };
  if (given.apiKey !== undefined) {
    const secret = credentialReader(FACTORY, 'apiKey', name, given.apiKey);
    return pathProvider({ ...definition, auth: { header: 'authorization', prefix: 'Bearer ', secret } });
  }
  const unsigned = pathProvider(definition);
  const sign = sigV4Signer(FACTORY, name, given.credentials, SERVICE);
  return Object.freeze({
    ...unsigned,
    renewsCredential: typeof given.credentials !== 'object',
    async locate(request) {
      const { url } = await unsigned.locate(request);
      const signed = await sign({ method: request.method, url: new URL(url), region, headers, use: request });
      return { url, headers: signed };
    },
  } satisfies LocatedProvider);
}

const CREDENTIAL_ERRORS =
  /^(?:ExpiredToken|InvalidClientTokenId|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|UnrecognizedClient)/;

/** AWS's front door names its errors in a header, and answers 400 or 403 to an identity that it does not accept. */
function classifyAWSRefusal({ status, headers }: UpstreamResponse): RefusalMeaning | undefined {
  const type = headers['x-amzn-errortype'];
  if (typeof type !== 'string') return undefined;
  const upstreamCode = type.replace(/:.*$/s, '');
  if (status !== 400 || !CREDENTIAL_ERRORS.test(upstreamCode)) return undefined;
  return { code: 'provider_auth_failed', upstreamCode };
}
