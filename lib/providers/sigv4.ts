import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { credentialFailure, obtain } from './credential';
import { loadPeer, once } from './optional-peer';
import { describe } from './provider-options';

export interface AWSCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken?: string | undefined;
}

export interface SignRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly region: string;
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
 * @param credentials default: the default chain of AWS (environment, profile, web identity, container, instance)
 */
export function sigV4Signer(
  factory: string,
  provider: string,
  credentials: AWSCredentials | (() => AWSCredentials | Promise<AWSCredentials>) | undefined,
): Sign {
  const readCredentials = credentialSource(factory, provider, credentials);
  const loadSigner = once(async () => {
    const { SignatureV4 } = await loadPeer(
      factory,
      '@smithy/signature-v4',
      async () => await import('@smithy/signature-v4'),
    );
    return SignatureV4;
  });

  return async function sign({ method, url, region }) {
    const [SignatureV4, identity] = await Promise.all([loadSigner(), readCredentials()]);
    const signer = new SignatureV4({
      service: 's3',
      region,
      credentials: identity,
      sha256: NodeSha256,
      // S3 alone of AWS's services signs the path as it is sent.
      uriEscapePath: false,
    });
    const signed = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { host: url.host },
    });
    // The router writes Host itself, from the URL that was signed.
    const { host: _host, ...headers } = signed.headers;
    return headers;
  };
}

type CredentialSource = () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;

function credentialSource(
  factory: string,
  provider: string,
  credentials: AWSCredentials | (() => AWSCredentials | Promise<AWSCredentials>) | undefined,
): CredentialSource {
  if (credentials === undefined) {
    const loadChain = once(async () => {
      const { defaultProvider } = await loadPeer(
        factory,
        '@aws-sdk/credential-provider-node',
        async () => await import('@aws-sdk/credential-provider-node'),
      );
      return defaultProvider();
    });
    return async function fromDefaultChain() {
      const chain = await loadChain();
      return checked(provider, await obtain(() => chain(), provider));
    };
  }
  if (typeof credentials === 'function') {
    return async function fromFunction() {
      return checked(provider, await obtain(credentials, provider));
    };
  }
  const problem = problemOf(credentials);
  if (problem !== undefined) throw new TypeError(`${factory}: credentials ${problem}`);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const copy = checked(provider, { accessKeyId, secretAccessKey, sessionToken });
  return () => Promise.resolve(copy);
}

function problemOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `must be an object or a function, got ${describe(value)}`;
  for (const member of ['accessKeyId', 'secretAccessKey'] as const) {
    const text: unknown = Reflect.get(value, member);
    if (typeof text !== 'string' || text === '') return `.${member} must be a non-empty string, got ${describe(text)}`;
  }
  const token: unknown = Reflect.get(value, 'sessionToken');
  const hasToken = token === undefined || (typeof token === 'string' && token !== '');
  return hasToken ? undefined : `.sessionToken must be a non-empty string, got ${describe(token)}`;
}

function checked(provider: string, value: AWSCredentials) {
  const problem = problemOf(value);
  if (problem !== undefined) throw credentialFailure(provider, new TypeError(`credentials ${problem}`));
  const { accessKeyId, secretAccessKey, sessionToken } = value;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? undefined : { sessionToken }) };
}
