import { withAdvice } from '../values/describe-value';
import { describeLogger, loggerKind } from '../values/logger-kind';
import { mistake } from '../values/mistakes';

/** @throws TypeError that says what was given and what to write */
export function requireLogger(factory: string, wanted: 'winston' | 'pino', example: string, value: unknown): void {
  if (loggerKind(value) === wanted) return;
  const got = withAdvice(describeLogger(value), `write ${factory}(${example})`);
  throw mistake(factory, `"logger" must be a ${wanted} logger, got ${got}`, 'wrong-logger');
}
