import { createSign } from 'node:crypto';
import { describeKind } from '../../values/describe-value';
import { memberOf } from '../../values/own-members';
import { credentialFailure, obtain } from '../credential';
import { authLoader, type GoogleCredentialOptions } from './gcs-credential';
import type { GoogleSigner, SignerReader } from './gcs-signed-url';

/** The scope that lets a service account sign with IAM. */
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Makes the function that returns the signer of URLs: the service account of a key file, of Application Default
 * Credentials or of the client. Without a private key, IAM signs (`signBlob`), with one request for each URL.
 *
 * @returns undefined if signing is impossible: with an access token, or a client of another kind
 */
export function googleSignerReader(
  factory: string,
  provider: string,
  options: Readonly<GoogleCredentialOptions>,
  universeDomain: string | undefined,
): SignerReader | undefined {
  if (options.accessToken !== undefined) return undefined;
  if (options.authClient !== undefined) return signerOfClient(provider, options.authClient);
  const loadAuth = authLoader(factory, options, universeDomain, SCOPE);
  return async function fromLibrary() {
    return await signerOf(provider, await loadAuth());
  };
}

/** The members of `GoogleAuth` that sign. */
interface Signing {
  getCredentials(): Promise<unknown>;
  sign(text: string): Promise<unknown>;
}

function isSigning(client: object): client is Signing {
  return typeof memberOf(client, 'getCredentials') === 'function' && typeof memberOf(client, 'sign') === 'function';
}

function signerOfClient(provider: string, client: object): SignerReader | undefined {
  if (isSigning(client)) return () => signerOf(provider, client);
  const [email, key] = [memberOf(client, 'email'), memberOf(client, 'key')];
  if (typeof email !== 'string' || typeof key !== 'string') return undefined;
  const signer: GoogleSigner = {
    email,
    sign: (text) => obtain(() => createSign('RSA-SHA256').update(text).sign(key), provider),
  };
  return () => Promise.resolve(signer);
}

async function signerOf(provider: string, auth: Signing): Promise<GoogleSigner> {
  const credentials = await obtain(() => auth.getCredentials(), provider);
  const email = typeof credentials === 'object' && credentials !== null && memberOf(credentials, 'client_email');
  if (typeof email !== 'string' || email === '') {
    const problem = `the credential has no client_email (${describeKind(email)}), so it cannot sign URLs`;
    throw credentialFailure(provider, new TypeError(problem));
  }
  return {
    email,
    async sign(text) {
      const signature = await obtain(() => auth.sign(text), provider);
      if (typeof signature === 'string' && signature !== '') return Buffer.from(signature, 'base64');
      throw credentialFailure(provider, new TypeError(`sign() gave ${describeKind(signature)}, not a signature`));
    },
  };
}
