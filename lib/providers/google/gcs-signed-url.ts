import { createHash } from 'node:crypto';
import type { CredentialUse } from '../credential';
import { encodeStrictly } from '../object-reference';

/** The signing service account, and its function that makes the RSA signature of a text. */
export interface GoogleSigner {
  readonly email: string;
  sign(text: string): Promise<Buffer>;
}

export interface URLToSign {
  readonly provider: string;
  readonly method: 'GET' | 'HEAD';
  /** Without a query. */
  readonly url: URL;
  /** Query parameters that are signed with the URL. */
  readonly query: Readonly<Record<string, string>>;
  readonly expiresInSeconds: number;
}

/** Returns the signer for an attempt. */
export type SignerReader = (use?: CredentialUse) => Promise<GoogleSigner>;

/**
 * Signs a URL of Cloud Storage for a client. `host` is the only signed header, so that the client may add `Range` and
 * conditional headers.
 *
 * @see https://cloud.google.com/storage/docs/authentication/signatures
 */
export async function signGoogleURL(signer: GoogleSigner, request: URLToSign): Promise<URL> {
  const { provider, method, url, expiresInSeconds } = request;
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${timestamp.slice(0, 8)}/auto/storage/goog4_request`;
  const parameters = {
    ...request.query,
    'X-Goog-Algorithm': 'GOOG4-RSA-SHA256',
    'X-Goog-Credential': `${signer.email}/${scope}`,
    'X-Goog-Date': timestamp,
    'X-Goog-Expires': String(expiresInSeconds),
    'X-Goog-SignedHeaders': 'host',
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encodeStrictly(name, provider)}=${encodeStrictly(value, provider)}`)
    .sort()
    .join('&');
  const canonical = [method, url.pathname, query, `host:${url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const signature = await signer.sign(['GOOG4-RSA-SHA256', timestamp, scope, digest].join('\n'));
  const signed = new URL(url);
  signed.search = `${query}&X-Goog-Signature=${signature.toString('hex')}`;
  return signed;
}
