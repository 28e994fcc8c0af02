import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { SignatureV4 } from '@smithy/signature-v4';
import { loadPeer, once } from '../../values/optional-peer';
import { ownMembers } from '../../values/own-members';
import type { CredentialUse } from '../credential';
import { encodeStrictly } from '../object-reference';
import { type AWSCredentialFunction, type AWSCredentials, awsIdentity } from './aws-identity';

export interface SignRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly region: string;
  /** Further headers that are signed and sent, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The attempt, and whether the last identity was refused. */
  readonly use: CredentialUse;
}

export type Sign = (request: SignRequest) => Promise<Record<string, string>>;

type HashInput = string | ArrayBuffer | ArrayBufferView;

function bytesOf(data: HashInput): string | Uint8Array {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** SHA-256, or its HMAC with a secret, with the interface that the signer expects. */
class NodeSha256 {
  readonly #secret: HashInput | undefined;
  #state: Hash | Hmac;

  constructor(secret?: HashInput) {
    this.#secret = secret;
    this.#state = this.#begin();
  }

  #begin(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }

  update(data: HashInput): void {
    this.#state.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#state.digest());
  }

  reset(): void {
    this.#state = this.#begin();
  }
}

/** Makes AWS's own signer, with the identity of one attempt. */
function signerFactory(
  factory: string,
  provider: string,
  credentials: AWSCredentials | AWSCredentialFunction | undefined,
  service: string,
): (region: string, use: CredentialUse) => Promise<SignatureV4> {
  const readIdentity = awsIdentity(factory, provider, credentials);
  const loadSigner = once(() =>
    loadPeer(factory, '@smithy/signature-v4', async () => await import('@smithy/signature-v4')),
  );
  return async function makeSigner(region, use) {
    const [{ SignatureV4 }, identity] = await Promise.all([loadSigner(), readIdentity(use)]);
    // Own members only, so that nothing on Object.prototype changes what is signed.
    return new SignatureV4(
      ownMembers({
        service,
        region,
        credentials: identity,
        sha256: NodeSha256,
        // Among AWS's services, only S3 signs the path as it is sent.
        uriEscapePath: service !== 's3',
      }),
    );
  };
}

function requestToSign(method: string, url: URL, headers: Readonly<Record<string, string>>) {
  return ownMembers({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: ownMembers(Object.fromEntries(url.searchParams)),
    headers: { ...headers, host: url.host },
  });
}

/**
 * Makes a function that signs requests to S3 with AWS's own signer. Only `host` and `x-amz-*` are signed, so that the
 * client's `Range` and conditional headers can be added later (AWS Signature Version 4, "canonical request").
 *
 * @param service the name in the signature's scope. Defaults to `s3`.
 * @param credentials defaults to the default chain of AWS (environment, profile, web identity, container, instance)
 */
export function sigV4Signer(
  factory: string,
  provider: string,
  credentials: AWSCredentials | AWSCredentialFunction | undefined,
  service = 's3',
): Sign {
  const makeSigner = signerFactory(factory, provider, credentials, service);
  return async function sign({ method, url, region, headers: asked, use }) {
    const signer = await makeSigner(region, use);
    const signed = await signer.sign(requestToSign(method, url, asked), ownMembers({}));
    // The router writes Host from the signed URL.
    const { host: _host, ...headers } = signed.headers;
    return headers;
  };
}

/** Signs a URL of S3 for a client. `headers` become query parameters, so the client need not send them. */
export type Presign = (request: SignRequest & { readonly expiresInSeconds: number }) => Promise<URL>;

/**
 * Makes a function that signs URLs of S3 with AWS's own signer. The signature is in the query and covers the method,
 * the path, the query and `host`, so that the client may add `Range` and conditional headers.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function sigV4Presigner(
  factory: string,
  provider: string,
  credentials: AWSCredentials | AWSCredentialFunction | undefined,
): Presign {
  const makeSigner = signerFactory(factory, provider, credentials, 's3');
  return async function presign({ method, url, region, headers, use, expiresInSeconds }) {
    const signer = await makeSigner(region, use);
    const unsigned = requestToSign(method, url, { ...headers, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' });
    const { query = {} } = await signer.presign(unsigned, ownMembers({ expiresIn: expiresInSeconds }));
    const signed = new URL(url);
    signed.search = Object.entries(query)
      .map(([name, value]) => `${encodeStrictly(name, provider)}=${encodeStrictly(String(value), provider)}`)
      .join('&');
    return signed;
  };
}
