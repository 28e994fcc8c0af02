import type { LoggingAdapter } from '../transfer/record';
import { finishedMessage, STARTED_MESSAGE, toFields } from './entry';
import { type LevelOptions, parseLevels } from './levels';
import { requireLogger } from './recognise';

/** A level that every pino logger has and that writes nothing; it is not among its values. */
const SILENT = 'silent';

/** The part of a pino logger that the adapter uses. Its level functions are looked up by name. */
export interface PinoLogger {
  /** The names of the levels with their numbers. The adapter checks its own levels against them. */
  readonly levels: {
    /** The number of each level, by its name. */
    readonly values: Readonly<Record<string, number>>;
  };
  /** Returns the fields of every line. Its presence tells a pino logger from others. */
  bindings(): object;
}

/**
 * Writes a transfer's start and its one final record to a pino logger, fields first and message second as pino wants
 * them.
 *
 * @throws TypeError at once for anything but a pino logger, and for a level that the logger does not have
 *
 * @example
 * createFileContentRouter({ resolveProvider, logger: pinoLogger(pino()) });
 */
export function pinoLogger(logger: PinoLogger, options?: LevelOptions): LoggingAdapter {
  requireLogger('pinoLogger', 'pino', 'pino()', logger);
  const levels = parseLevels('pinoLogger', options, [...Object.keys(logger.levels.values), SILENT]);
  // Looked up for each line: pino replaces these functions when the logger's level changes.
  function write(level: string, fields: object, message: string): void {
    Reflect.get(logger, level).call(logger, fields, message);
  }
  return Object.freeze<LoggingAdapter>({
    started(transfer) {
      write(levels.started, toFields(transfer), STARTED_MESSAGE);
    },
    finished(transfer) {
      write(levels[transfer.outcome], toFields(transfer), finishedMessage(transfer));
    },
  });
}
