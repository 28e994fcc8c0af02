import { describeKind } from './describe-value';
import { isObject } from './own-members';

/**
 * The library of a logger. Loggers of different libraries have functions of the same names, but with the wrong adapter
 * they silently lose the fields.
 */
export type LoggerKind = 'winston' | 'pino' | undefined;

// Every copy of pino registers this symbol.
const PINO_SERIALIZERS = Symbol.for('pino.serializers');

function isFunction(target: object, name: string): boolean {
  return typeof Reflect.get(target, name) === 'function';
}

export function loggerKind(value: unknown): LoggerKind {
  if (typeof value !== 'object' || value === null) return undefined;
  if (PINO_SERIALIZERS in value && isFunction(value, 'bindings')) return 'pino';
  // A winston 3 logger is a stream with an array of transports. In winston 2 it is not a stream, and `transports` is an
  // object.
  const isWinston =
    ['log', 'write', 'configure', 'add', 'child'].every((name) => isFunction(value, name)) &&
    Array.isArray(Reflect.get(value, 'transports')) &&
    typeof Reflect.get(value, 'levels') === 'object';
  return isWinston ? 'winston' : undefined;
}

const ADAPTERS = {
  winston: 'a winston logger; write winstonLogger(logger)',
  pino: 'a pino logger; write pinoLogger(logger)',
} as const;

/** Describes what was given as a logger, with the adapter to write for a logger that has one. */
export function describeLogger(value: unknown): string {
  const kind = loggerKind(value);
  if (kind !== undefined) return ADAPTERS[kind];
  if (value === console) return 'the console; write consoleLogger()';
  const isLogger = isObject(value) && (isFunction(value, 'info') || isFunction(value, 'log'));
  return isLogger ? 'another kind of logger' : describeKind(value);
}
