import { matchSegments } from './path-pattern';
import { CONTENT_RESOURCES, type CompiledRoute, compileRoutes, matchRoute, pathOf } from './routes';

/** Routes of kinds of content that a router may not serve. */
const READY = compileRoutes(CONTENT_RESOURCES);

const LONGEST_PREFIX = 100;

/**
 * Says why a request did not match although it looks like one for a file: a kind of content that is not served, a
 * route below another path than the mount's, or an id with a slash. Returns undefined for other requests.
 *
 * @param original the whole request target
 * @param base the mount's path, as in Express's `req.baseUrl`
 */
export function misplacedRoute(original: string, base: string, routes: readonly CompiledRoute[]): string | undefined {
  const unserved = matchRoute(original.slice(base.length), READY);
  if (unserved !== undefined) {
    return `the request is for ${unserved.name.path}; add '${unserved.resource}' to "resources" to serve it`;
  }
  const segments = pathOf(original).slice(1).split('/');
  for (const { pattern, name } of routes) {
    const before = segments.length - pattern.segments.length;
    if (before < 0 || matchSegments(pattern, segments.slice(before), false) === undefined) continue;
    const prefix = segments
      .slice(0, before)
      .map((segment) => `/${segment}`)
      .join('')
      .slice(0, LONGEST_PREFIX);
    const request = `the request is for ${prefix}${name.path}`;
    // Of a client that joins a base URL with a slash at its end and a path with one at its beginning.
    if (prefix.endsWith('/')) return `${request}, with two slashes in a row; correct the base URL of the client`;
    return (
      `${request}, and the router serves ${base}${name.path}; write app.use('${prefix || '/'}', router), ` +
      'or correct the base URL of the client'
    );
  }
  const isWide = matchRoute(original.slice(base.length), routes, true) !== undefined;
  return isWide ? `the id of the file has a slash; set "idSyntax" to 'path' to serve it` : undefined;
}
