import type { Transform } from 'node:stream';
import { checkResponseHeaders } from '../contract/check-response-headers';
import { invalidResolution } from '../contract/resolver-errors';
import type { LocatedProvider, UpstreamResponse } from '../provider';
import type { Transfer } from '../transfer/transfer';
import { describeValue } from '../values/describe-value';
import { discardSource } from './iterate';
import { callHook, providerFailure } from './provider-failure';

/**
 * The headers that a provider adds to a success. They pass the same check as those of a resolution: a length or a
 * coding among them would frame the message otherwise than it is sent.
 *
 * @throws FileContentError `provider_error` where the hook throws, `resolver_failed` where it returns what it may not
 */
export function headersFromProvider(
  provider: LocatedProvider,
  response: UpstreamResponse,
): Readonly<Record<string, string>> {
  const returned: unknown = callHook(provider.name, () => provider.addHeaders?.(response));
  if (isThenable(returned)) {
    discardHookResult(returned);
    throw invalidResolution(`provider ${provider.name}: "addHeaders" must return an object, got a promise`);
  }
  return checkResponseHeaders(returned ?? undefined, `provider ${provider.name}`, 'addHeaders');
}

/**
 * The transformation that a provider wants for this response, if any. Its chunks are not looked at. From here on it
 * belongs to this package: its errors have a listener for good, and it is destroyed with the transfer at the latest.
 *
 * @throws FileContentError as {@link headersFromProvider}
 */
export function transformFromProvider(
  provider: LocatedProvider,
  response: UpstreamResponse,
  transfer: Transfer,
): Transform | undefined {
  const returned: unknown = callHook(provider.name, () => provider.transform?.(response));
  if (returned === undefined || returned === null) return undefined;
  if (!isStream(returned)) {
    discardHookResult(returned);
    throw invalidResolution(
      `provider ${provider.name}: "transform" must return a Transform stream or undefined, got ${describeValue(returned)}`,
    );
  }
  returned.on('error', () => undefined);
  transfer.onSettled(() => discardSource(returned));
  if (returned.destroyed || returned.writableEnded || returned.readableEnded) {
    // To its reader it would look like an empty content.
    throw providerFailure(provider.name, new Error('"transform" returned a stream that has been used or destroyed'));
  }
  return returned;
}

/**
 * What a hook should not have returned: a promise may still reject into nobody, and what it brings may need closing.
 */
function discardHookResult(returned: unknown): void {
  if (isThenable(returned)) Promise.resolve(returned).then(discardHookResult, () => undefined);
  else {
    if (isStream(returned)) returned.on('error', () => undefined);
    discardSource(returned);
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}

/** By its shape: a stream of another copy of the streams package is one, too. */
function isStream(value: unknown): value is Transform {
  if (typeof value !== 'object' || value === null) return false;
  return ['pipe', 'write', 'on', 'destroy'].every((name) => typeof Reflect.get(value, name) === 'function');
}
