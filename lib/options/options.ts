import type * as http from 'node:http';
import type * as https from 'node:https';
import type { IdSyntax } from '../http/file-id';
import type { CompiledRoute, ContentResource, ResourceRoute } from '../http/routes';
import type { ProviderResolver, Request } from '../resolution/resolution';
import type { LoggingAdapter } from '../transfer/record';
import type { ResumeOptions, ResumeSettings } from '../transfer/resume-options';
import type { CheckedLimitStore } from '../transfer/shared-limits/limit-store';
import type { WithDefaults } from '../values/optional';
import type { BufferOptions, HeaderOptions, LimitOptions, RedirectOptions, TimeoutOptions } from './option-groups';

/** Options of {@link createFileContent}. An option that is `undefined` counts as omitted. */
export interface FileContentOptions<Req extends Request = Request> {
  /** Chooses the provider and the credential for a request. Only the `router` needs it. Defaults to none. */
  resolveProvider?: ProviderResolver<Req> | undefined;
  /** Receives the start and the final record of each transfer. Defaults to none. */
  logger?: LoggingAdapter | readonly LoggingAdapter[] | undefined;
  /** The kinds of content that are served, by name or with routes of their own. Defaults to `['files']`. */
  resources?: readonly (ContentResource | ResourceRoute)[] | undefined;
  /**
   * The syntax of file ids. `strict` allows letters, digits, `.`, `_`, `~`, `:`, `=` and `-`. `path` also allows
   * slashes, encoded or not, and letters of any script, as in ids of Vertex AI, Bedrock, Gemini and Fireworks and in
   * keys of objects; `.` and `..` are never allowed as a segment. Defaults to `strict`.
   */
  idSyntax?: 'strict' | 'path' | undefined;
  /** Timeouts in milliseconds. Defaults to those of {@link TimeoutOptions}. */
  timeouts?: TimeoutOptions | undefined;
  /** Limits on transfers. Defaults to those of {@link LimitOptions}. */
  limits?: LimitOptions | undefined;
  /** Options of the `buffer` delivery. Defaults to those of {@link BufferOptions}. */
  buffer?: BufferOptions | undefined;
  /** When and how a body that was cut off is resumed. Defaults to those of {@link ResumeOptions}. */
  resume?: ResumeOptions | undefined;
  /** Options of the `redirect` delivery. Defaults to those of {@link RedirectOptions}. */
  redirect?: RedirectOptions | undefined;
  /** Headers that pass in addition to the allow-lists. Defaults to none. */
  headers?: HeaderOptions | undefined;
  /** The only origins that a provider may use, such as `https://api.openai.com`. Defaults to any origin. */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * Agents for requests to providers, for example with your own CA, client certificates or a corporate proxy. Defaults
   * to the router's own keep-alive agents.
   */
  agents?:
    | {
        /** The agent for `http:` URLs. Defaults to the router's own. */
        http?: http.Agent | undefined;
        /** The agent for `https:` URLs. Defaults to the router's own. */
        https?: https.Agent | undefined;
      }
    | undefined;
  /**
   * `respond` writes OpenAI's error body. `next` passes the error to the application while nothing has been sent.
   * Defaults to `respond`.
   */
  errors?: 'respond' | 'next' | undefined;
  /**
   * Relays large bodies, bypassing the HTTP parser, if a response allows it. `false` always uses the ordinary pipeline.
   * Defaults to `true`.
   */
  relay?: boolean | undefined;
}

/** Options of {@link createFileContentRouter}: those of {@link createFileContent}, with a resolver. */
export interface FileContentRouterOptions<Req extends Request = Request> extends FileContentOptions<Req> {
  /** Chooses the provider and the credential for a request. This is the only required option. */
  resolveProvider: ProviderResolver<Req>;
}

/** Options after parsing: every default applied, frozen, independent of the caller's objects. */
export interface Settings {
  readonly resolveProvider: ProviderResolver | undefined;
  readonly adapters: readonly LoggingAdapter[];
  readonly routes: readonly CompiledRoute[];
  readonly idSyntax: IdSyntax;
  readonly timeouts: WithDefaults<TimeoutOptions>;
  readonly limits: WithDefaults<Omit<LimitOptions, 'store'>>;
  readonly limitStore: CheckedLimitStore | undefined;
  readonly buffer: WithDefaults<BufferOptions>;
  readonly resume: ResumeSettings;
  readonly redirect: Readonly<{ expiresInSeconds: number }>;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly upstreamRequestIdHeader: string | undefined;
  readonly crossOriginResourcePolicy: HeaderOptions['crossOriginResourcePolicy'];
  readonly allowedOrigins: ReadonlySet<string> | undefined;
  readonly agents: { readonly http?: http.Agent; readonly https?: https.Agent };
  readonly errors: 'respond' | 'next';
  readonly relay: boolean;
}
