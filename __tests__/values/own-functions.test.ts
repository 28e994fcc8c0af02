import * as api from '../../lib/index';
import { transferConsole } from '../../lib/integrations/console';
import { openTelemetry } from '../../lib/integrations/opentelemetry';
import { prometheusMetrics } from '../../lib/integrations/prometheus';
import { redisLimits } from '../../lib/integrations/redis';
import * as testing from '../../lib/testing/index';
import { describeKind } from '../../lib/values/describe-value';
import { callOf } from '../../lib/values/own-functions';

/** These take a value and return one. Nobody passes them on in place of what they return. */
const OTHERS = /^(?:FileContentError|isFileContentError|fileNotFound|(?:de|en)code\w+)$/;

const functions = Object.entries({
  ...api,
  ...testing,
  openTelemetry,
  prometheusMetrics,
  redisLimits,
  transferConsole,
}).filter(([name, value]) => typeof value === 'function' && !OTHERS.test(name));

test.each(functions)('%s that was not called is named, with its call', (name, value) => {
  expect(callOf(name)).toContain(`${name}(`);
  expect(describeKind(value)).toBe(`the function ${name}, which was not called; write ${callOf(name)}`);
});

test.each(functions)('the call of %s has what the function requires', async (name, value) => {
  const unknown = { unheardOf: 1 };
  const error: unknown = await Promise.resolve()
    .then(() => Reflect.apply(value as typeof api.openai, undefined, [unknown]))
    .catch((thrown: unknown) => thrown);
  const [, list] = /; write one of ([\w., ]+?)\. /.exec(String(error)) ?? [];
  const known = list?.split(', ') ?? [];
  const [, members = ''] = /\(\{ ([\w, ]+) \}\)$/.exec(callOf(name) ?? '') ?? [];
  const unlisted = members.split(', ').filter((member) => member !== '' && known.length > 1 && !known.includes(member));
  expect([name, unlisted]).toEqual([name, []]);
});

test('other functions have no call, also those with names of members of every object', () => {
  expect(describeKind(() => undefined)).toBe('a function');
  expect(['toString', 'constructor', '__proto__', ''].map(callOf)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
