import { expressPath, FILE_ID_PARAM, matchSegments, type PathPattern, parsePath } from './path-pattern';
import { type RouteName, routeName } from './route-name';

/**
 * Names a kind of content that can be served. Each has the path that OpenAI's API gives it; the results of a `batches`
 * entry, which OpenAI has as a file, are at `batches/{batch_id}/content`.
 *
 * @see https://platform.openai.com/docs/api-reference
 */
export type ContentResource = 'files' | 'containers' | 'videos' | 'skills' | 'batches';

/** Names a kind of content: a ready one, or one that a {@link ResourceRoute} describes. */
export type ResourceName = ContentResource | (string & Record<never, never>);

/** Describes a route for a kind of content that is not a ready one, or a further path of a ready one. */
export interface ResourceRoute {
  /**
   * The kind of content, as the resolver, the provider and the record get it: lower-case letters, digits, `_` and `-`.
   * That of a ready kind adds a path to it.
   */
  resource: string;
  /**
   * The path relative to the mount, or several, with the ids in braces:
   * `vector_stores/{vectorStoreId}/files/{fileId}/content`. A segment may have text around its id:
   * `files/{fileId}:download`.
   */
  path: string | readonly string[];
  /** The parameter that names the file; the others only lead to it. Defaults to `fileId`. */
  fileIdParam?: string | undefined;
}

/** A route with its parsed path. */
export interface CompiledRoute {
  readonly resource: ResourceName;
  readonly pattern: PathPattern;
  readonly name: RouteName;
}

function compile(resource: ResourceName, path: string, fileIdParam: string): CompiledRoute {
  const pattern = parsePath(path, fileIdParam);
  return { resource, pattern, name: routeName(expressPath(pattern)) };
}

function ready(resource: ContentResource, path: string, fileIdParam = FILE_ID_PARAM): CompiledRoute {
  return compile(resource, path, fileIdParam);
}

const ROUTES: Readonly<Record<ContentResource, readonly CompiledRoute[]>> = {
  files: [ready('files', 'files/{fileId}/content')],
  containers: [ready('containers', 'containers/{containerId}/files/{fileId}/content')],
  videos: [ready('videos', 'videos/{videoId}/content', 'videoId')],
  skills: [
    ready('skills', 'skills/{skillId}/content', 'skillId'),
    ready('skills', 'skills/{skillId}/versions/{version}/content', 'skillId'),
  ],
  batches: [ready('batches', 'batches/{batchId}/content', 'batchId')],
};

/** Lists every {@link ContentResource}. */
export const CONTENT_RESOURCES = Object.keys(ROUTES) as readonly ContentResource[];

/** Returns the built-in kind of which a name is the singular. As a new kind, the name would be a mistake. */
export function pluralOf(name: string): ContentResource | undefined {
  const plural = `${name}s`;
  return CONTENT_RESOURCES.find((resource) => resource === plural);
}

/** Compiles the routes that the option `resources` lists. */
export function compileRoutes(resources: readonly (ContentResource | ResourceRoute)[]): readonly CompiledRoute[] {
  return resources.flatMap((item) => {
    if (typeof item === 'string') return ROUTES[item];
    const { resource, path, fileIdParam = FILE_ID_PARAM } = item;
    const paths = typeof path === 'string' ? [path] : path;
    return paths.map((one) => compile(resource, one, fileIdParam));
  });
}

/** Returns the path of a request target. */
export function pathOf(target: string): string {
  // A server must accept the absolute form, whose host chooses nothing here (RFC 9112, section 3.2.2).
  const relative = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const query = relative.indexOf('?');
  return query === -1 ? relative : relative.slice(0, query);
}

/** A matched route. Its parameters are still percent-encoded, as the client wrote them. */
export interface RouteMatch {
  readonly resource: ResourceName;
  readonly name: RouteName;
  readonly fileIdParam: string;
  readonly rawParams: Readonly<Record<string, string>>;
}

/**
 * Finds the route of a request target that is relative to the mount, such as `/files/file-1/content?variant=x`.
 *
 * It matches the undecoded path instead of using Express's router, so that a malformed id, an empty one and one that
 * decodes to a slash get an error in OpenAI's shape and a log record.
 *
 * @param mayHaveSlashes whether a file's id may take several segments, where no route has the path as it is
 */
export function matchRoute(
  target: string,
  routes: readonly CompiledRoute[],
  mayHaveSlashes = false,
): RouteMatch | undefined {
  const path = pathOf(target);
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  // As in Express's routes, one trailing slash is ignored.
  if (segments.at(-1) === '') segments.pop();
  for (const isWide of mayHaveSlashes ? [false, true] : [false]) {
    for (const { resource, pattern, name } of routes) {
      const rawParams = matchSegments(pattern, segments, isWide);
      if (rawParams) return { resource, name, fileIdParam: pattern.fileIdParam, rawParams };
    }
  }
  return undefined;
}
