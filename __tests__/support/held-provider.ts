/** A provider that sends no response before it is told to, and counts the requests that wait. */
import { answer, startRawProvider } from './raw-provider';

export interface HeldProvider extends AsyncDisposable {
  readonly origin: string;
  /** Requests that have no response yet. */
  readonly inFlight: number;
  /** The most that `inFlight` has been. */
  readonly most: number;
  /** Sends the responses that wait. */
  release(): void;
}

/** @param pause how long a response takes; without it responses wait for `release` */
export async function startHeldProvider(pause?: () => Promise<unknown>): Promise<HeldProvider> {
  let inFlight = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const provider = await startRawProvider(async ({ send }) => {
    inFlight += 1;
    most = Math.max(most, inFlight);
    await (pause?.() ?? new Promise<void>((resolve) => waiting.push(resolve)));
    // Before the client can have the last byte.
    inFlight -= 1;
    await send(answer('content'));
  });
  return {
    origin: provider.origin,
    get inFlight() {
      return inFlight;
    },
    get most() {
      return most;
    },
    release() {
      for (const end of waiting.splice(0)) end();
    },
    [Symbol.asyncDispose]: () => provider[Symbol.asyncDispose](),
  };
}
