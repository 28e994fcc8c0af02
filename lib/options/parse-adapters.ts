import type { LoggingAdapter } from '../transfer/record';
import { withAdvice } from '../values/describe-value';
import { misspeltName } from '../values/did-you-mean';
import { describeLogger } from '../values/logger-kind';
import { invalidOption, unknownOption } from '../values/mistakes';
import { fail } from '../values/option-checks';
import { memberOf } from '../values/own-members';

const ADAPTER_MEMBERS = ['started', 'finished', 'observe'];

const ADAPTERS =
  'write winstonLogger(logger) for winston, pinoLogger(logger) for pino, consoleLogger() for the console';

/** Reads `logger`: one adapter or several. @throws TypeError for a wrong value */
export function parseAdapters(where: string, value: unknown): readonly LoggingAdapter[] {
  if (value === undefined) return [];
  const adapters: unknown[] = Array.isArray(value) ? value : [value];
  for (const adapter of adapters) {
    if (typeof adapter !== 'object' || adapter === null || typeof memberOf(adapter, 'finished') !== 'function') {
      const got = withAdvice(describeLogger(adapter), ADAPTERS);
      const expected = 'a logging adapter with a "finished" function, or an array of them';
      throw invalidOption(where, 'logger', expected, got);
    }
  }
  for (const adapter of adapters as object[]) {
    const isPlain = Object.getPrototypeOf(adapter) === Object.prototype;
    const misspelt = isPlain ? misspeltName(adapter, ADAPTER_MEMBERS) : undefined;
    if (misspelt !== undefined) throw unknownOption(where, misspelt, ADAPTER_MEMBERS, 'logger.');
  }
  if (new Set(adapters).size < adapters.length) fail(where, 'logger', 'an array that has each adapter once', adapters);
  return Object.freeze([...(adapters as LoggingAdapter[])]);
}
