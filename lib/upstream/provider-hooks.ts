import type { Transform } from 'node:stream';
import type { LocatedProvider, UpstreamResponse } from '../provider-contract/provider';
import { checkResponseHeaders } from '../resolution/check-response-headers';
import { invalidResolution } from '../resolution/resolver-errors';
import type { Transfer } from '../transfer/transfer';
import { describeValue } from '../values/describe-value';
import { isThenable } from '../values/own-members';
import { discardSource } from './iterate';
import { callHook, providerFailure } from './provider-failure';

/**
 * Returns the headers that a provider adds to a success. They are checked like those of a resolution: a length or a
 * coding among them would contradict the framing of the message.
 *
 * @throws FileContentError `provider_error` if the hook throws, `resolver_failed` if it returns an invalid value
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
 * Returns the provider's transformation for this response, if it has one. This package owns it from here on: its errors
 * always have a listener, and it is destroyed with the transfer at the latest.
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
    // It would look like an empty body to its reader.
    throw providerFailure(provider.name, new Error('"transform" returned a stream that has been used or destroyed'));
  }
  return returned;
}

/**
 * Discards a wrong result of a hook. The rejection of a promise must be handled, and the stream that it resolves to
 * must be closed.
 */
function discardHookResult(returned: unknown): void {
  if (isThenable(returned)) Promise.resolve(returned).then(discardHookResult, () => undefined);
  else {
    if (isStream(returned)) returned.on('error', () => undefined);
    discardSource(returned);
  }
}

/** Checks the shape, so that a stream of another copy of the streams package also counts. */
function isStream(value: unknown): value is Transform {
  if (typeof value !== 'object' || value === null) return false;
  return ['pipe', 'write', 'on', 'destroy'].every((name) => typeof Reflect.get(value, name) === 'function');
}
