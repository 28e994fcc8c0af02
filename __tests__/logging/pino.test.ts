import { Writable } from 'node:stream';
import pino, { type LoggerOptions } from 'pino';
import winston from 'winston';
import { pinoLogger } from '../../lib/index';
import { LEVELS, OUTCOMES, record, START } from '../support/records';

/** A real logger that keeps the lines that it would write. */
function capture(options: LoggerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write(line: string): void {
      lines.push(JSON.parse(line));
    },
  };
  return { logger: pino({ level: 'trace', base: null, timestamp: false, ...options }, destination), lines };
}

test.each(OUTCOMES)('%s has its level, a message, and the record as fields', (outcome) => {
  const { logger, lines } = capture();
  const { startedAt, ...fields } = record(outcome);
  pinoLogger(logger).finished({ ...fields, startedAt });
  expect(lines).toEqual([
    {
      ...fields,
      startedAt: '2026-01-02T03:04:05.678Z',
      level: pino.levels.values[LEVELS[outcome]],
      msg: `file content ${outcome}: status 200, 10 bytes in 12 ms`,
    },
  ]);
});

test('the start is a debug line: a logger at its usual level does not write it', () => {
  const usual = capture({ level: 'info' });
  const verbose = capture({ level: 'debug' });
  for (const { logger } of [usual, verbose]) pinoLogger(logger).started?.(START);
  expect(usual.lines).toEqual([]);
  expect(verbose.lines).toMatchObject([
    { level: pino.levels.values['debug'], msg: 'file content started', fileId: 'file-1' },
  ]);
});

test('a level that is changed later is obeyed', () => {
  const { logger, lines } = capture({ level: 'info' });
  const adapter = pinoLogger(logger);
  logger.level = 'error';
  adapter.finished(record('completed'));
  adapter.finished(record('upstream_timeout'));
  expect(lines.map(({ outcome }) => outcome)).toEqual(['upstream_timeout']);
});

test('a level may be chosen for each outcome, and silence too', () => {
  const { logger, lines } = capture();
  const adapter = pinoLogger(logger, { levels: { completed: 'trace', rejected: 'silent' } });
  adapter.finished(record('completed'));
  adapter.finished(record('rejected'));
  expect(lines.map(({ level }) => level)).toEqual([pino.levels.values['trace']]);
});

test('a child logger keeps its own fields', () => {
  const { logger, lines } = capture();
  pinoLogger(logger.child({ service: 'gateway' })).finished(record('completed'));
  expect(lines[0]).toMatchObject({ service: 'gateway', outcome: 'completed' });
});

test.each<[string, unknown, string]>([
  [
    'a winston logger',
    winston.createLogger({ silent: true }),
    'pinoLogger: "logger" must be a pino logger, got a winston logger; write winstonLogger(logger)',
  ],
  ['the console', console, 'pinoLogger: "logger" must be a pino logger, got the console; write consoleLogger()'],
  [
    'another logger',
    { info() {}, error() {} },
    'pinoLogger: "logger" must be a pino logger, got another kind of logger; write pinoLogger(pino())',
  ],
  ['a stream', new Writable(), 'got a stream;'],
  ['pino itself', pino, 'got a function'],
])('fails at construction: %s', (_what, given, message) => {
  expect(() => pinoLogger(given as never)).toThrow(TypeError);
  expect(() => pinoLogger(given as never)).toThrow(message);
});

test('fails at construction: a level that the logger lacks', () => {
  expect(() => pinoLogger(capture().logger, { levels: { completed: 'http' } })).toThrow(
    'pinoLogger: "levels.completed" must be one of ',
  );
});
