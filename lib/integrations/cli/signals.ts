import { constants } from 'node:os';

/** What a signal ends. */
export interface Stoppable {
  /** The number of transfers in flight. */
  inFlight(): number;
  /** Stops. Another call shortens the time that transfers in flight have. */
  stop(graceMs: number): Promise<void>;
}

const GRACE_MS = 10_000;

/** npm and a terminal both send the SIGINT of one Ctrl+C. */
const SAME_KEYSTROKE_MS = 500;

/** How long the second signal waits for the records of what it cuts off. */
const CUT_MS = 1_000;

/** On Windows, Ctrl+Break is a signal of its own, and SIGTERM never arrives. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const;

/**
 * Ends the process in order on SIGINT and SIGTERM: transfers in flight continue for a while, every record is written,
 * and the process ends by the signal. A second signal cuts off what still runs.
 */
export function stopOnSignals({ inFlight, stop }: Stoppable): void {
  let firstAt: number | undefined;
  async function received(signal: NodeJS.Signals): Promise<void> {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      const running = inFlight();
      if (running > 0) {
        console.error(
          `${signal}: ${running} ${running === 1 ? 'download may' : 'downloads may'} continue for up to ` +
            `${GRACE_MS / 1000} seconds. A second signal cuts ${running === 1 ? 'it' : 'them'} off.`,
        );
      }
      await stop(GRACE_MS).catch(console.error);
    } else if (now - firstAt >= SAME_KEYSTROKE_MS) {
      await Promise.race([stop(0).catch(console.error), new Promise((resolve) => setTimeout(resolve, CUT_MS))]);
    } else return;
    await written();
    endBy(signal);
  }
  for (const signal of SIGNALS) process.on(signal, (name) => void received(name));
}

/** On Windows, pipes are written asynchronously, and what is not written yet would be lost. */
async function written(): Promise<void> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))));
}

/**
 * A shell and npm want to see the signal itself. It has no effect on Windows, nor on the first process of a container.
 */
function endBy(signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  }
  process.exit(128 + (constants.signals[signal] ?? 0));
}
