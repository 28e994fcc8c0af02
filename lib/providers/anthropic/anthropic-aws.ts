import type { Credential, LocatedProvider, RefusalMeaning, UpstreamResponse } from '../../provider-contract/provider';
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
  /** The workspace, sent as `anthropic-workspace-id`. AWS requires it. */
  workspaceId: string;
  /** An API key, sent as `Authorization: Bearer …`. Give this or `credentials`. */
  apiKey?: Credential | undefined;
  /**
   * The credentials that sign requests, or a function that returns them. Defaults to AWS's default chain, unless
   * `apiKey` is given. Needs the optional package `@smithy/signature-v4`; the default chain also needs
   * `@aws-sdk/credential-provider-node`.
   */
  credentials?: AWSCredentials | AWSCredentialFunction | undefined;
  /** A base URL for a private endpoint, a gateway or a test. Defaults to the region's host. */
  baseURL?: string | URL | undefined;
  /** The name that is written to records. Defaults to `anthropic_aws`. */
  name?: string | undefined;
}

const FACTORY = 'anthropicAWS';
const SERVICE = 'aws-external-anthropic';

/**
 * Makes a provider for Anthropic's Files API on AWS, with the requests of `@anthropic-ai/aws-sdk` 1.1: signed with
 * Signature Version 4 for the service `aws-external-anthropic`, or with an API key.
 *
 * @throws TypeError for invalid options
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

/**
 * Classifies refusals by the header in which AWS names its errors. AWS responds with 400 or 403 to credentials that it
 * does not accept.
 */
function classifyAWSRefusal({ status, headers }: UpstreamResponse): RefusalMeaning | undefined {
  const type = headers['x-amzn-errortype'];
  if (typeof type !== 'string') return undefined;
  const upstreamCode = type.replace(/:.*$/s, '');
  if (status !== 400 || !CREDENTIAL_ERRORS.test(upstreamCode)) return undefined;
  return { code: 'provider_auth_failed', upstreamCode };
}
