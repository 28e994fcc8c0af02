/**
 * Names a kind of content that can be served. Each has the path that OpenAI's API gives it; the results of a `batches` entry,
 * which OpenAI has as a file, are at `batches/{batch_id}/content`.
 *
 * @see https://platform.openai.com/docs/api-reference
 */
export type ContentResource = 'files' | 'containers' | 'videos' | 'skills' | 'batches';

interface RoutePattern {
  readonly segments: readonly string[];
  /** The parameter that names the content itself; the others only lead to it. */
  readonly fileIdParam: string;
}

function pattern(path: string, fileIdParam: string): RoutePattern {
  return { segments: path.split('/'), fileIdParam };
}

const ROUTES: Readonly<Record<ContentResource, readonly RoutePattern[]>> = {
  files: [pattern('files/:fileId/content', 'fileId')],
  containers: [pattern('containers/:containerId/files/:fileId/content', 'fileId')],
  videos: [pattern('videos/:videoId/content', 'videoId')],
  skills: [
    pattern('skills/:skillId/content', 'skillId'),
    pattern('skills/:skillId/versions/:version/content', 'skillId'),
  ],
  batches: [pattern('batches/:batchId/content', 'batchId')],
};

/** Lists every {@link ContentResource}. */
export const CONTENT_RESOURCES = Object.keys(ROUTES) as readonly ContentResource[];

/** A path that belongs to this router, its parameters still percent-encoded as the client wrote them. */
export interface RouteMatch {
  readonly resource: ContentResource;
  readonly fileIdParam: string;
  readonly rawParams: Readonly<Record<string, string>>;
}

function matchSegments(route: RoutePattern, segments: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== route.segments.length) return undefined;
  const params: Record<string, string> = {};
  for (let index = 0; index < segments.length; index += 1) {
    const expected = route.segments[index] ?? '';
    const actual = segments[index] ?? '';
    if (expected.startsWith(':')) params[expected.slice(1)] = actual;
    else if (expected !== actual) return undefined;
  }
  return params;
}

/**
 * Finds the route of a request target that is relative to the mount, such as `/files/file-1/content?variant=x`.
 *
 * The match is made on the undecoded path and not by Express's own router, so that an id which cannot be decoded, an
 * empty one and one that decodes to a slash are answered here, in OpenAI's error shape and with a log record.
 */
export function matchRoute(target: string, resources: readonly ContentResource[]): RouteMatch | undefined {
  // A server must accept the absolute form, whose host chooses nothing here (RFC 9112, section 3.2.2).
  const relative = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const query = relative.indexOf('?');
  const path = query === -1 ? relative : relative.slice(0, query);
  if (!path.startsWith('/')) return undefined;
  const segments = path.slice(1).split('/');
  // As with Express's own routes, one trailing slash makes no difference.
  if (segments.at(-1) === '') segments.pop();
  for (const resource of resources) {
    for (const route of ROUTES[resource]) {
      const rawParams = matchSegments(route, segments);
      if (rawParams) return { resource, fileIdParam: route.fileIdParam, rawParams };
    }
  }
  return undefined;
}
