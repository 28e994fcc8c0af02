import type { IncomingMessage } from 'node:http';
import type { LocatedProvider, UpstreamResponse } from '../provider-contract/provider';
import { invalidResolution } from '../resolution/resolver-errors';
import type { Transfer } from '../transfer/transfer';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { describeValue } from '../values/describe-value';
import type { Exchange } from './exchange';
import { callHook } from './provider-failure';

interface Inspection {
  readonly provider: LocatedProvider;
  readonly transfer: Pick<Transfer, 'signal' | 'onAborted'>;
  readonly watchdog: Pick<Watchdog<Phase>, 'activity'>;
}

/**
 * Shows the beginning of a body to a provider that inspects it before the head is sent, and adds it to the head of the
 * exchange. The body can then be read from its beginning; if it was cut off, its reader gets the error.
 *
 * @throws FileContentError if the hook throws or returns an invalid value; the transfer's abort reason. The exchange is
 *   then closed.
 */
export async function inspectStart(exchange: Exchange, { provider, transfer, watchdog }: Inspection): Promise<void> {
  const { head, response } = exchange;
  if (provider.inspect === undefined || head.status === 304) return;
  try {
    const start = await readWhile(response, transfer, (bytes) => {
      watchdog.activity();
      return wantsMore(provider, head, bytes);
    });
    exchange.showStart(start);
  } catch (error) {
    exchange.close();
    throw error;
  }
}

function wantsMore(provider: LocatedProvider, upstream: UpstreamResponse, start: Uint8Array): boolean {
  const returned: unknown = callHook(provider.name, () => provider.inspect?.(upstream, start));
  if (typeof returned === 'boolean') return returned;
  throw invalidResolution(
    `provider ${provider.name}: "inspect" must return true or false, got ${describeValue(returned)}`,
  );
}

/** Reads while more is wanted, and then puts the bytes back. */
function readWhile(
  response: IncomingMessage,
  transfer: Inspection['transfer'],
  wants: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let start: Buffer = Buffer.alloc(0);
    const stop = (): void => {
      response.off('readable', look).off('error', finish).off('close', finish);
      unwatch();
    };
    const finish = (): void => {
      stop();
      // Put back in the same turn: an empty stream would emit its end.
      if (start.length > 0 && !response.destroyed) response.unshift(start);
      resolve(start);
    };
    const fail = (error: unknown): void => {
      stop();
      reject(error);
    };
    const look = (): void => {
      const pieces = [start];
      // An empty stream is not read: that would consume its end, and the later reader would miss it.
      while (response.readableLength > 0) pieces.push(response.read());
      if (pieces.length > 1) start = Buffer.concat(pieces);
      try {
        if (response.complete || response.destroyed || !wants(start)) finish();
      } catch (error) {
        fail(error);
      }
    };
    const unwatch = transfer.onAborted(() => fail(transfer.signal.reason));
    response.on('error', finish).on('close', finish).on('readable', look);
    look();
  });
}
