/** The requests that the AWS SDK would send: what `s3` and `bedrock` have to agree with. */
import { GetObjectCommand, type GetObjectCommandInput, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** A request that AWS's own SDK would send. */
export interface SDKRequest {
  /** Without the query that names the operation. */
  readonly url: string;
  readonly region: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
}

interface Sent {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly query: Record<string, unknown>;
}

/** What the SDK would send for `GetObject`; nothing is sent. Undefined where the SDK refuses to. */
export async function sdkGetObject(
  config: S3ClientConfig,
  input: GetObjectCommandInput,
): Promise<SDKRequest | undefined> {
  let sent: Sent | undefined;
  const client = new S3Client({
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    maxAttempts: 1,
    ...config,
    requestHandler: {
      handle(request: Sent) {
        sent = request;
        return Promise.reject(new Error('not sent'));
      },
    },
  });
  await client.send(new GetObjectCommand(input)).catch(() => undefined);
  if (sent === undefined) return undefined;
  const { protocol, hostname, port, path, headers, query } = sent;
  const { 'x-id': _operation, ...own } = query;
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`,
    region: /Credential=[^/]*\/\d+\/([^/]*)/.exec(lowerCase['authorization'] ?? '')?.[1],
    headers: lowerCase,
    query: own,
  };
}
