export type { BatchOutput, BatchOutputOptions } from './batch/batch-output';
export { type BatchRowSource, type BatchRowsOptions, batchRows } from './batch/rows/batch-rows';
export { type BatchUsageOptions, batchUsage } from './batch/rows/batch-usage';
export type { BatchRow, RowFormat } from './batch/rows/row-reader';
export type { OpenedFile } from './delivery/open';
export type { ByteRange, OpenTarget } from './delivery/open-target';
export type { ServeOptions } from './delivery/serve-target';
export type { ServeTarget } from './delivery/target';
export {
  FILE_CONTENT_ERROR_CODES,
  FileContentError,
  type FileContentErrorCode,
  type FileContentErrorOptions,
  fileNotFound,
  isFileContentError,
  type OpenAIError,
} from './errors';
export {
  type CloseOptions,
  createFileContent,
  createFileContentRouter,
  type FileContent,
} from './file-content';
export { CONTENT_RESOURCES, type ContentResource, type ResourceName, type ResourceRoute } from './http/routes';
export { type ConsoleLoggerOptions, consoleLogger } from './logging/console';
export type { EntryLevel } from './logging/entry';
export type { LevelOptions, LogLevels } from './logging/levels';
export { type PinoLogger, pinoLogger } from './logging/pino';
export { type WinstonLogger, winstonLogger } from './logging/winston';
export type {
  BufferOptions,
  HeaderOptions,
  LimitOptions,
  RedirectOptions,
  TimeoutOptions,
} from './options/option-groups';
export type { FileContentOptions, FileContentRouterOptions } from './options/options';
export type {
  BufferedContent,
  Credential,
  CredentialRequest,
  FetchedProvider,
  FetchRequest,
  FileDescription,
  ForwardedQuery,
  LocatedProvider,
  LocateRequest,
  OpenedContent,
  OpenRequest,
  PresignedURL,
  PresignRequest,
  Provider,
  RefusalMeaning,
  UpstreamRequest,
  UpstreamResponse,
} from './provider-contract/provider';
export {
  type AnthropicFoundryOptions,
  type AnthropicOptions,
  anthropic,
  anthropicFoundry,
} from './providers/anthropic/anthropic';
export { type AnthropicAWSOptions, anthropicAWS } from './providers/anthropic/anthropic-aws';
export type { AnthropicRequestOptions } from './providers/anthropic/anthropic-request';
export { type AnthropicVertexOptions, anthropicVertex } from './providers/anthropic/anthropic-vertex';
export type { AWSCredentialFunction, AWSCredentialRequest, AWSCredentials } from './providers/aws/aws-identity';
export { type BedrockOptions, bedrock } from './providers/aws/bedrock';
export { type S3Options, s3 } from './providers/aws/s3';
export { type AzureOpenAIOptions, azureOpenAI } from './providers/azure/azure-openai';
export { type AzureStorageOptions, azureStorage } from './providers/azure/azure-storage';
export { type BufferedProviderOptions, bufferedProvider } from './providers/buffered-provider';
export { type FireworksOptions, fireworks } from './providers/fireworks';
export { type GCSOptions, gcs } from './providers/google/gcs';
export type { GoogleAccessToken, GoogleAuthClient } from './providers/google/gcs-credential';
export { type VertexAIOptions, vertexAI } from './providers/google/vertex-ai';
export {
  type HttpProviderAuth,
  type HttpProviderOptions,
  type HttpRequestOptions,
  httpProvider,
} from './providers/http-provider';
export {
  type HostedVllmOptions,
  hostedVllm,
  type OpenAICompatibleOptions,
  type OpenAIProviderOptions,
  openai,
  openaiCompatible,
} from './providers/openai';
export {
  type BatchPresetOptions,
  dashscope,
  gemini,
  groq,
  manus,
  mistral,
  openRouter,
  type PresetFactory,
  type PresetOptions,
  perplexity,
  together,
  xai,
} from './providers/presets';
export {
  type SignedUrlProviderOptions,
  type SignedUrlReader,
  signedUrlProvider,
} from './providers/signed-url-provider';
export { type StreamProviderOptions, streamProvider } from './providers/stream-provider';
export type { ProviderResolver, Resolution, ResolveContext } from './resolution/resolution';
export { decodeModelFileId, encodeModelFileId, type ModelFileId } from './routing/ids/litellm-ids';
export { decodeRoutedId, type RoutedId } from './routing/ids/routed-ids';
export { type FileIdCodec, type FileIdCodecOptions, fileIdCodec, type SignedFileId } from './routing/ids/signed-ids';
export { decodeUnifiedFileId, encodeUnifiedFileId, type UnifiedFileId } from './routing/ids/unified-ids';
export type { ContentLink, ContentLinkToSign } from './routing/links/content-link';
export { type ContentLinks, type ContentLinksOptions, contentLinks } from './routing/links/content-links';
export { registryResolver } from './routing/registry';
export type {
  DefaultContext,
  DefaultProvider,
  FileAccess,
  FileIdForm,
  ManagedFile,
  ManagedFileId,
  ManagedFiles,
  ModelEntry,
  ModelLookup,
  ProviderEntry,
  ProviderFactory,
  RegistryResolverOptions,
} from './routing/registry-options';
export { type FileIdRewriterOptions, fileIdRewriter } from './routing/rewriting/file-id-rewriter';
export type { FoundFileId } from './routing/rewriting/find-file-ids';
export { type EncodeFileId, type RewriteFileIdsOptions, rewriteFileIds } from './routing/rewriting/rewrite-file-ids';
export type { ActiveTransfer, TransferPhase } from './transfer/active-transfer';
export { contentDigest } from './transfer/observers/content-digest';
export type {
  ArrivalRequest,
  StepEnd,
  StepObserver,
  TransferArrival,
  TransferFailure,
  TransferObserver,
  TransferStep,
} from './transfer/observers/observer';
export type { Tap } from './transfer/observers/tap';
export type { BatchUsage, TokenUsage } from './transfer/observers/usage';
export type {
  Delivery,
  DeliveryPath,
  LoggingAdapter,
  Outcome,
  TransferRecord,
  TransferStart,
  ViaReason,
} from './transfer/record';
export type { ResumeOptions } from './transfer/resume-options';
export type { LimitPlace, LimitStore } from './transfer/shared-limits/limit-store';
export { type GuardedAgentsOptions, guardedAgents } from './upstream/agents/guarded-agents';
