/** What a process holds before and after: sockets, timers, descriptors, listeners, uncaught errors. */
import { readdirSync } from 'node:fs';
import { types } from 'node:util';
import { runInThisContext } from 'node:vm';

// Jest gives tests a copy of `process` whose events never fire; the real one lives outside its sandbox.
const realProcess = runInThisContext('process') as NodeJS.Process;

/** What a process holds at one moment. */
export interface Resources {
  /** How many of each kind of handle: `TCPSocketWrap`, `TCPServerWrap`, `Timeout`, ... */
  readonly handles: Readonly<Record<string, number>>;
  /** Open file descriptors; 0 where the system has no /proc. */
  readonly descriptors: number;
  /** Listeners on the process itself. */
  readonly processListeners: number;
}

// Work that ends by itself within the event loop's next turns and says nothing about a leak.
const PASSING = new Set(['Immediate', 'TickObject', 'FSReqCallback', 'FSReqPromise', 'GetAddrInfoReqWrap']);

/** Counts what the process holds now. */
export function countResources(): Resources {
  const handles: Record<string, number> = {};
  for (const kind of realProcess.getActiveResourcesInfo()) {
    if (!PASSING.has(kind)) handles[kind] = (handles[kind] ?? 0) + 1;
  }
  let descriptors = 0;
  try {
    descriptors = readdirSync('/proc/self/fd').length;
  } catch {
    // No /proc on this system: the handles have to do.
  }
  const processListeners = realProcess
    .eventNames()
    .reduce((sum, name) => sum + realProcess.listenerCount(name as 'exit'), 0);
  return { handles, descriptors, processListeners };
}

/** What is held now and was not at the baseline, one line for each kind; empty where nothing is. */
export function surplus(baseline: Resources, now: Resources = countResources()): string[] {
  const lines: string[] = [];
  for (const [kind, count] of Object.entries(now.handles)) {
    const before = baseline.handles[kind] ?? 0;
    if (count > before) lines.push(`${kind}: ${count}, was ${before}`);
  }
  if (now.descriptors > baseline.descriptors)
    lines.push(`descriptors: ${now.descriptors}, was ${baseline.descriptors}`);
  if (now.processListeners > baseline.processListeners) {
    lines.push(`process listeners: ${now.processListeners}, was ${baseline.processListeners}`);
  }
  return lines;
}

/** Only a failing test waits so long: a machine under load is many times slower than an idle one. */
export const PATIENCE_MS = 60_000;

/**
 * Waits until `probe` gives nothing to complain about. For states that have no event: looks again every
 * `everyMs`, and gives back the last complaints when `withinMs` have passed.
 */
export async function settled(
  probe: () => readonly string[],
  withinMs = PATIENCE_MS,
  everyMs = 5,
): Promise<readonly string[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const complaints = probe();
    if (complaints.length === 0 || performance.now() >= deadline) return complaints;
    await new Promise((resolve) => {
      setTimeout(resolve, everyMs);
    });
  }
}

/** Counts what the process holds once that has stopped shrinking: what an earlier test left closing is not counted. */
export async function takeBaseline(): Promise<Resources> {
  let before = countResources();
  for (;;) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
    const now = countResources();
    if (surplus(now, before).length === 0) return now;
    before = now;
  }
}

/** Throws unless sockets, timers, descriptors and process listeners come back to the baseline. */
export async function expectReleased(baseline: Resources, withinMs = PATIENCE_MS): Promise<void> {
  // The timer of `settled` itself is gone whenever it probes.
  const left = await settled(() => surplus(baseline), withinMs);
  if (left.length > 0) throw new Error(`not released after ${withinMs} ms: ${left.join('; ')}`);
}

/** Throws unless `condition` holds within `withinMs`: for what has no event to wait for. */
export async function eventually(
  what: string,
  condition: () => boolean,
  withinMs = PATIENCE_MS,
  everyMs = 5,
): Promise<void> {
  const complaints = await settled(() => (condition() ? [] : [what]), withinMs, everyMs);
  if (complaints.length > 0) throw new Error(`not within ${withinMs} ms: ${what}`);
}

/** What went wrong in the process as a whole. */
export interface ProcessWatch extends Disposable {
  /** `uncaughtException`, `unhandledRejection` and `warning` events, as text with their stack. */
  readonly incidents: readonly string[];
  /** Throws where there was any incident. */
  expectQuiet(): void;
}

/** Remembers uncaught exceptions, unhandled rejections and process warnings until it is disposed of. */
export function watchProcess(): ProcessWatch {
  const incidents: string[] = [];
  const record = (kind: string) => (reason: unknown) => {
    incidents.push(`${kind}: ${types.isNativeError(reason) ? reason.stack : String(reason)}`);
  };
  const uncaught = record('uncaughtException');
  const unhandled = record('unhandledRejection');
  const warning = record('warning');
  realProcess.on('uncaughtException', uncaught);
  realProcess.on('unhandledRejection', unhandled);
  realProcess.on('warning', warning);
  return {
    incidents,
    expectQuiet() {
      if (incidents.length > 0) throw new Error(incidents.join('\n'));
    },
    [Symbol.dispose]() {
      realProcess.off('uncaughtException', uncaught);
      realProcess.off('unhandledRejection', unhandled);
      realProcess.off('warning', warning);
    },
  };
}
