import { fileNotFound } from '../errors';
import { bodyParam } from '../http/file-id';
import type { ForwardedQuery, LocatedProvider, LocateRequest, UpstreamRequest } from '../provider-contract/provider';
import { ownMembers } from '../values/own-members';
import { type BaseURL, encodeSegment, joinURL } from './base-url';
import type { CredentialReader } from './credential';

/**
 * The path of each kind of content, relative to the base URL: `files/{fileId}/content`, or with the id in the query:
 * `files/content?file_id={fileId}`. `{fileId}` is the id of the file, whatever the route calls it; other names are the
 * route's parameters. Of several templates, the first whose parameters are all present is used.
 */
export type ResourcePaths = Readonly<Record<string, string | readonly string[]>>;

export interface AuthHeader {
  /** The header's name in lower case. */
  readonly header: string;
  /** The text before the secret, for example `Bearer `. */
  readonly prefix?: string;
  readonly secret: CredentialReader;
}

export interface PathProviderDefinition {
  readonly name: string;
  readonly base: BaseURL;
  readonly paths: ResourcePaths;
  readonly auth?: AuthHeader | undefined;
  /** Headers that are sent with every request, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The fixed query of every URL, encoded and without `?`. */
  readonly fixedQuery?: string;
  readonly query?: ForwardedQuery | undefined;
  readonly redirects?: 'refuse' | 'follow';
  readonly translateRefusal?: LocatedProvider['translateRefusal'];
  readonly classifyRefusal?: LocatedProvider['classifyRefusal'];
  readonly reuseConnections?: boolean | undefined;
  /** File ids that stand for the results of a batch. */
  readonly batchId?: RegExp;
  /** Removes the parts of this provider's ids that do not belong to the segment, such as `files/`. */
  readonly bareId?: (fileId: string) => string;
}

interface Template {
  readonly params: readonly Param[];
  readonly parts: readonly string[];
}

interface Param {
  readonly name: string;
  /** The name in the body of an error. */
  readonly inBody: string;
}

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9]*)\}/;

function compile(path: string): Template {
  // split() with one capturing group: text, name, text, name, text.
  const pieces = path.split(PLACEHOLDER);
  const names = pieces.filter((_, index) => index % 2 === 1);
  return {
    parts: pieces.filter((_, index) => index % 2 === 0),
    params: names.map((name) => ({ name, inBody: bodyParam(name) })),
  };
}

/** Makes a provider from a base URL, a path per resource and one header with a secret. */
export function pathProvider(given: PathProviderDefinition): LocatedProvider {
  const definition = ownMembers(given);
  const { name, base, auth, fixedQuery = '', bareId, batchId } = definition;
  const headers = Object.freeze({ ...definition.headers });
  const templates = new Map<string, readonly Template[]>();
  for (const [resource, paths] of Object.entries(definition.paths)) {
    templates.set(resource, (typeof paths === 'string' ? [paths] : paths).map(compile));
  }

  function paramOf(request: LocateRequest, param: string): string | undefined {
    if (param === 'fileId') return bareId ? bareId(request.fileId) : request.fileId;
    return Object.hasOwn(request.params, param) ? request.params[param] : undefined;
  }

  function targetOf(request: LocateRequest): string {
    const isBatch = request.resource === 'files' && batchId?.test(request.fileId) === true;
    for (const { parts, params } of templates.get(isBatch ? 'batches' : request.resource) ?? []) {
      const values = params.map((param) => paramOf(request, param.name));
      if (values.every((value) => value !== undefined)) {
        const segments = params.map(({ inBody }, index) => encodeSegment(values[index] ?? '', name, inBody));
        return parts.reduce((target, part, index) => `${target}${segments[index - 1] ?? ''}${part}`);
      }
    }
    throw fileNotFound({ provider: name, cause: new Error(`This provider has no ${request.resource} content.`) });
  }

  function upstream(url: string, secret?: string): UpstreamRequest {
    if (!auth || secret === undefined) return { url, headers };
    return { url, headers: { ...headers, [auth.header]: `${auth.prefix ?? ''}${secret}` } };
  }

  function locate(request: LocateRequest): UpstreamRequest | Promise<UpstreamRequest> {
    // An encoded id contains no question mark, so the first one belongs to the template.
    const [path = '', templateQuery = ''] = targetOf(request).split('?');
    const url = joinURL(base, path, [templateQuery, fixedQuery].filter((part) => part !== '').join('&'));
    if (!auth) return upstream(url);
    const secret = auth.secret(request);
    return typeof secret === 'string' ? upstream(url, secret) : secret.then((value) => upstream(url, value));
  }

  const { query, redirects, translateRefusal, classifyRefusal, reuseConnections } = definition;
  return Object.freeze({
    name,
    streaming: true,
    locate,
    ...(query ? { query } : undefined),
    ...(redirects ? { redirects } : undefined),
    ...(translateRefusal ? { translateRefusal } : undefined),
    ...(classifyRefusal ? { classifyRefusal } : undefined),
    ...(reuseConnections === undefined ? undefined : { reuseConnections }),
  });
}
