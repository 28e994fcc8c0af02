import { Writable } from 'node:stream';
import pino from 'pino';
import winston from 'winston';
import { winstonLogger } from '../../lib/index';
import { LEVELS, OUTCOMES, record, START } from '../support/records';

interface Captured {
  readonly logger: winston.Logger;
  readonly lines: Record<string, unknown>[];
}

/** A real logger whose transport keeps the lines that it would write. */
function capture(options: winston.LoggerOptions = {}): Captured {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const transports = [new winston.transports.Stream({ stream })];
  return {
    logger: winston.createLogger({ level: 'silly', format: winston.format.json(), transports, ...options }),
    lines,
  };
}

test.each(OUTCOMES)('%s has its level, a message, and the record as fields', (outcome) => {
  const { logger, lines } = capture();
  const { startedAt, ...fields } = record(outcome);
  winstonLogger(logger).finished({ ...fields, startedAt });
  expect(lines).toEqual([
    {
      ...fields,
      startedAt: '2026-01-02T03:04:05.678Z',
      level: LEVELS[outcome],
      message: `file content ${outcome}: status 200, 10 bytes in 12 ms`,
    },
  ]);
});

test('an incomplete body says how much of it was sent', () => {
  const { logger, lines } = capture();
  winstonLogger(logger).finished(record('upstream_truncated', { bytesSent: 4 }));
  expect(lines[0]?.['message']).toBe('file content upstream_truncated: status 200, 4 of 10 bytes in 12 ms');
});

test('the start is a debug line: a logger at its usual level does not write it', () => {
  const usual = capture({ level: 'info' });
  const verbose = capture({ level: 'debug' });
  for (const { logger } of [usual, verbose]) winstonLogger(logger).started?.(START);
  expect(usual.lines).toEqual([]);
  expect(verbose.lines).toEqual([
    { ...START, startedAt: '2026-01-02T03:04:05.678Z', level: 'debug', message: 'file content started' },
  ]);
});

test('an error is plain data, which winston prints, and stays beside the message', () => {
  const { logger, lines } = capture({
    format: winston.format.combine(winston.format.errors({ stack: true }), winston.format.json()),
  });
  const error = {
    code: 'provider_unreachable',
    message: 'The provider openai could not be reached.',
    cause: { name: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
  } as const;
  winstonLogger(logger).finished(record('upstream_unreachable', { error, status: 502, bytesSent: 0 }));
  expect(lines[0]).toMatchObject({ error, level: 'error' });
  expect(lines[0]?.['message']).not.toContain('connect');
});

test('a file id that looks like a placeholder costs no field', () => {
  const { logger, lines } = capture({ format: winston.format.combine(winston.format.splat(), winston.format.json()) });
  winstonLogger(logger).finished(record('rejected', { fileId: '%s%d%j', provider: '%s' }));
  expect(lines[0]).toMatchObject({ fileId: '%s%d%j', outcome: 'rejected', bytesSent: 10 });
});

test('a child logger keeps its own fields', () => {
  const { logger, lines } = capture();
  winstonLogger(logger.child({ service: 'gateway' })).finished(record('completed'));
  expect(lines[0]).toMatchObject({ service: 'gateway', outcome: 'completed' });
});

test('a level may be chosen for each outcome and for the start', () => {
  const { logger, lines } = capture();
  const adapter = winstonLogger(logger, {
    levels: { started: 'silly', completed: 'http', rejected: undefined } as never,
  });
  adapter.started?.(START);
  for (const outcome of ['completed', 'rejected'] as const) adapter.finished(record(outcome));
  expect(lines.map(({ level }) => level)).toEqual(['silly', 'http', 'warn']);
});

test("syslog's levels have another word for warn", () => {
  const { logger, lines } = capture({ levels: winston.config.syslog.levels, level: 'debug' });
  winstonLogger(logger).finished(record('rejected'));
  expect(lines[0]?.['level']).toBe('warning');
});

describe('fails at construction', () => {
  const { logger } = capture();

  test.each<[string, unknown, string]>([
    [
      'a pino logger',
      pino(new Writable()),
      'winstonLogger: "logger" must be a winston logger, got a pino logger; write pinoLogger(logger)',
    ],
    [
      'the console',
      console,
      'winstonLogger: "logger" must be a winston logger, got the console; write consoleLogger()',
    ],
    [
      'the module instead of a logger',
      winston,
      'winstonLogger: "logger" must be a winston logger, got another kind of logger; write winstonLogger(winston.createLogger({ ... }))',
    ],
    [
      "winston 2's logger",
      { log() {}, add() {}, configure() {}, transports: { console: {} }, levels: {} },
      'got another kind of logger',
    ],
    ['an object', {}, 'got an object;'],
    ['nothing', undefined, 'got undefined'],
    ['null', null, 'got null'],
  ])('%s', (_what, given, message) => {
    expect(() => winstonLogger(given as never)).toThrow(TypeError);
    expect(() => winstonLogger(given as never)).toThrow(message);
  });

  test.each<[string, unknown, string]>([
    ['an unknown option', { level: 'info' }, 'winstonLogger: unknown option "level". Did you mean `levels`? See '],
    [
      'an unknown outcome',
      { levels: { done: 'info' } },
      'winstonLogger: unknown option "levels.done"; write one of started, completed',
    ],
    [
      'a level that the logger lacks',
      { levels: { completed: 'notice' } },
      '"levels.completed" must be one of error, warn, info, http, verbose, debug, silly, got "notice", which the logger does not have',
    ],
    [
      'a level that is no name',
      { levels: { completed: 3 } },
      '"levels.completed" must be a non-empty string, got a number',
    ],
    ['levels that are no object', { levels: 'info' }, '"levels" must be an object, got a string'],
    ['levels that are null', { levels: null }, '"levels" must be left out or have a value, got null'],
    ['options that are no object', 'info', '"options" must be an object, got a string'],
    ['options that are null', null, '"options" must be an object, got null'],
  ])('%s', (_what, options, message) => {
    expect(() => winstonLogger(logger, options as never)).toThrow(TypeError);
    expect(() => winstonLogger(logger, options as never)).toThrow(message);
  });

  test('a logger of its own levels, until each outcome has one', () => {
    const { logger: own, lines } = capture({ levels: { loud: 0, quiet: 1 }, level: 'quiet' });
    expect(() => winstonLogger(own)).toThrow('got "debug", which the logger does not have');
    const levels = Object.fromEntries([...OUTCOMES, 'started'].map((outcome) => [outcome, 'loud']));
    winstonLogger(own, { levels }).finished(record('completed'));
    expect(lines[0]?.['level']).toBe('loud');
  });
});
