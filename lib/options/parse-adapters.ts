import type { LoggingAdapter } from '../transfer/record';
import { misspeltName } from '../values/did-you-mean';
import { unknownOption } from '../values/mistakes';
import { fail } from '../values/option-checks';
import { memberOf } from '../values/own-members';

const ADAPTER_MEMBERS = ['started', 'finished', 'observe'];

/** Reads `logger`: one adapter or several. @throws TypeError for a wrong value */
export function parseAdapters(where: string, value: unknown): readonly LoggingAdapter[] {
  if (value === undefined) return [];
  const adapters: unknown[] = Array.isArray(value) ? value : [value];
  for (const adapter of adapters) {
    if (typeof adapter !== 'object' || adapter === null || typeof memberOf(adapter, 'finished') !== 'function') {
      fail(
        where,
        'logger',
        'a logging adapter with a "finished" function, or an array of them; write winstonLogger(logger) for winston, ' +
          'pinoLogger(logger) for pino, consoleLogger() for the console',
        adapter,
      );
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
