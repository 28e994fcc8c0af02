import { HEADER_NAME } from '../http/header-values';
import type { Credential, ForwardedQuery, LocatedProvider } from '../provider-contract/provider';
import { describeKind } from '../values/describe-value';
import { invalidOption, mistake } from '../values/mistakes';
import { isRecord } from '../values/own-members';
import {
  optionalFlag,
  optionalFunction,
  optionalText,
  readGroup,
  readOptions,
  requireText,
} from '../values/read-options';
import { parseBaseURL } from './base-url';
import { rawCredentialReader } from './credential';
import { classifyOpenAIRefusal } from './openai-refusal';
import { type AuthHeader, type PathProviderDefinition, pathProvider, type ResourcePaths } from './path-provider';
import { readHeaders, readQueryNames, withoutHeader } from './provider-options';

/** Describes the credential of a custom provider. */
export interface HttpProviderAuth {
  /** The key or token, or a function that returns it and is called for every attempt. */
  credential: Credential;
  /** The header that contains it. Defaults to `authorization`. */
  header?: string | undefined;
  /** The text before the credential. Defaults to `Bearer ` in `authorization`, and none in other headers. */
  prefix?: string | undefined;
}

/** Options that {@link httpProvider} and {@link signedUrlProvider} have in common. */
export interface HttpRequestOptions {
  /** The name that is written to records. */
  name: string;
  /** The base URL of the API, such as `https://api.example.com/v1`. Its path and query are kept. */
  baseURL: string | URL;
  /**
   * The path of each kind of content, relative to `baseURL`, with ids in braces: `{ files: 'files/{fileId}/content' }`,
   * or with the id in the query: `'files/retrieve_content?file_id={fileId}'`. `{fileId}` is the id of the file,
   * whatever the route calls it; other names are the route's parameters, such as `{containerId}`. In an array, the
   * first path whose parameters are all present is used. A kind of content without a path is a 404.
   */
  paths: Readonly<Record<string, string | readonly string[]>>;
  /** The credential. Defaults to none. */
  auth?: HttpProviderAuth | undefined;
  /** Headers that are sent with every request. They cannot set the header of the credential. Defaults to none. */
  headers?: Readonly<Record<string, string>> | undefined;
}

/** Options of {@link httpProvider}. */
export interface HttpProviderOptions extends HttpRequestOptions {
  /** Names of the client's query parameters that are forwarded. Defaults to none. */
  query?: ForwardedQuery | undefined;
  /** Like `redirects` of a {@link LocatedProvider}. Defaults to `refuse`. */
  redirects?: 'refuse' | 'follow' | undefined;
  /** Like `translateRefusal` of a {@link LocatedProvider}. Defaults to reading the common shapes of errors. */
  translateRefusal?: LocatedProvider['translateRefusal'];
  /** Like `classifyRefusal` of a {@link LocatedProvider}. Defaults to reading OpenAI's errors. */
  classifyRefusal?: LocatedProvider['classifyRefusal'];
  /** Whether a connection to the provider may be reused for further requests. Defaults to `true`. */
  reuseConnections?: boolean | undefined;
}

const FACTORY = 'httpProvider';

/**
 * Makes a provider for an API that has no preset, from a base URL, a path for each kind of content, and a credential in
 * a header. Each id becomes one encoded segment, or one encoded value of the query.
 *
 * @throws TypeError for invalid options
 *
 * @example MiniMax, which takes the id in the query
 * httpProvider({
 *   name: 'minimax',
 *   baseURL: 'https://api.minimax.io/v1',
 *   paths: { files: 'files/retrieve_content?file_id={fileId}' },
 *   auth: { credential: apiKey },
 * })
 */
export function httpProvider(options: HttpProviderOptions): LocatedProvider {
  const given = readOptions(FACTORY, options, {
    name: true,
    baseURL: true,
    paths: true,
    auth: true,
    headers: true,
    query: true,
    redirects: true,
    translateRefusal: true,
    classifyRefusal: true,
    reuseConnections: true,
  });
  const { redirects = 'refuse' } = given;
  if (redirects !== 'refuse' && redirects !== 'follow') {
    throw invalidOption(FACTORY, 'redirects', "'refuse' or 'follow'", describeKind(redirects));
  }
  const translateRefusal = optionalFunction(FACTORY, 'translateRefusal', given.translateRefusal);
  return pathProvider({
    ...readRequest(FACTORY, given),
    query: isRecord(given.query) ? readQueries(given.query) : readQueryNames(FACTORY, given.query),
    redirects,
    ...(translateRefusal === undefined ? undefined : { translateRefusal }),
    classifyRefusal: optionalFunction(FACTORY, 'classifyRefusal', given.classifyRefusal) ?? classifyOpenAIRefusal,
    reuseConnections: optionalFlag(FACTORY, 'reuseConnections', given.reuseConnections),
  });
}

/** Reads the options that both factories need for a request to the provider. */
export function readRequest(
  factory: string,
  given: HttpRequestOptions,
): Pick<PathProviderDefinition, 'name' | 'base' | 'paths' | 'auth' | 'headers'> {
  const name = requireText(factory, 'name', given.name);
  const headers = readHeaders(factory, given.headers);
  const auth = readAuth(factory, name, given.auth);
  return {
    name,
    base: parseBaseURL(factory, 'baseURL', given.baseURL),
    paths: readPaths(factory, given.paths),
    auth,
    headers: auth === undefined ? headers : withoutHeader(factory, auth.header, 'auth', headers),
  };
}

function readAuth(factory: string, name: string, value: HttpProviderAuth | undefined): AuthHeader | undefined {
  if (value === undefined) return undefined;
  const { credential, header, prefix } = readGroup(factory, 'auth', value, ['credential', 'header', 'prefix']);
  const lowerCase = (optionalText(factory, 'auth.header', header) ?? 'authorization').toLowerCase();
  if (!HEADER_NAME.test(lowerCase)) throw invalidOption(factory, 'auth.header', 'the name of a header', 'a string');
  // Refuses hop-by-hop headers.
  readHeaders(factory, { [lowerCase]: '' });
  if (prefix !== undefined && (typeof prefix !== 'string' || !/^[\x20-\x7e]*$/.test(prefix))) {
    throw invalidOption(factory, 'auth.prefix', 'text that a header can carry', describeKind(prefix));
  }
  const secret = rawCredentialReader(factory, 'auth.credential', name, credential as Credential | undefined);
  return { header: lowerCase, prefix: prefix ?? (lowerCase === 'authorization' ? 'Bearer ' : ''), secret };
}

/** Text that a URL need not encode, and ids in braces. */
const TEMPLATE = /^(?:[\w.~!$&'()*+,;=:@/-]|\{[A-Za-z][A-Za-z0-9]*\})*$/;

function readPaths(factory: string, value: unknown): ResourcePaths {
  if (!isRecord(value) || Object.keys(value).length === 0) {
    throw invalidOption(factory, 'paths', "an object such as { files: 'files/{fileId}/content' }", describeKind(value));
  }
  const paths: Record<string, readonly string[]> = {};
  for (const [resource, given] of Object.entries(value)) {
    if (given === undefined) continue;
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (list.length === 0) throw invalidOption(factory, `paths.${resource}`, 'a path or an array of paths', 'an array');
    paths[resource] = list.map((path) => readPath(factory, `paths.${resource}`, path));
  }
  return Object.freeze(paths);
}

function readPath(factory: string, option: string, value: unknown): string {
  const text = requireText(factory, option, value);
  const [path = '', query = '', ...rest] = text.split('?');
  const isClimbing = path.split('/').some((segment) => segment === '.' || segment === '..');
  const isWritten =
    TEMPLATE.test(path) && TEMPLATE.test(query) && rest.length === 0 && !isClimbing && !path.startsWith('/');
  if (isWritten && text.includes('{')) return text;
  const problem = 'must be a path relative to "baseURL", with an id in braces, such as \'files/{fileId}/content\'';
  throw mistake(factory, `"${option}" ${problem}, got ${JSON.stringify(text.slice(0, 100))}`, 'invalid-option');
}

function readQueries(value: Readonly<Record<string, readonly string[] | undefined>>): ForwardedQuery {
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([resource, names]) => [resource, readQueryNames(FACTORY, names)])),
  );
}
