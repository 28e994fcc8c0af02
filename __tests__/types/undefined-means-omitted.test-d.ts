// Checked by the compiler alone, under exactOptionalPropertyTypes (npm run typecheck): each optional member of what a
// caller writes down may be undefined. `undefined-means-omitted.test.ts` finds exported types that are missing here.
import type {
  AnthropicAWSOptions,
  AnthropicFoundryOptions,
  AnthropicOptions,
  AnthropicRequestOptions,
  AnthropicVertexOptions,
  AWSCredentials,
  AzureOpenAIOptions,
  AzureStorageOptions,
  BatchOutputOptions,
  BatchRowsOptions,
  BatchUsageOptions,
  BedrockOptions,
  BufferedContent,
  BufferedProviderOptions,
  BufferOptions,
  ByteRange,
  CloseOptions,
  ConsoleLoggerOptions,
  ContentLink,
  ContentLinksOptions,
  ContentLinkToSign,
  FetchedProvider,
  FileContentErrorOptions,
  FileContentOptions,
  FileContentRouterOptions,
  FileDescription,
  FileIdCodecOptions,
  FileIdRewriterOptions,
  FireworksOptions,
  ForwardedQuery,
  GCSOptions,
  GoogleAccessToken,
  GuardedAgentsOptions,
  HeaderOptions,
  HostedVllmOptions,
  HttpProviderAuth,
  HttpProviderOptions,
  HttpRequestOptions,
  LevelOptions,
  LimitOptions,
  LimitStore,
  LocatedProvider,
  LocateRequest,
  LoggingAdapter,
  LogLevels,
  ManagedFile,
  ModelEntry,
  OpenAICompatibleOptions,
  OpenAIProviderOptions,
  OpenedContent,
  OpenTarget,
  PresetOptions,
  PresignRequest,
  RedirectOptions,
  RefusalMeaning,
  RegistryResolverOptions,
  Resolution,
  ResourceRoute,
  ResumeOptions,
  RewriteFileIdsOptions,
  S3Options,
  ServeOptions,
  ServeTarget,
  SignedFileId,
  SignedUrlProviderOptions,
  StepObserver,
  Tap,
  TimeoutOptions,
  TransferObserver,
  UpstreamRequest,
  VertexAIOptions,
} from 'express-file-content';
import type { TransferConsoleOptions } from 'express-file-content/console';
import type { OpenTelemetryOptions } from 'express-file-content/opentelemetry';
import type { PrometheusMetricsOptions } from 'express-file-content/prometheus';
import type { RedisLimitsOptions } from 'express-file-content/redis';
import type {
  FakeFault,
  FakeFile,
  FakeProviderOptions,
  GeneratedFileOptions,
  RecordingWaitOptions,
} from 'express-file-content/testing';

type OptionalMembers<T> = { [Name in keyof T]-?: object extends Pick<T, Name> ? Name : never }[keyof T];

/** Without the `?`, an optional member keeps only what was written: `undefined` where that is part of it. */
type Refusing<T> = T extends object
  ? { [Name in OptionalMembers<T>]: undefined extends Required<T>[Name] ? never : Name }[OptionalMembers<T>]
  : never;

function takesUndefined<T>(..._refusing: [Refusing<T>] extends [never] ? [] : [Refusing<T>]): T | undefined {
  return undefined;
}

// @ts-expect-error: the check itself finds a member that does not take undefined
takesUndefined<{ readonly a?: string; b?: number | undefined }>();

takesUndefined<FileContentRouterOptions>();
takesUndefined<FileContentOptions>();
takesUndefined<CloseOptions>();
takesUndefined<NonNullable<FileContentRouterOptions['agents']>>();
takesUndefined<ResourceRoute>();
takesUndefined<TimeoutOptions>();
takesUndefined<LimitOptions>();
takesUndefined<BufferOptions>();
takesUndefined<HeaderOptions>();
takesUndefined<RedirectOptions>();
takesUndefined<ResumeOptions>();
takesUndefined<GuardedAgentsOptions>();

takesUndefined<Resolution>();
takesUndefined<ServeTarget>();
takesUndefined<OpenTarget>();
takesUndefined<ByteRange>();
takesUndefined<ServeOptions>();
takesUndefined<ContentLink>();
takesUndefined<ContentLinkToSign>();
takesUndefined<ContentLinksOptions>();
takesUndefined<LocatedProvider>();
takesUndefined<FetchedProvider>();
takesUndefined<LocateRequest>();
takesUndefined<PresignRequest>();
takesUndefined<FileDescription>();
takesUndefined<UpstreamRequest>();
takesUndefined<BufferedContent>();
takesUndefined<OpenedContent>();
takesUndefined<RefusalMeaning>();
takesUndefined<Exclude<ForwardedQuery, readonly string[]>>();
takesUndefined<FileContentErrorOptions>();
takesUndefined<NonNullable<FileContentErrorOptions['body']>>();
takesUndefined<NonNullable<ReturnType<NonNullable<LocatedProvider['translateRefusal']>>>>();

takesUndefined<RedisLimitsOptions>();
takesUndefined<LimitStore>();

takesUndefined<LoggingAdapter>();
takesUndefined<LevelOptions>();
takesUndefined<LogLevels>();
takesUndefined<ConsoleLoggerOptions>();

takesUndefined<RegistryResolverOptions>();
takesUndefined<ModelEntry>();
takesUndefined<ManagedFile>();
takesUndefined<SignedFileId>();
takesUndefined<FileIdCodecOptions>();
takesUndefined<FileIdRewriterOptions>();
takesUndefined<RewriteFileIdsOptions>();

takesUndefined<BatchRowsOptions>();
takesUndefined<BatchUsageOptions>();
takesUndefined<StepObserver>();
takesUndefined<Tap>();
takesUndefined<TransferObserver>();

takesUndefined<AnthropicOptions>();
takesUndefined<AnthropicAWSOptions>();
takesUndefined<AnthropicFoundryOptions>();
takesUndefined<AnthropicRequestOptions>();
takesUndefined<AnthropicVertexOptions>();
takesUndefined<AWSCredentials>();
takesUndefined<AzureOpenAIOptions>();
takesUndefined<AzureStorageOptions>();
takesUndefined<BatchOutputOptions>();
takesUndefined<BedrockOptions>();
takesUndefined<BufferedProviderOptions>();
takesUndefined<FireworksOptions>();
takesUndefined<GCSOptions>();
takesUndefined<GoogleAccessToken>();
takesUndefined<HostedVllmOptions>();
takesUndefined<HttpProviderAuth>();
takesUndefined<HttpProviderOptions>();
takesUndefined<HttpRequestOptions>();
takesUndefined<SignedUrlProviderOptions>();
takesUndefined<OpenAICompatibleOptions>();
takesUndefined<OpenAIProviderOptions>();
takesUndefined<PresetOptions>();
takesUndefined<S3Options>();
takesUndefined<VertexAIOptions>();

takesUndefined<FakeFault>();
takesUndefined<FakeFile>();
takesUndefined<FakeProviderOptions>();
takesUndefined<GeneratedFileOptions>();
takesUndefined<RecordingWaitOptions>();
takesUndefined<OpenTelemetryOptions>();
takesUndefined<PrometheusMetricsOptions>();
takesUndefined<TransferConsoleOptions>();
