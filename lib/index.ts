export {
  FILE_CONTENT_ERROR_CODES,
  FileContentError,
  type FileContentErrorCode,
  type FileContentErrorOptions,
  isFileContentError,
  type OpenAIError,
} from './errors';
export { type AzureOpenAIOptions, azureOpenAI } from './providers/azure-openai';
export { type BufferedProviderOptions, bufferedProvider } from './providers/buffered-provider';
export {
  type HostedVllmOptions,
  hostedVllm,
  type OpenAICompatibleOptions,
  type OpenAIProviderOptions,
  openai,
  openaiCompatible,
} from './providers/openai';
export type {
  BufferedContent,
  Credential,
  FetchedProvider,
  FetchRequest,
  LocatedProvider,
  LocateRequest,
  Provider,
  UpstreamRequest,
  UpstreamResponse,
} from './providers/provider';
export { CONTENT_RESOURCES, type ContentResource } from './routes';
