/** What a logging adapter was given: loggers of different libraries have functions of the same names and lose fields silently. */
export type LoggerKind = 'winston' | 'pino' | undefined;

// pino registers this symbol in every copy of itself; its fields come first and the message second.
const PINO_SERIALIZERS = Symbol.for('pino.serializers');

function isFunction(target: object, name: string): boolean {
  return typeof Reflect.get(target, name) === 'function';
}

export function loggerKind(value: unknown): LoggerKind {
  if (typeof value !== 'object' || value === null) return undefined;
  if (PINO_SERIALIZERS in value && isFunction(value, 'bindings')) return 'pino';
  // A winston 3 logger is a stream that has a list of transports; winston 2 has an object of them and is no stream.
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
  const given = kind === undefined ? `${describe(value)}; write ${factory}(${example})` : INSTEAD[kind];
  throw new TypeError(`${factory}: expected a ${wanted} logger, got ${given}`);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  return loggerLike(value) ? 'another kind of logger' : 'an object that is none';
}

function loggerLike(value: object): boolean {
  return isFunction(value, 'info') || isFunction(value, 'log');
}
