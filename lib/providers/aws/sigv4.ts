import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { ownMembers } from '../../values/own-members';
import type { CredentialUse } from '../credential';
import { loadPeer, once } from '../optional-peer';
import { type AWSCredentialFunction, type AWSCredentials, awsIdentity } from './aws-identity';

export interface SignRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly region: string;
  /** Signed and sent besides; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Which attempt it is, and whether the last identity was refused. */
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

/** SHA-256, or its HMAC with a secret, in the form that the signer takes. */
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

/**
 * Signs requests to S3 with AWS's own signer. Only `host` and `x-amz-*` are signed, so that the client's `Range` and
 * conditional headers, which are added later, leave the signature valid (AWS Signature Version 4, "canonical request").
 *
 * @param service the name in the signature's scope; default `s3`
 * @param credentials default: the default chain of AWS (environment, profile, web identity, container, instance)
 */
export function sigV4Signer(
  factory: string,
  provider: string,
  credentials: AWSCredentials | AWSCredentialFunction | undefined,
  service = 's3',
): Sign {
  const readIdentity = awsIdentity(factory, provider, credentials);
  const loadSigner = once(async () => {
    const { SignatureV4 } = await loadPeer(
      factory,
      '@smithy/signature-v4',
      async () => await import('@smithy/signature-v4'),
    );
    return SignatureV4;
  });

  return async function sign({ method, url, region, headers: asked, use }) {
    const [SignatureV4, identity] = await Promise.all([loadSigner(), readIdentity(use)]);
    // Own members alone, so that nothing on Object.prototype changes what is signed.
    const signer = new SignatureV4(
      ownMembers({
        service,
        region,
        credentials: identity,
        sha256: NodeSha256,
        // S3 alone of AWS's services signs the path as it is sent.
        uriEscapePath: service !== 's3',
      }),
    );
    const signed = await signer.sign(
      ownMembers({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...asked, host: url.host },
      }),
      ownMembers({}),
    );
    // The router writes Host itself, from the URL that was signed.
    const { host: _host, ...headers } = signed.headers;
    return headers;
  };
}
