import {
  FILE_CONTENT_ERROR_CODES,
  FileContentError,
  fileNotFound,
  isFileContentError,
  isSharedNotFound,
} from '../lib/errors';

/** What the contract says: code, status, does a repetition make sense. */
const TABLE = [
  ['invalid_file_id', 400, false],
  ['invalid_request', 400, false],
  ['body_not_allowed', 400, false],
  ['method_not_allowed', 405, false],
  ['file_not_found', 404, false],
  ['range_not_satisfiable', 416, false],
  ['rate_limited', 429, true],
  ['resolver_failed', 500, false],
  ['provider_unreachable', 502, true],
  ['provider_invalid_response', 502, false],
  ['provider_auth_failed', 502, false],
  ['provider_error', 502, true],
  ['too_large', 502, false],
  ['overloaded', 503, true],
  ['provider_timeout', 504, true],
  ['internal_error', 500, true],
  ['aborted', 499, true],
] as const;

describe('FileContentError', () => {
  it.each(['get', 'set', 'value', 'writable'])('can be made whatever "%s" on Object.prototype is', (name) => {
    let error: FileContentError | undefined;
    // Nothing else runs meanwhile: what loads a module or makes a report would fail, too.
    const descriptor = Object.assign(Object.create(null), { value: () => 'polluted', configurable: true });
    Object.defineProperty(Object.prototype, name, descriptor);
    try {
      error = fileNotFound({ cause: 'below' });
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    expect([isFileContentError(error), error && isSharedNotFound(error), error?.status]).toEqual([true, true, 404]);
  });

  it('has exactly the codes of the contract', () => {
    expect([...FILE_CONTENT_ERROR_CODES].sort()).toEqual(TABLE.map(([code]) => code).sort());
  });

  it.each(TABLE)('%s is a %i', (code, status, mayRetry) => {
    const error = new FileContentError(code, 'why');
    expect(error.status).toBe(status);
    expect(error.statusCode).toBe(status);
    expect(error.headers['x-should-retry']).toBe(mayRetry ? undefined : 'false');
    expect(error.toResponseBody()).toEqual({
      error: {
        message: 'why',
        type: expect.any(String),
        param: /file_not_found|invalid_file_id/.test(code) ? 'file_id' : null,
        code,
      },
    });
  });

  it('takes a status, headers, a cause and the members of the body', () => {
    const cause = new Error('below');
    const error = new FileContentError('provider_error', 'm', {
      status: 409,
      headers: { 'retry-after': '3' },
      provider: 'openai',
      cause,
      body: { param: 'p', code: 'c', type: 't' },
    });
    expect(error).toMatchObject({ status: 409, statusCode: 409, provider: 'openai', cause });
    expect(error.headers).toEqual({ 'retry-after': '3' });
    expect(error.toResponseBody().error).toEqual({ message: 'm', type: 't', param: 'p', code: 'c' });
  });

  it('takes undefined for left out, in the members of the body as well', () => {
    const nothing = { status: undefined, headers: undefined, provider: undefined, cause: undefined, body: undefined };
    const error = new FileContentError('file_not_found', 'm', nothing);
    expect(error).toEqual(new FileContentError('file_not_found', 'm'));
    expect([Object.hasOwn(error, 'cause'), error.provider]).toEqual([false, undefined]);
    const body = { type: undefined, param: undefined, code: undefined };
    expect(new FileContentError('file_not_found', 'm', { body }).body).toEqual(error.body);
  });

  it('lets a resolver that ran out of time be retried', () => {
    expect(new FileContentError('resolver_failed', 'm', { status: 504 }).headers).toEqual({});
  });

  it.each([399, 600, 200, 404.5, Number.NaN])('refuses the status %p', (status) => {
    expect(() => new FileContentError('provider_error', 'm', { status })).toThrow(TypeError);
  });

  it('refuses an unknown code, names of Object.prototype included', () => {
    for (const code of ['nope', 'toString', '__proto__']) {
      // @ts-expect-error: the compiler refuses it, too
      expect(() => new FileContentError(code, 'm')).toThrow(/unknown code .*write one of/);
    }
  });

  it('is frozen', () => {
    const headers = { 'retry-after': '1' };
    const error = new FileContentError('overloaded', 'm', { headers });
    headers['retry-after'] = '99';
    expect(error.headers['retry-after']).toBe('1');
    expect(Object.isFrozen(error.headers) && Object.isFrozen(error.body)).toBe(true);
  });
});

describe('isFileContentError', () => {
  it('knows an error of another copy of this package', () => {
    jest.isolateModules(() => {
      const copy = jest.requireActual<typeof import('../lib/errors')>('../lib/errors');
      const foreign = new copy.FileContentError('overloaded', 'm');
      expect(foreign).not.toBeInstanceOf(FileContentError);
      expect(isFileContentError(foreign)).toBe(true);
    });
  });

  it.each([[undefined], [null], ['overloaded'], [{}], [new Error('x')], [{ code: 'overloaded', status: 503 }]])(
    'refuses %p',
    (value) => {
      expect(isFileContentError(value)).toBe(false);
    },
  );
});

describe('fileNotFound', () => {
  it('has the same message for every kind of refusal', () => {
    const causes = [undefined, new Error('not yours')];
    const bodies = causes.map((cause) => JSON.stringify(fileNotFound({ cause }).toResponseBody()));
    expect(new Set(bodies).size).toBe(1);
  });
});
