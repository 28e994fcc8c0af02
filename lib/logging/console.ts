import type { LoggingAdapter } from '../transfer/record';
import { printableJSON } from '../values/printable';
import { readOptions, requireOneOf } from '../values/read-options';
import { surviveFailedOutput } from '../values/standard-streams';
import { type EntryLevel, finishedMessage, OUTCOME_LEVELS, STARTED_MESSAGE, toFields } from './entry';

const SEVERITY: Readonly<Record<EntryLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Options of {@link consoleLogger}. */
export interface ConsoleLoggerOptions {
  /** The lowest level that is written. `debug` also writes the start of each transfer. Defaults to `info`. */
  level?: EntryLevel | undefined;
}

/**
 * Writes one line of JSON for each record: `debug` and `info` to standard output, `warn` and `error` to standard error.
 * For a gateway without a logging library, and for trying things out. Lines that cannot be written, for example because
 * the disk is full, are lost; they do not end the process.
 *
 * @throws TypeError at once for an unknown option or level
 *
 * @example
 * createFileContentRouter({ resolveProvider, logger: consoleLogger() });
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): LoggingAdapter {
  const least = SEVERITY[parseLevel(options)];
  surviveFailedOutput();
  function write(level: EntryLevel, message: string, fields: object): void {
    if (SEVERITY[level] < least) return;
    console[level](toJson({ level, message, ...fields }));
  }
  return Object.freeze<LoggingAdapter>({
    started(transfer) {
      write('debug', STARTED_MESSAGE, toFields(transfer));
    },
    finished(transfer) {
      write(OUTCOME_LEVELS[transfer.outcome], finishedMessage(transfer), toFields(transfer));
    },
  });
}

/** The gateway's `context` may hold values that JSON cannot represent. The line is then written without it. */
function toJson(line: object): string {
  try {
    return printableJSON(JSON.stringify(line));
  } catch {
    return printableJSON(JSON.stringify({ ...line, context: 'not serialisable' }));
  }
}

function parseLevel(options: ConsoleLoggerOptions): EntryLevel {
  const { level = 'info' } = readOptions('consoleLogger', options, { level: true });
  return requireOneOf('consoleLogger', 'level', level, ['debug', 'info', 'warn', 'error']);
}
