import { consoleLogger } from '../../lib/index';
import { captureConsole } from '../support/canary';
import { LEVELS, OUTCOMES, record, START } from '../support/records';

test.each(OUTCOMES)('%s is one line of JSON, written by the method of its level', (outcome) => {
  using capture = captureConsole();
  const { startedAt, ...fields } = record(outcome);
  const level = LEVELS[outcome] as 'info' | 'warn' | 'error';
  consoleLogger().finished({ ...fields, startedAt });
  expect(console[level]).toHaveBeenCalledTimes(1);
  expect(capture.lines.map((line) => JSON.parse(line))).toEqual([
    {
      level,
      message: `file content ${outcome}: status 200, 10 bytes in 12 ms`,
      ...fields,
      startedAt: '2026-01-02T03:04:05.678Z',
    },
  ]);
});

test('the start is written only at level debug', () => {
  using capture = captureConsole();
  consoleLogger().started?.(START);
  expect(capture.lines).toEqual([]);
  consoleLogger({ level: 'debug' }).started?.(START);
  expect(capture.lines.map((line) => JSON.parse(line))).toMatchObject([
    { level: 'debug', message: 'file content started' },
  ]);
});

test('records below the level are not written', () => {
  using capture = captureConsole();
  const adapter = consoleLogger({ level: 'error' });
  adapter.finished(record('completed'));
  adapter.finished(record('rejected'));
  adapter.finished(record('internal_error'));
  expect(capture.lines.map((line) => JSON.parse(line).outcome)).toEqual(['internal_error']);
});

test('a context that JSON cannot carry does not cost the line', () => {
  using capture = captureConsole();
  consoleLogger().finished(record('completed', { context: { size: 1n } }));
  expect(JSON.parse(capture.lines[0] ?? '')).toMatchObject({ outcome: 'completed', context: 'not serialisable' });
});

test('nothing that a terminal obeys reaches it, and the line still says what it said', () => {
  using capture = captureConsole();
  const active = [
    ...Array.from({ length: 33 }, (_, index) => String.fromCharCode(0x7f + index)),
    ...['\0', '\u001b[31m', '\u202e', '\u2066', '\u200f', '\u2028', '\u2029', '\ufeff', '\u00ad', '\u{e0041}'],
  ].join('');
  const upstreamRequestId = `a${active}b`;
  consoleLogger().finished(record('upstream_error', { upstreamRequestId, context: { tenant: active, [active]: 1n } }));
  consoleLogger().finished(record('upstream_error', { upstreamRequestId, context: { tenant: active } }));
  for (const line of capture.lines) {
    expect(line).toMatch(/^[\x20-\x7e\xa0]*$/);
    expect(JSON.parse(line)).toMatchObject({ upstreamRequestId });
  }
  expect(capture.lines).toHaveLength(2);
});

test.each<[unknown, string]>([
  [{ level: 'verbose' }, "consoleLogger: \"level\" must be one of 'debug', 'info', 'warn', 'error', got a string"],
  [{ level: 3 }, 'got a number'],
  [{ levels: {} }, 'consoleLogger: unknown option "levels". Did you mean `level`? See '],
  [null, 'consoleLogger: "options" must be an object, got null'],
  ['debug', 'consoleLogger: "options" must be an object, got a string'],
])('fails at construction: %j', (options, message) => {
  expect(() => consoleLogger(options as never)).toThrow(TypeError);
  expect(() => consoleLogger(options as never)).toThrow(message);
});
