import type { IncomingMessage } from 'node:http';
import type { LocatedProvider, UpstreamResponse } from '../provider';
import { invalidResolution } from '../resolution';
import type { Transfer } from '../transfer/transfer';
import { describeValue } from '../values/describe-value';
import { callHook } from './provider-failure';

interface Inspection {
  readonly provider: LocatedProvider;
  readonly transfer: Transfer;
  /** Called whenever more has arrived. */
  readonly onProgress: () => void;
}

/**
 * Shows the beginning of a body to a provider that wants to see it before the head is sent. The body can be read afterwards as
 * if nobody had looked at it.
 *
 * @returns the response with as much of the body as the provider asked for; as it was where it does not inspect
 * @throws FileContentError where the hook throws or returns nonsense, what the body fails with, or the transfer's abort reason
 */
export async function withBodyStart(
  upstream: UpstreamResponse,
  response: IncomingMessage,
  { provider, transfer, onProgress }: Inspection,
): Promise<UpstreamResponse> {
  if (provider.inspect === undefined) return upstream;
  const start = await readWhile(response, transfer, (bytes) => {
    onProgress();
    return wantsMore(provider, upstream, bytes);
  });
  return { ...upstream, start };
}

function wantsMore(provider: LocatedProvider, upstream: UpstreamResponse, start: Uint8Array): boolean {
  const returned: unknown = callHook(provider.name, () => provider.inspect?.(upstream, start));
  if (typeof returned === 'boolean') return returned;
  throw invalidResolution(
    `provider ${provider.name}: "inspect" must return true or false, got ${describeValue(returned)}`,
  );
}

/** Reads while more is wanted, and puts back what was read. */
function readWhile(response: IncomingMessage, transfer: Transfer, wants: (bytes: Buffer) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let start: Buffer = Buffer.alloc(0);
    const stop = (): void => {
      response.off('readable', look).off('error', fail).off('close', onClose);
      unwatch();
    };
    const fail = (error: unknown): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => fail(new Error('The response closed before its end.'));
    const look = (): void => {
      try {
        const pieces = [start];
        // What is read of an empty stream would be its end, and nobody else would learn of it.
        while (response.readableLength > 0) pieces.push(response.read());
        if (pieces.length > 1) start = Buffer.concat(pieces);
        if (!response.complete && wants(start)) return;
        stop();
        // In the same turn: the end of a stream is told when it is empty.
        if (start.length > 0) response.unshift(start);
        resolve(start);
      } catch (error) {
        fail(error);
      }
    };
    const unwatch = transfer.onAborted(() => fail(transfer.signal.reason));
    response.on('error', fail).on('close', onClose).on('readable', look);
    look();
  });
}
