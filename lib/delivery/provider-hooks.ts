import type { Transform } from 'node:stream';
import { describeValue } from '../describe-value';
import type { LocatedProvider, UpstreamResponse } from '../providers/provider';
import { checkResponseHeaders, invalidResolution } from '../resolution';
import { callHook } from './provider-failure';

/**
 * The headers that a provider adds to a success. They pass the same check as those of a resolution: a length or a coding
 * among them would frame the message otherwise than it is sent.
 *
 * @throws FileContentError `provider_error` where the hook throws, `resolver_failed` where it returns what it may not
 */
export function headersFromProvider(
  provider: LocatedProvider,
  response: UpstreamResponse,
): Readonly<Record<string, string>> {
  const returned: unknown = callHook(provider.name, () => provider.responseHeaders?.(response));
  return checkResponseHeaders(returned ?? undefined, `provider ${provider.name}`);
}

/**
 * The transformation that a provider wants for this response, if any. Its chunks are not looked at.
 *
 * @throws FileContentError as {@link headersFromProvider}
 */
export function transformFromProvider(provider: LocatedProvider, response: UpstreamResponse): Transform | undefined {
  const returned: unknown = callHook(provider.name, () => provider.transform?.(response));
  if (returned === undefined || returned === null) return undefined;
  if (!isStream(returned)) {
    throw invalidResolution(
      `provider ${provider.name}: "transform" must return a Transform stream or undefined, got ${describeValue(returned)}`,
    );
  }
  return returned;
}

/** By its shape: a stream of another copy of the streams package is one, too. */
function isStream(value: unknown): value is Transform {
  if (typeof value !== 'object' || value === null) return false;
  return ['pipe', 'write', 'on', 'destroy'].every((name) => typeof Reflect.get(value, name) === 'function');
}
