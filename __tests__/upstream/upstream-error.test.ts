import {
  afterHead,
  beforeHead,
  invalidResponse,
  timedOut,
  tooLarge,
  truncated,
} from '../../lib/upstream/upstream-error';

function failure(code?: string): Error {
  return Object.assign(new Error('broken'), code === undefined ? {} : { code });
}

const INVALID = 'The provider sent a response that cannot be passed on.';

describe('a failure before the head', () => {
  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'XHPE_', undefined])(
    '%s means that the provider could not be reached',
    (code) => {
      const cause = failure(code);
      const error = beforeHead(cause, 'held', 0);
      expect(error).toMatchObject({
        code: 'provider_unreachable',
        message: 'The provider could not be reached.',
        provider: 'held',
        headers: {},
      });
      expect(error.cause).toBe(cause);
    },
  );

  it.each<[string, number]>([
    ['HPE_INVALID_CONSTANT', 0],
    ['ERR_HTTP_INVALID_STATUS_CODE', 0],
    ['ECONNRESET', 1],
  ])('%s after %i bytes means that there is no response', (code, receivedBytes) => {
    const cause = failure(code);
    const error = beforeHead(cause, 'held', receivedBytes);
    expect(error).toMatchObject({ code: 'provider_invalid_response', message: INVALID, provider: 'held' });
    expect(error.cause).toBe(cause);
  });
});

describe('a failure after the head', () => {
  it.each(['HPE_INVALID_CHUNK_SIZE', 'ERR_HTTP_INVALID_STATUS_CODE'])('%s is the response’s own', (code) => {
    const cause = failure(code);
    const { error, outcome } = afterHead(cause, 'held');
    expect(outcome).toBe('upstream_invalid');
    expect(error).toMatchObject({ code: 'provider_invalid_response', message: INVALID, provider: 'held' });
    expect(error.headers).toEqual({ 'x-should-retry': 'false' });
    expect(error.cause).toBe(cause);
  });

  it.each(['ECONNRESET', undefined])('%s has cut it', (code) => {
    const cause = failure(code);
    const { error, outcome } = afterHead(cause, 'held');
    expect(outcome).toBe('upstream_truncated');
    expect(error).toEqual(truncated('held', cause));
    expect(error.cause).toBe(cause);
  });
});

test('a truncated response may be asked for again', () => {
  expect(truncated('held', 'cut')).toMatchObject({
    code: 'provider_invalid_response',
    message: "The provider's response ended before the whole content had arrived.",
    provider: 'held',
    headers: { 'x-should-retry': 'true' },
    cause: 'cut',
  });
});

test('a reason in words becomes an error, any other cause stays what it is', () => {
  expect(invalidResponse('held', 'status 302').cause).toEqual(new Error('status 302'));
  const cause = { not: 'an error' };
  expect(invalidResponse('held', cause).cause).toBe(cause);
});

test('a timeout says what was waited for, and for whom where that is known', () => {
  const message = 'The provider did not answer in time (connecting).';
  expect(timedOut('held', 'connecting')).toMatchObject({ code: 'provider_timeout', message, provider: 'held' });
  expect(timedOut(undefined, 'connecting')).toMatchObject({ code: 'provider_timeout', message });
  expect(timedOut(undefined, 'connecting').provider).toBeUndefined();
});

test('a file that is too large is measured against the limit', () => {
  expect(tooLarge('held', 10)).toMatchObject({
    code: 'too_large',
    message: 'The file is larger than this gateway passes on (10 bytes).',
    provider: 'held',
  });
});
