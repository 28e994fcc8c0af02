import { measureTransfers } from '../../lib/integrations/transfer-measures';
import { TransferFacts } from '../../lib/transfer/facts';
import { record } from '../support/records';

afterEach(() => {
  jest.restoreAllMocks();
});

test('times are measured to the microsecond', () => {
  let now = 0.1;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const facts = new TransferFacts('file-1');
  now += 816.847_215_000_000_1;
  facts.wrote(Buffer.from('content'));
  now += 0.1;
  expect(facts.firstByteMs).toBe(816.847);
  expect(facts.ageMs).toBe(816.947);
});

test('seconds in metrics have no more decimals than the record', () => {
  const measured = new Map<string, number>();
  const { finished } = measureTransfers((name, value) => void measured.set(name, value), []);
  // Divided by 1000, these would be 0.009999000000000001 and 0.017300999999999997.
  finished(record('completed', { firstByteMs: 9.999, durationMs: 17.301 }));
  expect([measured.get('firstByte'), measured.get('duration')]).toEqual([0.009999, 0.017301]);
});
