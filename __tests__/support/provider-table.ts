/** Every ready provider in one row: the table that the contract suite of providers runs through. */
import {
  anthropic,
  azureOpenAI,
  azureStorage,
  bedrock,
  type ContentResource,
  type Credential,
  dashscope,
  fireworks,
  gcs,
  gemini,
  groq,
  hostedVllm,
  httpProvider,
  type LocatedProvider,
  manus,
  mistral,
  openai,
  openaiCompatible,
  openRouter,
  perplexity,
  s3,
  signedUrlProvider,
  together,
  vertexAI,
  xai,
} from '../../lib';
import type { FakeResponder } from '../../lib/testing/index';

export interface ProviderRow {
  readonly name: string;
  make(baseURL: string, secret: Credential): LocatedProvider;
  /** An ordinary id of this provider, and the path and query that its content has. */
  readonly ordinary: readonly [id: string, target: string | RegExp];
  /** An id with characters that a URL reads. */
  readonly awkward: readonly [id: string, target: string | RegExp];
  /** What the request carries for a secret; every other header must be one of the client's allow-list. */
  credential(secret: string): Readonly<Record<string, string | RegExp>>;
  /** Names of the client's query parameters that go through for files. */
  readonly query?: readonly string[];
  /** The same for videos. */
  readonly videoQuery?: readonly string[];
  readonly follows?: true;
  /** Kinds of content besides files. */
  readonly holds?: readonly ContentResource[];
  /** A refusal with status 400 in the provider's own words, and the message in it. */
  readonly refusal: readonly [body: string, message: string];
  /** Answers the first hop of a provider with two. */
  hop?(origin: string): { readonly target: string; readonly answer: FakeResponder };
}

const OPENAI_REFUSAL = [
  '{"error":{"message":"Not allowed to download files of purpose: assistants","type":"invalid_request_error","param":null,"code":null}}',
  'Not allowed to download files of purpose: assistants',
] as const;
const GOOGLE_REFUSAL = [
  '{"error":{"code":400,"message":"Invalid object name","status":"INVALID_ARGUMENT"}}',
  'Invalid object name',
] as const;
const S3_REFUSAL = [
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InvalidArgument</Code><Message>Bad &quot;range&quot;</Message></Error>',
  'Bad "range"',
] as const;
const AZURE_REFUSAL = [
  '\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>InvalidUri</Code><Message>The requested URI does not represent any resource</Message></Error>',
  'The requested URI does not represent any resource',
] as const;

const ALL_OF_OPENAI = { videoQuery: ['variant'], holds: ['containers', 'videos', 'skills'] } as const;

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

const AWKWARD = "a b+c%2F?#&=;@'(é)";
const AWKWARD_SEGMENT = "a%20b%2Bc%252F%3F%23%26%3D%3B%40'(%C3%A9)";
const AWKWARD_STRICT = 'a%20b%2Bc%252F%3F%23%26%3D%3B%40%27%28%C3%A9%29';

/** A row for a provider with OpenAI's paths below `path` and a bearer token. */
function openaiLike(
  name: string,
  path: string,
  make: ProviderRow['make'],
  more: Partial<ProviderRow> = {},
): ProviderRow {
  return {
    name,
    make,
    ordinary: ['file-abc123', `${path}/files/file-abc123/content`],
    awkward: [AWKWARD, `${path}/files/${AWKWARD_SEGMENT}/content`],
    credential: bearer,
    refusal: OPENAI_REFUSAL,
    ...more,
  };
}

const signature = (scope: string) => (secret: string) => ({
  authorization: new RegExp(
    `^AWS4-HMAC-SHA256 Credential=${secret}/\\d{8}/${scope}/s3/aws4_request, ` +
      'SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$',
  ),
  'x-amz-content-sha256': /^[0-9a-f]{64}$/,
  'x-amz-date': /^\d{8}T\d{6}Z$/,
  'x-amz-security-token': 'session',
  'x-amz-checksum-mode': 'ENABLED',
});

/** Credentials of AWS are three; the one that stands for the secret here is seen in every signature. */
function awsCredentials(secret: Credential) {
  const make = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: 'never sent', sessionToken: 'session' });
  return typeof secret === 'string' ? make(secret) : async () => make(await secret());
}

const SIGNED_PATH = '/store/results/out.jsonl?X-Goog-Signature=abc%2Bdef&X-Goog-Expires=900';

/** Every provider of the package, and what its published contract says. */
export const PROVIDER_TABLE: readonly ProviderRow[] = [
  openaiLike('openai', '/v1', (origin, apiKey) => openai({ apiKey, baseURL: `${origin}/v1` }), ALL_OF_OPENAI),
  openaiLike('hosted_vllm', '/v1', (origin, apiKey) => hostedVllm({ apiKey, baseURL: `${origin}/v1/` }), {
    ...ALL_OF_OPENAI,
    refusal: ['{"object":"error","message":"No such purpose","type":"BadRequestError","code":400}', 'No such purpose'],
  }),
  openaiLike(
    'novita',
    '/openai/v1',
    (origin, apiKey) => openaiCompatible({ name: 'novita', apiKey, baseURL: `${origin}/openai/v1`, query: [] }),
    { holds: ALL_OF_OPENAI.holds },
  ),
  {
    ...openaiLike('azure', '/openai/v1', (origin, apiKey) => azureOpenAI({ apiKey, endpoint: origin })),
    credential: (secret) => ({ 'api-key': secret }),
    videoQuery: ['variant'],
    holds: ['containers', 'videos'],
    refusal: ['{"error":{"code":"invalidPayload","message":"The file is not ready"}}', 'The file is not ready'],
  },
  {
    ...openaiLike('azure', '', (origin, token) =>
      azureOpenAI({ token, endpoint: origin, apiVersion: '2024-10-21', name: 'azure' }),
    ),
    ordinary: ['file-abc123', '/openai/files/file-abc123/content?api-version=2024-10-21'],
    awkward: [AWKWARD, `/openai/files/${AWKWARD_SEGMENT}/content?api-version=2024-10-21`],
  },
  openaiLike('anthropic', '/v1', (baseURL, apiKey) => anthropic({ apiKey, baseURL }), {
    credential: (secret) => ({ 'x-api-key': secret, 'anthropic-version': '2026-10-21' }),
    holds: ['skills'],
    refusal: [
      '{"type":"error","error":{"type":"invalid_request_error","message":"File is not downloadable"}}',
      'File is not downloadable',
    ],
  }),
  {
    name: 'gemini',
    make: (baseURL, apiKey) => gemini({ apiKey, baseURL }),
    ordinary: ['files/abc-123', '/v1/files/abc-123:download?alt=media'],
    awkward: [AWKWARD, `/v1/files/${AWKWARD_SEGMENT}:download?alt=media`],
    credential: (secret) => ({ 'x-goog-api-key': secret }),
    follows: true,
    refusal: GOOGLE_REFUSAL,
  },
  openaiLike('mistral', '/v1', (baseURL, apiKey) => mistral({ apiKey, baseURL })),
  openaiLike('xai', '/v1', (baseURL, apiKey) => xai({ apiKey, baseURL }), {
    query: ['format', 'page_number'],
    refusal: ['{"code":"invalid-argument","error":"Unknown format"}', 'Unknown format'],
  }),
  openaiLike('groq', '/openai/v1', (baseURL, apiKey) => groq({ apiKey, baseURL })),
  openaiLike('together_ai', '/v1', (baseURL, apiKey) => together({ apiKey, baseURL })),
  openaiLike('openrouter', '/api/v1', (baseURL, apiKey) => openRouter({ apiKey, baseURL })),
  openaiLike('dashscope', '/compatible-mode/v1', (baseURL, apiKey) => dashscope({ apiKey, baseURL })),
  openaiLike('perplexity', '/v1', (baseURL, apiKey) => perplexity({ apiKey, baseURL })),
  openaiLike('manus', '/v1', (baseURL, apiKey) => manus({ apiKey, baseURL }), {
    credential: (secret) => ({ api_key: secret }),
    refusal: ['{"ok":false,"request_id":"r","error":{"code":"invalid_argument","message":"Bad id"}}', 'Bad id'],
  }),
  {
    name: 'fireworks_ai',
    make: (baseURL, apiKey) => fireworks({ apiKey, baseURL, account: 'acme' }),
    ordinary: ['batch-out', SIGNED_PATH],
    awkward: ['accounts/acme/datasets/batch-out/out.jsonl', SIGNED_PATH],
    credential: () => ({}),
    refusal: S3_REFUSAL,
    hop: (origin) => ({
      target: '/v1/accounts/acme/datasets/batch-out:getDownloadEndpoint',
      answer: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ filenameToSignedUrls: { 'results/out.jsonl': `${origin}${SIGNED_PATH}` } }));
      },
    }),
  },
  {
    name: 'minimax',
    make: (baseURL, credential) =>
      httpProvider({
        name: 'minimax',
        baseURL: `${baseURL}/v1`,
        paths: { files: 'files/retrieve_content?file_id={fileId}', videos: 'videos/{fileId}' },
        auth: { credential },
        query: { videos: ['variant'] },
      }),
    ordinary: ['abc-123', '/v1/files/retrieve_content?file_id=abc-123'],
    // In a query the URL parser encodes one character more.
    awkward: [AWKWARD, `/v1/files/retrieve_content?file_id=${AWKWARD_SEGMENT.replaceAll("'", '%27')}`],
    credential: bearer,
    videoQuery: ['variant'],
    holds: ['videos'],
    refusal: OPENAI_REFUSAL,
  },
  {
    name: 'llama_cloud',
    make: (baseURL, credential) =>
      signedUrlProvider({
        name: 'llama_cloud',
        baseURL: `${baseURL}/api/v1`,
        paths: { files: 'files/{fileId}/content' },
        auth: { credential },
      }),
    ordinary: ['abc-123', SIGNED_PATH],
    awkward: ['abc-123', SIGNED_PATH],
    credential: () => ({}),
    refusal: S3_REFUSAL,
    hop: (origin) => ({
      target: '/api/v1/files/abc-123/content',
      answer: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ url: `${origin}${SIGNED_PATH}`, expires_at: '2026-11-28T00:00:00Z' }));
      },
    }),
  },
  {
    name: 'gcs',
    make: (baseURL, accessToken) => gcs({ accessToken, baseURL, bucket: 'results' }),
    ordinary: ['job/out.jsonl', '/storage/v1/b/results/o/job%2Fout.jsonl?alt=media'],
    awkward: [`a/${AWKWARD}`, `/storage/v1/b/results/o/a%2F${AWKWARD_STRICT}?alt=media`],
    credential: bearer,
    refusal: GOOGLE_REFUSAL,
  },
  {
    name: 'vertex_ai',
    make: (baseURL, accessToken) => vertexAI({ accessToken, baseURL }),
    ordinary: ['gs://results/job/out.jsonl', '/storage/v1/b/results/o/job%2Fout.jsonl?alt=media'],
    awkward: [`gs://results/${AWKWARD}`, `/storage/v1/b/results/o/${AWKWARD_STRICT}?alt=media`],
    credential: bearer,
    refusal: GOOGLE_REFUSAL,
  },
  {
    name: 's3',
    make: (baseURL, secret) =>
      s3({ region: 'eu-central-1', bucket: 'results', baseURL, credentials: awsCredentials(secret) }),
    ordinary: ['job/out.jsonl', '/results/job/out.jsonl'],
    awkward: [`a/${AWKWARD}`, `/results/a/${AWKWARD_STRICT}`],
    credential: signature('eu-central-1'),
    refusal: S3_REFUSAL,
  },
  {
    name: 'bedrock',
    make: (baseURL, secret) => bedrock({ region: 'us-west-2', baseURL, credentials: awsCredentials(secret) }),
    ordinary: ['s3://results/job/in.jsonl.out', '/results/job/in.jsonl.out'],
    awkward: [`s3://results/${AWKWARD}`, `/results/${AWKWARD_STRICT}`],
    credential: signature('us-west-2'),
    refusal: S3_REFUSAL,
  },
  {
    name: 'azure_storage',
    make: (baseURL, token) => azureStorage({ token, baseURL, container: 'results' }),
    ordinary: ['job/out.jsonl', '/results/job/out.jsonl'],
    awkward: [`a/${AWKWARD}`, `/results/a/${AWKWARD_STRICT}`],
    credential: (secret) => ({ authorization: `Bearer ${secret}`, 'x-ms-version': /^\d{4}-\d{2}-\d{2}$/ }),
    refusal: AZURE_REFUSAL,
  },
];
