// Checked by the compiler alone (npm run typecheck): it fails where a type is not what is said here.
import { Readable, type Transform } from 'node:stream';
import type { Request, Router } from 'express';
import {
  type BufferedContent,
  createFileContent,
  createFileContentRouter,
  type FetchedProvider,
  type FileContent,
  FileContentError,
  type FileContentErrorCode,
  type FileContentRouterOptions,
  isFileContentError,
  type LocatedProvider,
  type LoggingAdapter,
  type OpenedContent,
  type Outcome,
  openai,
  type Provider,
  type ProviderResolver,
  type Resolution,
  type ResolveContext,
  streamProvider,
  type TransferRecord,
  type UpstreamResponse,
} from 'express-file-content';

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<Claim extends true>(): Claim | undefined {
  return undefined;
}

// The router.
holds<Equals<ReturnType<typeof createFileContentRouter>, Router>>();
holds<Equals<Parameters<typeof createFileContentRouter>, [options: FileContentRouterOptions]>>();
createFileContentRouter({ resolveProvider: () => undefined });
createFileContentRouter({ resolveProvider: async () => null });
createFileContentRouter({
  resolveProvider: (req, context) => {
    holds<Equals<typeof req, Request>>();
    holds<Equals<typeof context, ResolveContext>>();
    return openai({ apiKey: () => Promise.resolve('key') });
  },
  logger: [],
  resources: ['files', 'containers', 'videos', 'skills', 'batches'],
  timeouts: { resolve: 1, connect: 1, headers: 1, idle: 1, clientIdle: 1, total: 0 },
  limits: { maxConcurrent: Infinity, maxConcurrentPerTenant: 1, maxBytes: 1 },
  buffer: { maxBytes: 1, memoryPerTransfer: 1, maxDiskBytes: 1, directory: '/tmp', retries: 0 },
  headers: { request: ['x-a'], response: ['x-b'] },
  allowedOrigins: ['https://api.openai.com'],
  agents: {},
  errors: 'next',
});

// A request as the application's middleware leaves it.
interface SignedIn extends Request {
  user: { tenant: string };
}
createFileContentRouter<SignedIn>({
  resolveProvider: (req) => {
    holds<Equals<typeof req, SignedIn>>();
    return { provider: openai({ apiKey: 'k' }), tenant: req.user.tenant };
  },
});
createFileContentRouter({ resolveProvider: (req: SignedIn) => (req.user ? undefined : null) });
holds<Equals<Parameters<ProviderResolver<SignedIn>>[0], SignedIn>>();
holds<Equals<ProviderResolver, ProviderResolver<Request>>>();

// What the router belongs to.
const files = createFileContent({
  resolveProvider: (req: SignedIn) => ({ provider: openai({ apiKey: req.user.tenant }) }),
});
holds<Equals<typeof files, FileContent>>();
holds<Equals<typeof files.router, Router>>();
createFileContent({}).close({ graceMs: 1_000 });
createFileContent({ resolveProvider: undefined }).close({ graceMs: undefined });
createFileContent({}).close() satisfies Promise<void>;
holds<
  Equals<ReturnType<typeof files.active>[number]['phase'], 'resolving' | 'waiting' | 'sending' | 'paused' | 'resuming'>
>();
// @ts-expect-error: the routes are the object's own
files.router = createFileContentRouter({ resolveProvider: () => undefined });
// @ts-expect-error: no such option
files.close({ timeoutMs: 1 });
// @ts-expect-error: options are required
createFileContent();

// @ts-expect-error: the resolver is required
createFileContentRouter({});
// @ts-expect-error: so are options
createFileContentRouter();
// @ts-expect-error: no such option
createFileContentRouter({ resolveProvider: () => undefined, timeout: 1 });
// @ts-expect-error: no such unit
createFileContentRouter({ resolveProvider: () => undefined, timeouts: { idle: '5s' } });
// @ts-expect-error: no such kind of content
createFileContentRouter({ resolveProvider: () => undefined, resources: ['images'] });
// @ts-expect-error: a winston logger is no adapter; winstonLogger(logger) makes one
createFileContentRouter({ resolveProvider: () => undefined, logger: { info() {}, error() {} } });
// @ts-expect-error: a resolver returns a provider, a resolution, undefined or null
createFileContentRouter({ resolveProvider: () => 'openai' });
// @ts-expect-error: verification of TLS has no switch
createFileContentRouter({ resolveProvider: () => undefined, rejectUnauthorized: false });

// The context and what a resolver may say.
holds<Equals<ResolveContext['params'], Readonly<Record<string, string>>>>();
holds<Equals<ResolveContext['signal'], AbortSignal>>();
holds<
  Equals<Awaited<ReturnType<ProviderResolver>>, LocatedProvider | FetchedProvider | Resolution | undefined | null>
>();
declare const context: ResolveContext;
// @ts-expect-error: read only
context.fileId = 'x';
// @ts-expect-error: read only
context.params['fileId'] = 'x';
export const resolution: Resolution = { provider: openai({ apiKey: 'k' }), delivery: 'buffer', tenant: 't' };
// @ts-expect-error: no such delivery
export const wrong: Resolution = { provider: openai({ apiKey: 'k' }), delivery: 'fast' };

// Providers.
holds<Equals<Provider, LocatedProvider | FetchedProvider>>();
holds<Equals<FetchedProvider['streaming'], boolean>>();
holds<Equals<LocatedProvider['redirects'], 'refuse' | 'follow' | undefined>>();
holds<Equals<ReturnType<NonNullable<LocatedProvider['transform']>>, Transform | undefined>>();
export const located: LocatedProvider = {
  name: 'mine',
  streaming: true,
  locate: ({ fileId, method, attempt, signal, query }) => {
    holds<Equals<typeof method, 'GET' | 'HEAD'>>();
    holds<Equals<typeof attempt, number>>();
    holds<Equals<typeof signal, AbortSignal>>();
    holds<Equals<typeof query, URLSearchParams>>();
    return { url: new URL(`https://files.test/${encodeURIComponent(fileId)}`), headers: { authorization: 'Bearer k' } };
  },
  translateRefusal: (response, body) => {
    holds<Equals<typeof response, UpstreamResponse>>();
    return { message: body.toString('utf8', 0, 100) };
  },
};
export const fetched: FetchedProvider = {
  name: 'function',
  streaming: false,
  fetchContent: async () => ({ body: new Uint8Array(), etag: '"v1"', lastModified: new Date() }),
};
export const immediate: FetchedProvider = {
  name: 'function',
  streaming: false,
  fetchContent: () => ({ body: new Uint8Array() }),
};
// The names of before 1.0 are still those of a provider.
holds<Equals<LocatedProvider['redactedError'], LocatedProvider['translateRefusal']>>();
holds<Equals<LocatedProvider['responseHeaders'], LocatedProvider['addHeaders']>>();
export class OwnProvider implements LocatedProvider {
  readonly name = 'own';
  readonly streaming = true;
  locate(): { url: string } {
    return { url: 'https://files.test/1' };
  }
}
export const streamed: FetchedProvider = streamProvider({
  name: 'streams',
  openContent: async ({ fileId, range, signal }) => {
    holds<Equals<typeof range, { readonly start: number; readonly end?: number } | undefined>>();
    return fileId === '' ? { body: Readable.from([]), contentLength: 0 } : fetch('https://files.test/', { signal });
  },
});
export const webStream: OpenedContent = {
  body: new ReadableStream<Uint8Array>(),
  range: { start: 0, end: 1, total: 2 },
};
holds<Equals<BufferedContent['body'], Uint8Array | AsyncIterable<Uint8Array>>>();

// Records.
holds<
  Equals<
    Outcome,
    | 'completed'
    | 'handed_over'
    | 'upstream_error'
    | 'upstream_unreachable'
    | 'upstream_timeout'
    | 'upstream_truncated'
    | 'upstream_invalid'
    | 'client_aborted'
    | 'client_stalled'
    | 'rejected'
    | 'resolver_failed'
    | 'too_large'
    | 'internal_error'
  >
>();
holds<Equals<TransferRecord['complete'], 'yes' | 'no' | 'unknown'>>();
holds<Equals<NonNullable<TransferRecord['error']>['code'], FileContentErrorCode>>();
export const adapter: LoggingAdapter = {
  finished(record) {
    holds<Equals<typeof record, TransferRecord>>();
    // @ts-expect-error: read only
    record.status = 200;
  },
};
// @ts-expect-error: an adapter wants to know how transfers end
export const deaf: LoggingAdapter = { started() {} };

// Errors.
export function statusOf(error: unknown): number | undefined {
  if (!isFileContentError(error)) return undefined;
  holds<Equals<typeof error, FileContentError>>();
  holds<Equals<typeof error.code, FileContentErrorCode>>();
  return error.status;
}
new FileContentError('file_not_found', 'No such file.', {
  cause: new Error(),
  provider: 'p',
  headers: {},
  status: 404,
});
// @ts-expect-error: no such code
new FileContentError('not_found', 'No such file.');
