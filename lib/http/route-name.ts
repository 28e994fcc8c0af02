import { memberOf } from '../values/own-members';

/**
 * The member `route` of a request in Express: other middleware reads `req.baseUrl + req.route.path` to name the request
 * in metrics, traces and logs.
 */
export interface RouteName {
  /** The pattern of the path, relative to the mount, such as `/files/:file_id/content`. */
  readonly path: string;
  readonly methods: Readonly<Record<string, boolean>>;
  readonly stack: readonly unknown[];
}

/** Makes the name of a route that takes GET and HEAD. */
export function routeName(path: string): RouteName {
  return Object.freeze({ path, methods: Object.freeze({ get: true, head: true }), stack: Object.freeze([]) });
}

/** Sets the route of a request. @returns the one before, to be set again where the request is passed on */
export function nameRoute(req: object & { route?: unknown }, route: unknown): unknown {
  const before = req.route;
  req.route = route;
  return before;
}

/**
 * Returns the pattern of a request's route with the path of its mount, if a router has named it by a text. Express
 * keeps the mount's path as the client wrote it, so the values of parameters in it are replaced by their names.
 */
export function routeOf(req: object): string | undefined {
  const route = memberOf(req, 'route');
  const path = typeof route === 'object' && route !== null ? memberOf(route, 'path') : undefined;
  if (typeof path !== 'string') return undefined;
  const base = memberOf(req, 'baseUrl');
  return typeof base === 'string' && base !== '' ? `${mountPattern(base, path, memberOf(req, 'params'))}${path}` : path;
}

function mountPattern(base: string, path: string, params: unknown): string {
  if (typeof params !== 'object' || params === null) return base;
  // The parameters of the route itself are not the mount's, whatever their values are.
  const mounts = Object.entries(params).filter(([name]) => !path.includes(`:${name}`));
  if (mounts.length === 0) return base;
  const names = new Map(mounts.map(([name, value]) => [value, name]));
  const named = base.split('/').map((segment) => {
    const value = decoded(segment);
    const name = segment === '' ? undefined : names.get(value);
    names.delete(value);
    return name === undefined ? segment : `:${name}`;
  });
  return named.join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
