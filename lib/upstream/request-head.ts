import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FileContentError } from '../errors';
import { mayHaveSuffix } from '../http/byte-ranges';
import { headersOf } from '../http/message-headers';
import { RANGE_AND_CONDITIONS, upstreamRequestHeaders } from '../http/request-headers';
import type { Settings } from '../options';
import type { Agents, LocatedProvider } from '../provider';
import type { Transfer } from '../transfer/transfer';
import type { Phase, Watchdog } from '../transfer/watchdog';
import { errorCode } from '../values/native-error';
import { ownMember } from '../values/own-members';
import { agentFor } from './agents/agents';
import type { RequestSending } from './agents/unasked-bytes';
import type { Engine, Exchange } from './exchange';
import type { LocatedUpstream } from './locate';
import { beforeHead, unaskedUpgrade } from './upstream-error';

/** A response whose head has arrived, and the exchange that it belongs to. */
export interface Answer {
  readonly exchange: Exchange;
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
  /** The headers that the provider got. */
  readonly sentHeaders: Readonly<Record<string, string>>;
  /** Calls back when the exchange fails after the head: what the parser finds is told to the request, not to the response. */
  onLateError(listener: (error: Error) => void): void;
}

/** A kept-alive connection was closed or spoiled before the request reached the provider: it may be retried once. */
export class StaleConnection extends Error {
  readonly answer: FileContentError;
  constructor(answer: FileContentError) {
    super('The connection was stale.');
    this.answer = answer;
  }
}

export interface Attempt {
  readonly transfer: Transfer;
  readonly provider: LocatedProvider;
  readonly watchdog: Watchdog<Phase>;
  readonly settings: Settings;
  /** Of the request to the provider; what the client gets is decided by its own. */
  readonly method: 'GET' | 'HEAD';
  /** Is the whole content asked for, although the client asks for a part? */
  readonly isWhole?: boolean;
}

const NONE: readonly string[] = [];
const PART: readonly string[] = ['range', 'if-range'];

/** Of the client's headers, those that this provider is not sent. */
function withheldFrom({ transfer, provider, isWhole }: Attempt): readonly string[] {
  // Positions and validators of a transformed content are not the provider's.
  if (provider.transform) return RANGE_AND_CONDITIONS.names;
  if (isWhole) return PART;
  const range = provider.suffixRanges === false ? ownMember(headersOf(transfer.req), 'range') : undefined;
  return range !== undefined && mayHaveSuffix(range) ? PART : NONE;
}

function headersFor(attempt: Attempt, located: LocatedUpstream): Record<string, string> {
  const { transfer, settings } = attempt;
  const withheld = withheldFrom(attempt);
  const allowed =
    withheld === NONE ? settings.requestHeaders : settings.requestHeaders.filter((name) => !withheld.includes(name));
  return upstreamRequestHeaders(headersOf(transfer.req), located.headers, allowed);
}

/** Sends one request and waits for its response head, within the limits for connecting and for headers. */
export function requestHead(
  engine: Engine,
  attempt: Attempt,
  located: LocatedUpstream,
  agents: Agents,
): Promise<Answer> {
  const { transfer, provider, watchdog, method } = attempt;
  const { signal } = transfer;
  signal.throwIfAborted();
  transfer.asked();
  const headers = headersFor(attempt, located);
  watchdog.enter('connect');
  return new Promise((resolve, reject) => {
    let request: ClientRequest | undefined;
    let sending: RequestSending | undefined;
    let onLate: ((error: Error) => void) | undefined;
    let lateError: Error | undefined;
    let hasHead = false;

    const onAbort = (): void => {
      exchange.close();
      reject(signal.reason);
    };
    const unwatch = transfer.onAborted(onAbort);
    const fail = (error: unknown): void => {
      unwatch();
      exchange.close();
      reject(error);
    };
    const onFailure = (error: Error): void => {
      const answer = beforeHead(error, provider.name, sending?.received ?? 0);
      const staleness = sending?.staleness(errorCode(error));
      // The provider has seen nothing of it.
      if (staleness === 'not sent') transfer.notSent();
      fail(staleness === undefined ? answer : new StaleConnection(answer));
    };
    const onUpgrade = (_response: IncomingMessage, socket: Duplex): void => {
      // It has left the request's hands: Node 26 does not destroy it with the request any more.
      socket.destroy();
      onFailure(unaskedUpgrade());
    };

    const exchange = engine.exchange(
      {
        url: located.url,
        method,
        headers,
        agent: agentFor(located.url, agents),
      },
      {
        onRequest(assigned, itsSending) {
          request = assigned;
          sending = itsSending;
          assigned.once('upgrade', onUpgrade);
          const { socket } = assigned;
          if (socket === null || !socket.connecting) watchdog.enter('headers');
          else
            socket.once(located.url.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
              watchdog.enter('headers'),
            );
        },
        onResponse(response) {
          hasHead = true;
          unwatch();
          // Until somebody reads it, a failure of the response has no listener but this one.
          response.on('error', () => undefined);
          watchdog.enter('idle');
          resolve({
            exchange,
            request: request!,
            response,
            sentHeaders: headers,
            onLateError(listener) {
              onLate = listener;
              if (lateError) listener(lateError);
            },
          });
        },
        onError(error) {
          if (hasHead) {
            lateError ??= error;
            onLate?.(error);
            return;
          }
          onFailure(error);
        },
      },
    );
    transfer.onSettled(() => exchange.close());
  });
}
