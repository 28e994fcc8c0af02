import type { LoggingAdapter } from '../transfer/record';
import { finishedMessage, STARTED_MESSAGE, toFields } from './entry';
import { type LevelOptions, parseLevels } from './levels';
import { requireLogger } from './recognise';

/** The part of a winston 3 logger that the adapter uses; no other library's logger has all of it. */
export interface WinstonLogger {
  /** The names of the levels with their priorities. The adapter checks its own levels against them. */
  readonly levels: Readonly<Record<string, number>>;
  /** The outputs of the logger. Their presence tells a winston logger from others. */
  readonly transports: readonly object[];
  /** Writes one entry. */
  log(level: string, message: string, fields: object): unknown;
}

/**
 * Writes a transfer's start and its one final record to a winston 3 logger: a short message, the record as fields, a
 * level for each outcome.
 *
 * @throws TypeError at once for anything but a winston 3 logger, and for a level that the logger does not have
 *
 * @example
 * createFileContentRouter({ resolveProvider, logger: winstonLogger(logger) });
 *
 * @example Other levels
 * winstonLogger(logger, { levels: { completed: 'http', rejected: 'info' } });
 */
export function winstonLogger(logger: WinstonLogger, options?: LevelOptions): LoggingAdapter {
  requireLogger('winstonLogger', 'winston', 'winston.createLogger({ ... })', logger);
  const levels = parseLevels('winstonLogger', options, Object.keys(logger.levels));
  return Object.freeze<LoggingAdapter>({
    started(transfer) {
      logger.log(levels.started, STARTED_MESSAGE, toFields(transfer));
    },
    finished(transfer) {
      logger.log(levels[transfer.outcome], finishedMessage(transfer), toFields(transfer));
    },
  });
}
