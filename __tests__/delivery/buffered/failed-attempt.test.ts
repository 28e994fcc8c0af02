import { FailedAttempt } from '../../../lib/delivery/buffered/failed-attempt';
import { FileContentError } from '../../../lib/errors';
import { RequestFailure } from '../../../lib/upstream/upstream-error';

const UNREACHABLE = 'The provider could not be reached.';
const REFUSED = new FileContentError('provider_error', 'No.');

function failedWith(code: string | undefined): Error {
  return code === undefined ? new Error('no code') : Object.assign(new Error(code), { code });
}

/** The provider was not reached, for the reason that `code` names. */
function unreachable(code: string | undefined): FailedAttempt {
  const error = new FileContentError('provider_unreachable', UNREACHABLE, { cause: failedWith(code) });
  return FailedAttempt.of(new RequestFailure(error, {}));
}

/** The shortest and the longest of many pauses before the next attempt. */
function pausesOf(attempt: FailedAttempt, repetitions: number): [number, number] {
  const pauses = Array.from({ length: 1000 }, () => attempt.pauseMs(repetitions) ?? Number.NaN);
  return [Math.min(...pauses), Math.max(...pauses)];
}

describe('before the head', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ])('%s may be retried', (code) => {
    expect(unreachable(code).pauseMs(0)).toBeGreaterThan(0);
  });

  test.each(['ENOTFOUND', 'CERT_HAS_EXPIRED', undefined])('%s may not', (code) => {
    expect(unreachable(code).pauseMs(0)).toBeUndefined();
  });

  test('an invalid response is not retried, even if the connection was reset', () => {
    const invalid = new FileContentError('provider_invalid_response', 'Nonsense.', { cause: failedWith('ECONNRESET') });
    expect(FailedAttempt.of(new RequestFailure(invalid, {})).pauseMs(0)).toBeUndefined();
  });

  test('it has the outcome of its error', () => {
    expect(unreachable('EPIPE')).toMatchObject({
      outcome: 'upstream_unreachable',
      error: { code: 'provider_unreachable' },
      message: UNREACHABLE,
    });
  });
});

describe('after the head', () => {
  test('a body that broke off may be retried', () => {
    const attempt = FailedAttempt.afterHead(failedWith('ECONNRESET'), 'test');
    expect(attempt).toMatchObject({ outcome: 'upstream_truncated' });
    expect(attempt.pauseMs(0)).toBeGreaterThan(0);
  });

  test('what the parser found wrong may not', () => {
    const attempt = FailedAttempt.afterHead(failedWith('HPE_INVALID_CHUNK_SIZE'), 'test');
    expect(attempt.outcome).toBe('upstream_invalid');
    expect(attempt.pauseMs(0)).toBeUndefined();
  });
});

describe('a refusal', () => {
  test('is one by its status and its headers', () => {
    const refusal = { status: 503, headers: { 'retry-after-ms': '10' } };
    const attempt = FailedAttempt.of(new RequestFailure(REFUSED, { refusal }));
    expect(attempt).toMatchObject({ outcome: 'upstream_error', error: REFUSED });
    expect(attempt.pauseMs(0)).toBe(10);
  });

  test.each([408, 500, 502, 503, 504])('%d may be retried', (status) => {
    const attempt = FailedAttempt.refused(REFUSED, status, {});
    expect(attempt).toMatchObject({ outcome: 'upstream_error' });
    expect(attempt.pauseMs(0)).toBeGreaterThan(0);
  });

  test.each([400, 401, 403, 404, 409, 429, 501, 505])('%d may not', (status) => {
    expect(FailedAttempt.refused(REFUSED, status, {}).pauseMs(0)).toBeUndefined();
  });

  test.each([400, 404, 501])('%d may not, whatever time it names', (status) => {
    expect(FailedAttempt.refused(REFUSED, status, { 'retry-after': '1' }).pauseMs(0)).toBeUndefined();
  });

  test.each(['', 'yes', 'TRUE'])('x-should-retry: %j changes nothing', (value) => {
    expect(FailedAttempt.refused(REFUSED, 503, { 'x-should-retry': value }).pauseMs(0)).toBeGreaterThan(0);
    expect(FailedAttempt.refused(REFUSED, 404, { 'x-should-retry': value }).pauseMs(0)).toBeUndefined();
  });

  test.each([400, 409, 429, 501, 503])('x-should-retry: true is obeyed at status %d', (status) => {
    expect(FailedAttempt.refused(REFUSED, status, { 'x-should-retry': 'true' }).pauseMs(0)).toBeGreaterThan(0);
  });

  test('x-should-retry: false is obeyed, also beside a time to wait', () => {
    const headers = { 'x-should-retry': 'false', 'retry-after': '1' };
    for (const status of [429, 503]) expect(FailedAttempt.refused(REFUSED, status, headers).pauseMs(0)).toBeUndefined();
  });
});

describe('the pause', () => {
  test.each([
    [0, 250],
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [4, 2_000],
    [9, 2_000],
  ])('after %d repetitions it is up to %d ms, spread over its upper half', (repetitions, longest) => {
    const [shortest, found] = pausesOf(FailedAttempt.refused(REFUSED, 503, {}), repetitions);
    expect(shortest).toBeGreaterThanOrEqual(longest / 2);
    expect(shortest).toBeLessThan(longest * 0.6);
    expect(found).toBeGreaterThan(longest * 0.9);
    expect(found).toBeLessThanOrEqual(longest);
  });

  test.each([
    [{ 'retry-after-ms': '10' }, 10],
    [{ 'retry-after-ms': '12.25' }, 12.25],
    [{ 'retry-after-ms': '1.5', 'retry-after': '60' }, 1.5],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1' }, 1_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '1000' }, 1_000],
    [{ 'retry-after-ms': 'soon', 'retry-after': '1' }, 1_000],
    [{ 'retry-after-ms': '10 ', 'retry-after': '1' }, 1_000],
    [{ 'retry-after-ms': ' 10', 'retry-after': '1' }, 1_000],
    [{ 'retry-after-ms': '1.', 'retry-after': '1' }, 1_000],
    [{ 'retry-after-ms': '-1', 'retry-after': '1' }, 1_000],
    [{ 'retry-after': 'Sun, 01 Mar 2026 10:00:00 GMT' }, 0],
  ])('of %j is %d ms', (headers, pauseMs) => {
    for (const status of [429, 503]) expect(FailedAttempt.refused(REFUSED, status, headers).pauseMs(7)).toBe(pauseMs);
  });

  test('until a date is the time until then', () => {
    jest.useFakeTimers({ now: Date.parse('2026-03-01T10:00:00Z') });
    try {
      const headers = { 'retry-after': 'Sun, 01 Mar 2026 10:00:01 GMT' };
      expect(FailedAttempt.refused(REFUSED, 429, headers).pauseMs(0)).toBe(1_000);
    } finally {
      jest.useRealTimers();
    }
  });

  test.each([
    { 'retry-after': '3' },
    { 'retry-after': '3600' },
    { 'retry-after-ms': '2000.1' },
    { 'retry-after-ms': '50000' },
    { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() },
  ])('of %j is too long: the client is told to wait', (headers) => {
    for (const status of [429, 503]) expect(FailedAttempt.refused(REFUSED, status, headers).pauseMs(0)).toBeUndefined();
  });

  test('of a rate limit is half as long at most', () => {
    const headers = { 'retry-after-ms': '1500' };
    expect(FailedAttempt.refused(REFUSED, 503, headers).pauseMs(0)).toBe(1_500);
    expect(FailedAttempt.refused(REFUSED, 429, headers).pauseMs(0)).toBeUndefined();
  });

  test.each([
    [429, 600, 400],
    [503, 1_600, 400],
  ])('at status %d after %d ms of pauses is %d ms at most', (status, pausedMs, left) => {
    const asked = (ms: number) => FailedAttempt.refused(REFUSED, status, { 'retry-after-ms': String(ms) });
    expect(asked(left).pauseMs(1, pausedMs)).toBe(left);
    expect(asked(left + 1).pauseMs(1, pausedMs)).toBeUndefined();
  });

  test.each(['soon', '1x', 'x1', '-1', '1.', '1 Jan 2026'])(
    'of Retry-After: %j is as if nothing had been asked',
    (value) => {
      const headers = { 'retry-after': value };
      expect(FailedAttempt.refused(REFUSED, 429, headers).pauseMs(0)).toBeUndefined();
      expect(pausesOf(FailedAttempt.refused(REFUSED, 503, headers), 0)[1]).toBeGreaterThan(200);
    },
  );
});
