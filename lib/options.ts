import { accessSync, constants, statSync } from 'node:fs';
import type * as http from 'node:http';
import type * as https from 'node:https';
import { tmpdir } from 'node:os';
import {
  isReservedResponseHeader,
  requestAllowList,
  requestHeaderProblem,
  responseAllowList,
  responseHeaderProblem,
} from './http/headers';
import { CONTENT_RESOURCES, type ContentResource } from './http/routes';
import type { ProviderResolver } from './resolution';
import type { LoggingAdapter } from './transfer/record';
import { misspeltMember } from './values/did-you-mean';
import { HEADER_NAME } from './values/header-name';
import { errorCode } from './values/native-error';
import { checkObject, fail, numbers, parseHeaderList } from './values/option-checks';
import { memberOf } from './values/own-members';

/** Milliseconds; 0 or `Infinity` means no limit. */
export interface TimeoutOptions {
  /** The resolver and `locate()` together, each time they run. Default 10 000. */
  resolve?: number;
  /** Name look-up, TCP and TLS to the provider. Default 10 000. */
  connect?: number;
  /** From the request sent to the provider's response headers. Default 60 000. */
  headers?: number;
  /** The provider sends nothing while the client could take more. Default 60 000. */
  idle?: number;
  /** The client takes nothing while bytes wait for it. Default 120 000. */
  clientIdle?: number;
  /** The whole transfer. Default 0. */
  total?: number;
}

export interface LimitOptions {
  /** Transfers in flight in this router; over it 503 with `Retry-After`. Default Infinity. */
  maxConcurrent?: number;
  /** Transfers in flight of one tenant; over it 429 with `Retry-After`. Default Infinity. */
  maxConcurrentPerTenant?: number;
  /** Content bytes of one transfer, counted as they pass. Default Infinity. */
  maxBytes?: number;
}

export interface BufferOptions {
  /** The largest content that is buffered, in bytes. Default 512 MiB, the largest file that OpenAI takes. */
  maxBytes?: number;
  /** Bytes of one transfer kept in memory; the rest goes to a temporary file. Default 1 MiB. */
  memoryPerTransfer?: number;
  /** Bytes in temporary files across all transfers; over it 503 with `Retry-After`. Default 10 GiB. */
  maxDiskBytes?: number;
  /** Where temporary files are made. Default `os.tmpdir()`. */
  directory?: string;
  /** Times that a failed fetch is repeated; nothing has been sent to the client yet. Default 2. */
  retries?: number;
}

export interface HeaderOptions {
  /** Names added to the allow-list of the client's request. Default: none. */
  request?: readonly string[];
  /** Names added to the allow-list of the provider's response. Default: none. */
  response?: readonly string[];
  /** The header that gives the client the provider's own request id, such as `x-upstream-request-id`. Default: none. */
  upstreamRequestId?: string;
}

export interface FileContentRouterOptions {
  /** Says who holds the file and with which credential. The only required option. */
  resolveProvider: ProviderResolver;
  /** Default: none. */
  logger?: LoggingAdapter | readonly LoggingAdapter[];
  /** The kinds of content that are served. Default `['files']`. */
  resources?: readonly ContentResource[];
  timeouts?: TimeoutOptions;
  limits?: LimitOptions;
  buffer?: BufferOptions;
  /** What passes besides the allow-lists of headers. */
  headers?: HeaderOptions;
  /** When given, the only origins that a provider may locate content at, such as `https://api.openai.com`. */
  allowedOrigins?: readonly string[];
  /** Own CA, client certificates, a corporate proxy. Default: keep-alive agents of the router. */
  agents?: { http?: http.Agent; https?: https.Agent };
  /** `respond` writes OpenAI's error body; `next` gives the error to the application while nothing has been sent. Default `respond`. */
  errors?: 'respond' | 'next';
  /** Relay large bodies past the HTTP parser where a response allows it. `false` always takes the ordinary pipeline. Default true. */
  relay?: boolean;
}

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

/** Options after parsing: every default applied, frozen, independent of the caller's objects. */
export interface Settings {
  readonly resolveProvider: ProviderResolver;
  readonly adapters: readonly LoggingAdapter[];
  readonly resources: readonly ContentResource[];
  readonly timeouts: Readonly<Required<TimeoutOptions>>;
  readonly limits: Readonly<Required<LimitOptions>>;
  readonly buffer: Readonly<Required<BufferOptions>>;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly upstreamRequestIdHeader: string | undefined;
  readonly allowedOrigins: ReadonlySet<string> | undefined;
  readonly agents: { readonly http?: http.Agent; readonly https?: https.Agent };
  readonly errors: 'respond' | 'next';
  readonly relay: boolean;
}

/** setTimeout turns anything longer into 1 ms. */
const LONGEST_TIMER = 2_147_483_647;

function parseTimeouts(value: unknown): Settings['timeouts'] {
  const given = checkObject('timeouts', value, Object.keys(DEFAULT_TIMEOUTS));
  const timeouts = numbers('timeouts', given, DEFAULT_TIMEOUTS, 'limit');
  for (const name of Object.keys(DEFAULT_TIMEOUTS) as (keyof typeof DEFAULT_TIMEOUTS)[]) {
    if (timeouts[name] === Infinity) timeouts[name] = 0;
    const ms = timeouts[name];
    if (ms > LONGEST_TIMER) fail(`timeouts.${name}`, `at most ${LONGEST_TIMER} milliseconds; write 0 for no limit`, ms);
  }
  return Object.freeze(timeouts);
}

/** A limit of 0 would refuse everything, while a timeout of 0 is none: so that nobody mixes them up, it is no value. */
function requirePositive(option: string, value: number): void {
  if (value === 0) fail(option, 'a positive integer, or Infinity for no limit', value);
}

function requireWritableDirectory(option: string, path: string): void {
  let isDirectory = false;
  try {
    isDirectory = statSync(path).isDirectory();
    if (isDirectory) accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    fail(option, `a directory that exists and may be written to (${String(errorCode(error))})`, path);
  }
  if (!isDirectory) fail(option, 'a directory that exists and may be written to (it is none)', path);
}

function parseLimits(value: unknown): Settings['limits'] {
  const given = checkObject('limits', value, Object.keys(DEFAULT_LIMITS));
  const limits = numbers('limits', given, DEFAULT_LIMITS, 'limit');
  for (const [name, value] of Object.entries(limits)) requirePositive(`limits.${name}`, value);
  return Object.freeze(limits);
}

function parseBuffer(value: unknown): Settings['buffer'] {
  const given = checkObject('buffer', value, [...Object.keys(DEFAULT_BUFFER), 'directory']);
  const directory = given['directory'] ?? tmpdir();
  if (typeof directory !== 'string' || directory === '') fail('buffer.directory', 'a path', directory);
  const buffer = { ...numbers('buffer', given, DEFAULT_BUFFER, 'limit'), directory: directory as string };
  requirePositive('buffer.maxBytes', buffer.maxBytes);
  requireWritableDirectory('buffer.directory', buffer.directory);
  return Object.freeze(buffer);
}

function parseAdapters(value: unknown): readonly LoggingAdapter[] {
  if (value === undefined) return [];
  const adapters: unknown[] = Array.isArray(value) ? value : [value];
  for (const adapter of adapters) {
    if (typeof adapter !== 'object' || adapter === null || typeof memberOf(adapter, 'finished') !== 'function') {
      fail(
        'logger',
        'a logging adapter with a "finished" function, or an array of them; write winstonLogger(logger) for a winston logger',
        adapter,
      );
    }
  }
  for (const adapter of adapters as object[]) {
    const misspelt =
      Object.getPrototypeOf(adapter) === Object.prototype && misspeltMember(adapter, ['started', 'finished']);
    if (misspelt) throw new TypeError(`createFileContentRouter: a logging adapter has${misspelt}`);
  }
  if (new Set(adapters).size < adapters.length) fail('logger', 'an array that has each adapter once', adapters);
  return Object.freeze([...(adapters as LoggingAdapter[])]);
}

function parseResources(value: unknown): readonly ContentResource[] {
  if (value === undefined) return Object.freeze(['files'] as const);
  const known: readonly unknown[] = CONTENT_RESOURCES;
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => known.includes(item))) {
    return fail(
      'resources',
      `a non-empty array of ${CONTENT_RESOURCES.join(', ')}`,
      Array.isArray(value) ? JSON.stringify(value) : value,
    );
  }
  return Object.freeze([...new Set(value as ContentResource[])]);
}

function parseOrigins(value: unknown): ReadonlySet<string> | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return fail('allowedOrigins', 'an array of origins', value);
  if (value.length === 0)
    fail('allowedOrigins', 'an array of at least one origin; leave it out to allow every one', value);
  return new Set(
    value.map((item: unknown) => {
      if (typeof item === 'string' && item.includes('*')) {
        fail('allowedOrigins', 'an array of whole origins, since wildcards are not supported; list each one', item);
      }
      const url = typeof item === 'string' && URL.canParse(item) ? new URL(item) : undefined;
      const isOrigin = url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
      return isOrigin
        ? url.origin
        : fail('allowedOrigins', "an array of origins such as 'https://api.openai.com'", item);
    }),
  );
}

function parseAgents(value: unknown): Settings['agents'] {
  const given = checkObject('agents', value, ['http', 'https']);
  const agents: { http?: http.Agent; https?: https.Agent } = {};
  for (const scheme of ['http', 'https'] as const) {
    const agent = given[scheme];
    if (agent === undefined) continue;
    // A structural check: agents of proxy packages extend their own copy of the class.
    if (typeof agent !== 'object' || agent === null || typeof memberOf(agent, 'addRequest') !== 'function') {
      fail(`agents.${scheme}`, `an ${scheme}.Agent`, agent);
    }
    // An own member of Node's agents. Those of proxy packages have an accessor instead, and serve both schemes.
    const protocol: unknown = Object.hasOwn(agent as object, 'protocol') && Reflect.get(agent as object, 'protocol');
    if (typeof protocol === 'string' && protocol !== `${scheme}:`) {
      fail(`agents.${scheme}`, `an ${scheme}.Agent`, `an agent for ${protocol}`);
    }
    agents[scheme] = agent as https.Agent;
  }
  return Object.freeze(agents);
}

function parseRequestIdHeader(value: unknown, listed: readonly string[]): string | undefined {
  if (value === undefined) return undefined;
  const name = typeof value === 'string' && HEADER_NAME.test(value) ? value.toLowerCase() : undefined;
  if (name === undefined || isReservedResponseHeader(name) || listed.includes(name) || DECIDED_HEADERS.has(name)) {
    const expected = "the name of a header that nothing else sets, such as 'x-upstream-request-id'";
    return fail('headers.upstreamRequestId', expected, value);
  }
  return name;
}

/** Written by the router on every response, or by the client's cookies. */
const DECIDED_HEADERS = new Set(['cache-control', 'content-disposition', 'date', 'location', 'set-cookie', 'vary']);

const OPTION_NAMES = [
  'resolveProvider',
  'logger',
  'resources',
  'timeouts',
  'limits',
  'buffer',
  'headers',
  'allowedOrigins',
  'agents',
  'errors',
  'relay',
];

/** @throws TypeError that names the option, what was given and what to write. */
export function parseOptions(options: FileContentRouterOptions): Settings {
  if (options === undefined) fail('options', 'an object with at least "resolveProvider"', options);
  const given = checkObject('options', options, OPTION_NAMES);
  const { resolveProvider, errors = 'respond', relay = true } = given;
  if (typeof resolveProvider !== 'function') fail('resolveProvider', 'a function', resolveProvider);
  if (errors !== 'respond' && errors !== 'next') fail('errors', "'respond' or 'next'", errors);
  if (typeof relay !== 'boolean') fail('relay', 'true or false', relay);
  const headers = checkObject('headers', given['headers'], ['request', 'response', 'upstreamRequestId']);
  const responseHeaders = responseAllowList(
    parseHeaderList('headers.response', headers['response'], responseHeaderProblem),
  );
  return Object.freeze({
    resolveProvider: resolveProvider as ProviderResolver,
    adapters: parseAdapters(given['logger']),
    resources: parseResources(given['resources']),
    timeouts: parseTimeouts(given['timeouts']),
    limits: parseLimits(given['limits']),
    buffer: parseBuffer(given['buffer']),
    requestHeaders: requestAllowList(parseHeaderList('headers.request', headers['request'], requestHeaderProblem)),
    responseHeaders,
    upstreamRequestIdHeader: parseRequestIdHeader(headers['upstreamRequestId'], responseHeaders),
    allowedOrigins: parseOrigins(given['allowedOrigins']),
    agents: parseAgents(given['agents']),
    errors: errors as 'respond' | 'next',
    relay: relay as boolean,
  });
}
