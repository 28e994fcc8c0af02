import { accessSync, constants, statSync } from 'node:fs';
import type * as http from 'node:http';
import type * as https from 'node:https';
import { tmpdir } from 'node:os';
import type { IdSyntax } from './http/file-id';
import { HEADER_NAME } from './http/header-values';
import { requestAllowList, requestHeaderProblem } from './http/request-headers';
import { parseResources } from './http/resource-options';
import { isTakenResponseHeader, responseAllowList, responseHeaderProblem } from './http/response-headers';
import type { CompiledRoute, ContentResource, ResourceRoute } from './http/routes';
import type { ProviderResolver, Request } from './resolution';
import type { LoggingAdapter } from './transfer/record';
import { DEFAULT_RESUME, type ResumeOptions, type ResumeSettings, readResume } from './transfer/resume-options';
import { misspeltName } from './values/did-you-mean';
import { unknownOption } from './values/mistakes';
import { errorCode } from './values/native-error';
import { checkObject, fail, numbers, parseHeaderList } from './values/option-checks';
import type { WithDefaults } from './values/optional';
import { memberOf } from './values/own-members';

/** Timeouts in milliseconds. `0` or `Infinity` means no limit. */
export interface TimeoutOptions {
  /**
   * Limits the resolver and `locate()` together, in milliseconds, each time they run. Defaults to `10000` (10 seconds).
   */
  resolve?: number | undefined;
  /** Limits DNS, TCP and TLS to the provider, in milliseconds. Defaults to `10000` (10 seconds). */
  connect?: number | undefined;
  /**
   * Limits the wait for the provider's response headers once the request is sent, in milliseconds. Defaults to `60000`
   * (1 minute).
   */
  headers?: number | undefined;
  /**
   * Limits how long the provider may send nothing while the client could take more, in milliseconds. Defaults to
   * `60000` (1 minute).
   */
  idle?: number | undefined;
  /**
   * Limits how long the client may take nothing while bytes wait for it, in milliseconds. Defaults to `120000` (2
   * minutes).
   */
  clientIdle?: number | undefined;
  /** Limits the whole transfer, in milliseconds. Defaults to `0` (no limit). */
  total?: number | undefined;
}

/** Limits on transfers. `Infinity` means no limit; `0` is not allowed. */
export interface LimitOptions {
  /**
   * Limits the transfers in flight in this router. Above it the client gets a 503 with `Retry-After`. Defaults to
   * `Infinity`.
   *
   * @see RFC 9110, section 10.2.3
   */
  maxConcurrent?: number | undefined;
  /**
   * Limits the transfers in flight of one tenant. Above it the client gets a 429 with `Retry-After`. Defaults to
   * `Infinity`.
   *
   * @see RFC 6585, section 4
   */
  maxConcurrentPerTenant?: number | undefined;
  /** Limits the body of one transfer, in bytes. They are counted as they pass. Defaults to `Infinity`. */
  maxBytes?: number | undefined;
}

/** Options of the `buffer` delivery, which fetches the whole file before it sends the first byte. */
export interface BufferOptions {
  /**
   * Limits the size of a buffered file, in bytes. Defaults to `536870912` (512 MiB), the largest file that OpenAI
   * accepts.
   */
  maxBytes?: number | undefined;
  /**
   * Limits the bytes of one transfer that are kept in memory. The rest goes to a temporary file. Defaults to `1048576`
   * (1 MiB).
   */
  memoryPerTransfer?: number | undefined;
  /**
   * Limits the bytes in temporary files of all transfers together. Above it the client gets a 503 with `Retry-After`.
   * Defaults to `10737418240` (10 GiB).
   */
  maxDiskBytes?: number | undefined;
  /** The directory for temporary files. Defaults to `os.tmpdir()`. */
  directory?: string | undefined;
  /** How often a failed fetch is retried. Nothing has been sent to the client yet. Defaults to `2`. */
  retries?: number | undefined;
}

/** Options of the `redirect` delivery, which sends the client to a URL that the provider has signed. */
export interface RedirectOptions {
  /**
   * How long a signed URL may be used, in seconds: 1 to `604800` (7 days). A download that has begun goes on after
   * that. Defaults to `60` (1 minute).
   */
  expiresInSeconds?: number | undefined;
}

/** Headers that pass in addition to the allow-lists. */
export interface HeaderOptions {
  /** Names that are added to the allow-list of the client's request. Defaults to `[]`. */
  request?: readonly string[] | undefined;
  /** Names that are added to the allow-list of the provider's response. Defaults to `[]`. */
  response?: readonly string[] | undefined;
  /**
   * Names the header that gives the client the provider's own request id, such as `x-upstream-request-id`. Defaults to
   * none.
   */
  upstreamRequestId?: string | undefined;
  /**
   * `Cross-Origin-Resource-Policy` of responses that a browser may show (`disposition: 'inline'`): which pages may load
   * them with `<img>`, `<audio>` or `<video>`. Defaults to what a middleware has set, else to `same-site`.
   *
   * @see https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
   */
  crossOriginResourcePolicy?: 'same-origin' | 'same-site' | 'cross-origin' | undefined;
}

/** Options of {@link createFileContent}. An option that is `undefined` counts as omitted. */
export interface FileContentOptions<Req extends Request = Request> {
  /**
   * Decides which provider holds the file and which credential is used. Only the `router` needs it. Defaults to none.
   */
  resolveProvider?: ProviderResolver<Req> | undefined;
  /** Receives the start and the final record of each transfer. Defaults to none. */
  logger?: LoggingAdapter | readonly LoggingAdapter[] | undefined;
  /** The kinds of content that are served, by name or with routes of their own. Defaults to `['files']`. */
  resources?: readonly (ContentResource | ResourceRoute)[] | undefined;
  /**
   * Which ids clients may write for a file. `strict`: letters, digits, `.`, `_`, `~`, `:`, `=` and `-`. `path`: also
   * slashes, encoded or not, and letters of any script, as ids of Vertex AI, Bedrock, Gemini and Fireworks and keys of
   * objects have them; never `.` or `..` as a segment. Defaults to `strict`.
   */
  idSyntax?: 'strict' | 'path' | undefined;
  /** Timeouts in milliseconds. Defaults to those of {@link TimeoutOptions}. */
  timeouts?: TimeoutOptions | undefined;
  /** Limits on transfers. Defaults to those of {@link LimitOptions}. */
  limits?: LimitOptions | undefined;
  /** Options of the `buffer` delivery. Defaults to those of {@link BufferOptions}. */
  buffer?: BufferOptions | undefined;
  /** When and how a body that breaks off is resumed. Defaults to those of {@link ResumeOptions}. */
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
   * Relays large bodies past the HTTP parser where a response allows it. `false` always uses the ordinary pipeline.
   * Defaults to `true`.
   */
  relay?: boolean | undefined;
}

/** Options of {@link createFileContentRouter}: those of {@link createFileContent}, with a resolver. */
export interface FileContentRouterOptions<Req extends Request = Request> extends FileContentOptions<Req> {
  /** Decides which provider holds the file and which credential is used. This is the only required option. */
  resolveProvider: ProviderResolver<Req>;
}

const FACTORY = 'createFileContentRouter';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

const DEFAULT_TIMEOUTS = {
  resolve: 10_000,
  connect: 10_000,
  headers: 60_000,
  idle: 60_000,
  clientIdle: 120_000,
  total: 0,
};
const DEFAULT_LIMITS = { maxConcurrent: Infinity, maxConcurrentPerTenant: Infinity, maxBytes: Infinity };
const DEFAULT_BUFFER = { maxBytes: 512 * MIB, memoryPerTransfer: MIB, maxDiskBytes: 10 * GIB, retries: 2 };

const DEFAULT_REDIRECT = { expiresInSeconds: 60 };
/** S3 and Cloud Storage sign no URL for longer. */
const LONGEST_SIGNATURE = 604_800;

/** Options after parsing: every default applied, frozen, independent of the caller's objects. */
export interface Settings {
  readonly resolveProvider: ProviderResolver | undefined;
  readonly adapters: readonly LoggingAdapter[];
  readonly routes: readonly CompiledRoute[];
  readonly idSyntax: IdSyntax;
  readonly timeouts: WithDefaults<TimeoutOptions>;
  readonly limits: WithDefaults<LimitOptions>;
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

/** setTimeout turns anything longer into 1 ms. */
const LONGEST_TIMER = 2_147_483_647;

function parseTimeouts(value: unknown): Settings['timeouts'] {
  const given = checkObject(FACTORY, 'timeouts', value, Object.keys(DEFAULT_TIMEOUTS));
  const timeouts = numbers(FACTORY, 'timeouts', given, DEFAULT_TIMEOUTS, 'limit');
  for (const name of Object.keys(DEFAULT_TIMEOUTS) as (keyof typeof DEFAULT_TIMEOUTS)[]) {
    if (timeouts[name] === Infinity) timeouts[name] = 0;
    const ms = timeouts[name];
    if (ms > LONGEST_TIMER)
      fail(FACTORY, `timeouts.${name}`, `at most ${LONGEST_TIMER} milliseconds; write 0 for no limit`, ms);
  }
  return Object.freeze(timeouts);
}

/** A limit of 0 would refuse everything, while a timeout of 0 is none: so that nobody mixes them up, it is no value. */
function requirePositive(option: string, value: number): void {
  if (value === 0) fail(FACTORY, option, 'a positive integer, or Infinity for no limit', value);
}

function requireWritableDirectory(option: string, path: string): void {
  let isDirectory = false;
  try {
    isDirectory = statSync(path).isDirectory();
    if (isDirectory) accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    fail(FACTORY, option, `a directory that exists and may be written to (${String(errorCode(error))})`, path);
  }
  if (!isDirectory) fail(FACTORY, option, 'a directory that exists and may be written to (it is none)', path);
}

function parseLimits(value: unknown): Settings['limits'] {
  const given = checkObject(FACTORY, 'limits', value, Object.keys(DEFAULT_LIMITS));
  const limits = numbers(FACTORY, 'limits', given, DEFAULT_LIMITS, 'limit');
  for (const [name, value] of Object.entries(limits)) requirePositive(`limits.${name}`, value);
  return Object.freeze(limits);
}

function parseBuffer(value: unknown): Settings['buffer'] {
  const given = checkObject(FACTORY, 'buffer', value, [...Object.keys(DEFAULT_BUFFER), 'directory']);
  const directory = given['directory'] ?? tmpdir();
  if (typeof directory !== 'string' || directory === '') fail(FACTORY, 'buffer.directory', 'a path', directory);
  const buffer = { ...numbers(FACTORY, 'buffer', given, DEFAULT_BUFFER, 'limit'), directory: directory as string };
  requirePositive('buffer.maxBytes', buffer.maxBytes);
  requireWritableDirectory('buffer.directory', buffer.directory);
  return Object.freeze(buffer);
}

function parseRedirect(value: unknown): Settings['redirect'] {
  const given = checkObject(FACTORY, 'redirect', value, Object.keys(DEFAULT_REDIRECT));
  const redirect = numbers(FACTORY, 'redirect', given, DEFAULT_REDIRECT, 'integer');
  const { expiresInSeconds } = redirect;
  if (expiresInSeconds < 1 || expiresInSeconds > LONGEST_SIGNATURE) {
    fail(FACTORY, 'redirect.expiresInSeconds', `an integer from 1 to ${LONGEST_SIGNATURE} (7 days)`, expiresInSeconds);
  }
  return Object.freeze(redirect);
}

const ADAPTER_MEMBERS = ['started', 'finished'];

function parseAdapters(value: unknown): readonly LoggingAdapter[] {
  if (value === undefined) return [];
  const adapters: unknown[] = Array.isArray(value) ? value : [value];
  for (const adapter of adapters) {
    if (typeof adapter !== 'object' || adapter === null || typeof memberOf(adapter, 'finished') !== 'function') {
      fail(
        FACTORY,
        'logger',
        'a logging adapter with a "finished" function, or an array of them; for winston write winstonLogger(logger)',
        adapter,
      );
    }
  }
  for (const adapter of adapters as object[]) {
    const isPlain = Object.getPrototypeOf(adapter) === Object.prototype;
    const misspelt = isPlain ? misspeltName(adapter, ADAPTER_MEMBERS) : undefined;
    if (misspelt !== undefined) throw unknownOption(FACTORY, misspelt, ADAPTER_MEMBERS, 'logger.');
  }
  if (new Set(adapters).size < adapters.length)
    fail(FACTORY, 'logger', 'an array that has each adapter once', adapters);
  return Object.freeze([...(adapters as LoggingAdapter[])]);
}

function parseOrigins(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return fail(FACTORY, 'allowedOrigins', 'an array of origins', value);
  if (value.length === 0)
    fail(FACTORY, 'allowedOrigins', 'an array of at least one origin; leave it out to allow every one', value);
  return new Set(
    value.map((item: unknown) => {
      if (typeof item === 'string' && item.includes('*')) {
        fail(
          FACTORY,
          'allowedOrigins',
          'an array of whole origins, since wildcards are not supported; list each one',
          item,
        );
      }
      const url = typeof item === 'string' && URL.canParse(item) ? new URL(item) : undefined;
      const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
      return isOrigin
        ? url.origin
        : fail(FACTORY, 'allowedOrigins', "an array of origins such as 'https://api.openai.com'", item);
    }),
  );
}

function parseAgents(value: unknown): Settings['agents'] {
  const given = checkObject(FACTORY, 'agents', value, ['http', 'https']);
  const agents: { http?: http.Agent; https?: https.Agent } = {};
  for (const scheme of ['http', 'https'] as const) {
    const agent = given[scheme];
    if (agent === undefined) continue;
    // A structural check: agents of proxy packages extend their own copy of the class.
    if (typeof agent !== 'object' || agent === null || typeof memberOf(agent, 'addRequest') !== 'function') {
      fail(FACTORY, `agents.${scheme}`, `an ${scheme}.Agent`, agent);
    }
    // An own member of Node's agents. Those of proxy packages have an accessor instead, and serve both schemes.
    const protocol: unknown = Object.hasOwn(agent as object, 'protocol') && Reflect.get(agent as object, 'protocol');
    if (typeof protocol === 'string' && protocol !== `${scheme}:`) {
      fail(FACTORY, `agents.${scheme}`, `an ${scheme}.Agent`, `an agent for ${protocol}`);
    }
    agents[scheme] = agent as https.Agent;
  }
  return Object.freeze(agents);
}

function parseRequestIdHeader(value: unknown, listed: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  const name = typeof value === 'string' && HEADER_NAME.test(value) ? value.toLowerCase() : undefined;
  if (name === undefined || isTakenResponseHeader(name) || listed.includes(name)) {
    const expected = "the name of a header that nothing else sets, such as 'x-upstream-request-id'";
    return fail(FACTORY, 'headers.upstreamRequestId', expected, value);
  }
  return name;
}

function parseResourcePolicy(value: unknown): HeaderOptions['crossOriginResourcePolicy'] {
  if (value === undefined || value === 'same-origin' || value === 'same-site' || value === 'cross-origin') return value;
  return fail(FACTORY, 'headers.crossOriginResourcePolicy', "'same-origin', 'same-site' or 'cross-origin'", value);
}

const OPTION_NAMES = [
  'resolveProvider',
  'logger',
  'resources',
  'idSyntax',
  'timeouts',
  'limits',
  'buffer',
  'resume',
  'redirect',
  'headers',
  'allowedOrigins',
  'agents',
  'errors',
  'relay',
];

/** @throws TypeError that names the option, what was given and what to write. */
export function parseOptions(options: object): Settings {
  if (options === undefined) fail(FACTORY, 'options', 'an object', options);
  const given = checkObject(FACTORY, 'options', options, OPTION_NAMES);
  const { resolveProvider, errors = 'respond', relay = true, idSyntax = 'strict' } = given;
  if (resolveProvider !== undefined && typeof resolveProvider !== 'function')
    fail(FACTORY, 'resolveProvider', 'a function', resolveProvider);
  if (errors !== 'respond' && errors !== 'next') fail(FACTORY, 'errors', "'respond' or 'next'", errors);
  if (typeof relay !== 'boolean') fail(FACTORY, 'relay', 'true or false', relay);
  if (idSyntax !== 'strict' && idSyntax !== 'path') fail(FACTORY, 'idSyntax', "'strict' or 'path'", idSyntax);
  const headers = checkObject(FACTORY, 'headers', given['headers'], [
    'request',
    'response',
    'upstreamRequestId',
    'crossOriginResourcePolicy',
  ]);
  const responseHeaders = responseAllowList(
    parseHeaderList(FACTORY, 'headers.response', headers['response'], responseHeaderProblem),
  );
  return Object.freeze({
    resolveProvider: resolveProvider as ProviderResolver | undefined,
    adapters: parseAdapters(given['logger']),
    routes: parseResources(FACTORY, given['resources']),
    idSyntax: idSyntax as IdSyntax,
    timeouts: parseTimeouts(given['timeouts']),
    limits: parseLimits(given['limits']),
    buffer: parseBuffer(given['buffer']),
    resume: Object.freeze({ ...DEFAULT_RESUME, ...readResume(FACTORY, given['resume']) }),
    redirect: parseRedirect(given['redirect']),
    requestHeaders: requestAllowList(
      parseHeaderList(FACTORY, 'headers.request', headers['request'], requestHeaderProblem),
    ),
    responseHeaders,
    upstreamRequestIdHeader: parseRequestIdHeader(headers['upstreamRequestId'], responseHeaders),
    crossOriginResourcePolicy: parseResourcePolicy(headers['crossOriginResourcePolicy']),
    allowedOrigins: parseOrigins(given['allowedOrigins']),
    agents: parseAgents(given['agents']),
    errors: errors as 'respond' | 'next',
    relay: relay as boolean,
  });
}
