import { filenameOf } from '../http/content-disposition';
import { type HeaderValues, singleValue } from '../http/header-values';
import type { LocatedProvider } from '../provider-contract/provider';
import { asStep } from '../transfer/observers/steps';
import type { ResolvedTransfer } from '../transfer/resolved-transfer';
import type { Transfer } from '../transfer/transfer';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { isObject, memberOf } from '../values/own-members';
import { describeCall, type LocateOptions } from './location/locate';

/** The client waits for the name before it gets the first byte. */
const LONGEST_WAIT_MS = 5_000;

export interface NameOptions extends Pick<LocateOptions, 'settings' | 'agents'> {
  readonly transfer: Transfer;
  readonly resolved: ResolvedTransfer & { readonly provider: LocatedProvider };
  readonly watchdog: Watchdog<Phase>;
}

/**
 * Gets the file's name from the provider if neither the resolution nor the response has one. A file can be downloaded
 * without a name, so a failure is ignored.
 *
 * @param headers the response headers, names in lower case
 * @throws the transfer's abort reason
 */
export async function askForName(options: NameOptions, status: number, headers: HeaderValues): Promise<void> {
  const { transfer, resolved, watchdog } = options;
  const { describeFile } = resolved.provider;
  // A 304 has no Content-Disposition.
  if (describeFile === undefined || status === 304 || isNamed(resolved, headers)) return;
  watchdog.pause();
  const request = describeCall(transfer, resolved, { ...options, method: 'GET' });
  const step = { kind: 'function', provider: resolved.provider.name } as const;
  const described = await inTime(transfer, (signal) =>
    asStep(transfer.steps, step, () => describeFile({ ...request, signal })),
  );
  transfer.signal.throwIfAborted();
  const filename = isObject(described) ? memberOf(described, 'filename') : undefined;
  if (typeof filename === 'string' && filename !== '') transfer.named(filename);
}

function isNamed({ presentation, responseHeaders }: ResolvedTransfer, headers: HeaderValues): boolean {
  if (presentation?.filename !== undefined) return true;
  const given = responseHeaders['content-disposition'] ?? singleValue(headers['content-disposition']);
  return given !== undefined && filenameOf(given) !== undefined;
}

/** Returns undefined if the provider fails, its time is up or the client leaves. */
async function inTime(transfer: Transfer, describe: (signal: AbortSignal) => unknown): Promise<unknown> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), LONGEST_WAIT_MS);
  const unwatch = transfer.onAborted(() => controller.abort());
  const { signal } = controller;
  const over = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    return await Promise.race([transfer.work.track(describe(signal)), over]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}
