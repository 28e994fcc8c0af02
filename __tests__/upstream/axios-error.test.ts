import { AxiosError } from 'axios';
import { plainError } from '../../lib/upstream/axios-error';

function failure(message: string, code?: string): Error {
  return Object.assign(new Error(message), { secret: 'sk-provider' }, code === undefined ? {} : { code });
}

/** What axios makes of the failure of a request. */
function fromAxios(cause: Error | undefined, message = 'of axios', code = 'ERR_BAD_RESPONSE'): AxiosError {
  const error = new AxiosError(message, code);
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Message and code, which is all that there is. */
function shown(error: unknown): { message: string; code?: unknown } {
  const plain = plainError(error);
  const own = Object.getOwnPropertyNames(plain).filter((name) => !['message', 'stack', 'code'].includes(name));
  expect([own, plain.name, plain.cause]).toEqual([[], 'Error', undefined]);
  expect(plain).not.toBe(error);
  return { message: plain.message, ...('code' in plain && { code: plain.code }) };
}

test.each<[string, unknown, object]>([
  ['an error', failure('reset', 'ECONNRESET'), { message: 'reset', code: 'ECONNRESET' }],
  ['an error without a code', failure('odd'), { message: 'odd' }],
  [
    'the cause of what axios throws',
    fromAxios(failure('reset', 'ECONNRESET')),
    { message: 'reset', code: 'ECONNRESET' },
  ],
  [
    'a cause without a code, with that of axios',
    fromAxios(failure('odd')),
    { message: 'odd', code: 'ERR_BAD_RESPONSE' },
  ],
  ['what axios throws of itself', fromAxios(undefined), { message: 'of axios', code: 'ERR_BAD_RESPONSE' }],
  [
    'an error of ours that another caused',
    new Error('mine', { cause: failure('not mine', 'E1') }),
    { message: 'mine' },
  ],
  [
    'the first of several failures to connect',
    Object.assign(new AggregateError([failure('first', 'ECONNREFUSED'), failure('second', 'ETIMEDOUT')]), {
      code: 'ECONNREFUSED',
    }),
    { message: 'first', code: 'ECONNREFUSED' },
  ],
  [
    'the first of several, which has no code of its own',
    fromAxios(new AggregateError([failure('first')]), 'of axios', 'ENETUNREACH'),
    { message: 'first', code: 'ENETUNREACH' },
  ],
  ['several that are none', new AggregateError(['first'], 'all'), { message: 'all' }],
  ['no several', new AggregateError([], 'all'), { message: 'all' }],
  [
    'several that are no list',
    Object.assign(new Error('all'), { errors: { 0: failure('first') } }),
    { message: 'all' },
  ],
  ['what is no error', 'reset', { message: 'The request failed.' }],
  ['nothing', undefined, { message: 'The request failed.' }],
  ['an object', { message: 'm', code: 'E1', errors: [failure('first')] }, { message: 'The request failed.' }],
])('of %s', (_name, error, expected) => {
  expect(shown(error)).toEqual(expected);
});
