import { createProxySender } from '../../lib/delivery/streaming/proxy-exchange';
import type { Agents } from '../../lib/provider-contract/provider';
import { agentFor } from '../../lib/upstream/agents/agents';
import { axiosSender } from '../../lib/upstream/axios-sender';
import { type Exchange, exchange } from '../../lib/upstream/exchange';
import type { ProviderRequest, Sender } from '../../lib/upstream/sender';
import { WatchdogNotes } from './watchdog-notes';

/** Both ways to send a request, for tables of tests: what holds for one holds for the other. */
export const SENDERS: readonly (readonly [string, Sender])[] = [
  ['http-proxy-middleware', createProxySender()],
  ['axios', axiosSender],
];

/** A request whose head is awaited. */
export interface Begun {
  readonly watchdog: WatchdogNotes;
  readonly abort: AbortController;
  readonly given: Promise<Exchange>;
}

/** Sends a request for nobody in particular, who can give it up with `abort`. */
export function beginExchange(
  sender: Sender,
  agents: Agents,
  href: string,
  more: Partial<ProviderRequest> = {},
  watchdog = new WatchdogNotes(),
): Begun {
  const url = new URL(href);
  const abort = new AbortController();
  const { signal } = abort;
  const requester = {
    signal,
    onAborted(listener: () => void) {
      signal.addEventListener('abort', listener);
      return () => signal.removeEventListener('abort', listener);
    },
  };
  const request = { url, method: 'GET', headers: {}, agent: agentFor(url, agents), isTapped: true, ...more } as const;
  const given = exchange(request, { sender, provider: 'held', requester, watchdog });
  given.catch(() => undefined);
  return { watchdog, abort, given };
}
