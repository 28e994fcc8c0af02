import { describeKind } from '../values/describe-value';
import { mistake } from '../values/mistakes';
import { isObject } from '../values/own-members';

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

const INSTEAD = {
  winston: 'a winston logger; write winstonLogger(logger)',
  pino: 'a pino logger; write pinoLogger(logger)',
} as const;

/** @throws TypeError that says what was given and what to write */
export function requireLogger(factory: string, wanted: 'winston' | 'pino', example: string, value: unknown): void {
  const kind = loggerKind(value);
  if (kind === wanted) return;
  const got = kind === undefined ? `${describeLogger(value)}; write ${factory}(${example})` : INSTEAD[kind];
  throw mistake(factory, `"logger" must be a ${wanted} logger, got ${got}`, 'wrong-logger');
}

function describeLogger(value: unknown): string {
  const isLogger = isObject(value) && (isFunction(value, 'info') || isFunction(value, 'log'));
  return isLogger ? 'another kind of logger' : describeKind(value);
}
