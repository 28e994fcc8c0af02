import { dispositionOf } from '../../http/content-disposition';
import type { Credential, PresignRequest } from '../../provider-contract/provider';
import { mistake } from '../../values/mistakes';
import { loadPeer, once } from '../../values/optional-peer';
import { ownMembers } from '../../values/own-members';
import { requireExactlyOne } from '../../values/read-options';
import type { BaseURL } from '../base-url';
import { type CredentialReader, type CredentialUse, credentialReader } from '../credential';
import type { ObjectReference } from '../object-reference';
import type { BlobState } from './azure-blob-state';

const SAS_SECONDS = 15 * 60;
// The API version sent with an Entra token, which needs at least 2017-11-09 ("Authorize with Microsoft Entra ID", Blob
// service REST API).
const SERVICE_VERSION = '2021-12-02';

/** Further values that are signed into a client's URL. */
export type SignedHeaders = Pick<PresignRequest, 'disposition' | 'filename' | 'contentType' | 'expiresInSeconds'>;

/** Makes the URL and the authorisation for a blob. */
export type Authorize = (
  blob: ObjectReference,
  use: CredentialUse,
  forClient?: SignedHeaders,
) => Promise<{ query: string; headers: Record<string, string> }>;

/** The options of `azureStorage` that decide how its requests are authorised. */
export interface AzureCredentials {
  readonly account?: string | undefined;
  readonly accountKey?: Credential | undefined;
  readonly sas?: Credential | undefined;
  readonly token?: Credential | undefined;
}

/**
 * Chooses how requests are authorised, by the credential that was given.
 *
 * @throws TypeError unless exactly one was given
 */
export function blobAuthorizer(
  factory: string,
  given: Readonly<AzureCredentials>,
  base: BaseURL,
  name: string,
  state: BlobState,
): Authorize {
  const { account, accountKey, sas, token } = given;
  // A connection string was already split into the other options.
  requireExactlyOne(factory, { accountKey, sas, token, connectionString: undefined });
  if (token !== undefined) {
    const readToken = credentialReader(factory, 'token', name, token);
    return async function byEntra(_blob, use) {
      const headers = { authorization: `Bearer ${await readToken(use)}`, 'x-ms-version': SERVICE_VERSION };
      return { query: '', headers };
    };
  }
  if (sas !== undefined) {
    const readSignature = credentialReader(factory, 'sas', name, sas);
    return async function bySignature(_blob, use) {
      return { query: (await readSignature(use)).replace(/^\?/, '').replaceAll('#', '%23'), headers: {} };
    };
  }
  if (account === undefined) throw mistake(factory, '"accountKey" needs "account"', 'conflicting-options');
  return bySharedKey(factory, account, credentialReader(factory, 'accountKey', name, accountKey), base, state);
}

/**
 * Signs the query instead of `Authorization`: the header's signature would cover `Range` and the conditional headers
 * ("Authorize with Shared Key", Blob service REST API), which the client sends and which are not known here.
 */
function bySharedKey(
  factory: string,
  account: string,
  readKey: CredentialReader,
  base: BaseURL,
  { snapshot, versionid }: BlobState,
): Authorize {
  const load = once(() => loadPeer(factory, '@azure/storage-blob', async () => await import('@azure/storage-blob')));
  return async function withSharedKey({ bucket, key }, use, forClient) {
    const [blobs, accountKey] = await Promise.all([load(), readKey(use)]);
    const query = blobs.generateBlobSASQueryParameters(
      ownMembers({
        containerName: bucket,
        blobName: key,
        permissions: blobs.BlobSASPermissions.parse('r'),
        protocol: base.origin.startsWith('https:') ? blobs.SASProtocol.Https : blobs.SASProtocol.HttpsAndHttp,
        expiresOn: new Date(Date.now() + (forClient?.expiresInSeconds ?? SAS_SECONDS) * 1000),
        version: SERVICE_VERSION,
        ...(snapshot === undefined ? undefined : { snapshotTime: snapshot }),
        ...(versionid === undefined ? undefined : { versionId: versionid }),
        ...(forClient && { contentDisposition: dispositionOf(forClient.disposition, forClient.filename) }),
        ...(forClient?.contentType === undefined ? undefined : { contentType: forClient.contentType }),
      }),
      new blobs.StorageSharedKeyCredential(account, accountKey),
    );
    return { query: query.toString(), headers: {} };
  };
}
