import { createFileContentRouter, openaiCompatible } from '../../lib/index';
import { type RecordingAdapter, recordingAdapter } from '../../lib/testing/index';
import { record, START } from '../support/records';

const NEVER = { timeoutMs: 1 };

test('is accepted as a logger, alone and among others', () => {
  const resolveProvider = () => openaiCompatible({ name: 'fake', baseURL: 'http://127.0.0.1:9/v1' });
  createFileContentRouter({ resolveProvider, logger: recordingAdapter() });
  createFileContentRouter({ resolveProvider, logger: [recordingAdapter(), recordingAdapter()] });
});

test('keeps starts and records in order', async () => {
  const log = recordingAdapter();
  log.started(START);
  log.finished(record('completed'));
  log.finished(record('upstream_error'));
  expect(log.starts).toEqual([START]);
  expect(log.records.map(({ outcome }) => outcome)).toEqual(['completed', 'upstream_error']);
  expect(await log.started()).toEqual([START]);
  // All records so far, so that a record too many is noticed.
  expect(await log.finished(1)).toHaveLength(2);
});

test('waits until so many have finished', async () => {
  const log = recordingAdapter();
  const waiting = log.finished(2);
  const first = log.finished();
  log.finished(record('completed'));
  expect(await first).toHaveLength(1);
  log.finished(record('rejected'));
  expect((await waiting).map(({ outcome }) => outcome)).toEqual(['completed', 'rejected']);
});

test('waits until so many have started', async () => {
  const log = recordingAdapter();
  const waiting = log.started(1);
  log.started(START);
  expect(await waiting).toEqual([START]);
});

test('resolves with a copy that later records do not change', async () => {
  const log = recordingAdapter();
  log.finished(record('completed'));
  const given = await log.finished();
  log.finished(record('completed'));
  expect(given).toHaveLength(1);
});

test('rejects with a list of what has been recorded when the time is over', async () => {
  const log = recordingAdapter();
  await expect(log.started(1, NEVER)).rejects.toThrow(
    new Error('recordingAdapter: 0 of 1 transfers started within 1 ms: none'),
  );
  log.finished(record('completed', { fileId: 'file-9' }));
  await expect(log.finished(2, NEVER)).rejects.toThrow(
    new Error('recordingAdapter: 1 of 2 transfers finished within 1 ms: GET file-9 completed'),
  );
});

test('forgets on clear(), and counts anew', async () => {
  const log = recordingAdapter();
  log.started(START);
  log.finished(record('completed'));
  log.clear();
  expect([log.starts, log.records]).toEqual([[], []]);
  await expect(log.finished(1, NEVER)).rejects.toThrow(/0 of 1 transfers finished/);
});

test.each([-1, 1.5, Number.NaN, 'one'])('finished(%p) is a TypeError', async (count) => {
  const log: RecordingAdapter = recordingAdapter();
  await expect(log.finished(count as number)).rejects.toThrow(
    /^recordingAdapter\.finished: "count" must be a number of transfers, got /,
  );
});
