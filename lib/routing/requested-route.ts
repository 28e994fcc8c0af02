import { FileContentError } from '../errors';
import { headersOf } from '../http/message-headers';
import type { Request, ResolveContext } from '../resolution/resolution';
import { ownMember } from '../values/own-members';

/** The model or the provider that a request names outside of its ids. */
export type RequestedRoute =
  | { readonly model: string; readonly provider?: undefined }
  | { readonly provider: string; readonly model?: undefined };

/**
 * Reads the first that is set of: `?model=`, `x-litellm-model`, the mount path's `:provider`, `custom-llm-provider`,
 * `?custom_llm_provider=`, `?provider=`.
 *
 * @throws FileContentError 400 if one that is read is given more than once, because others may use another of its
 *   values
 */
export function readRequestedRoute(req: Request, context: ResolveContext): RequestedRoute | undefined {
  const model = queryValue(req, 'model') ?? headerValue(req, 'x-litellm-model');
  if (model !== undefined) return { model };
  const provider =
    pathValue(context, 'provider') ??
    headerValue(req, 'custom-llm-provider') ??
    queryValue(req, 'custom_llm_provider') ??
    queryValue(req, 'provider');
  return provider === undefined ? undefined : { provider };
}

function refuse(what: string): FileContentError {
  return new FileContentError('invalid_request', `${what} must be given once, as one name.`);
}

function queryValue(req: Request, name: string): string | undefined {
  const query: unknown = req.query;
  if (typeof query !== 'object' || query === null || !Object.hasOwn(query, name)) return undefined;
  const value: unknown = Reflect.get(query, name);
  if (value === undefined || value === '') return undefined;
  // A repeated parameter is an array, `model[x]=1` an object.
  if (typeof value !== 'string') throw refuse(`The query parameter ${name}`);
  return value;
}

function headerValue(req: Request, name: string): string | undefined {
  const value = ownMember(headersOf(req), name);
  if (value === undefined || value === '') return undefined;
  // Node joins the lines of a repeated header with commas.
  if (typeof value !== 'string' || value.includes(',')) throw refuse(`The header ${name}`);
  return value;
}

function pathValue({ params }: ResolveContext, name: string): string | undefined {
  return Object.hasOwn(params, name) && params[name] !== '' ? params[name] : undefined;
}
