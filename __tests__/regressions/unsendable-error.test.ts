import { FileContentError, type FileContentErrorOptions, openaiCompatible } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

/**
 * An error whose headers or body cannot be sent became an unhandled rejection, which ends the process, and no answer.
 */
describe('a FileContentError that cannot be sent', () => {
  it.each<[string, FileContentErrorOptions]>([
    ['a line break in a header', { headers: { 'x-reason': 'a\r\nX-Injected: 1' } }],
    ['a header that frames the message', { headers: { 'Transfer-Encoding': 'chunked' } }],
    ['no header name', { headers: { 'x reason': 'a' } }],
  ])('is a TypeError where it is made: %s', (_what, options) => {
    expect(() => new FileContentError('rate_limited', 'Later.', options)).toThrow(TypeError);
  });

  const unsendable = (): FileContentError => {
    const error = new FileContentError('rate_limited', 'Later.');
    // As another version of the package, whose class checks less, could make it.
    Object.defineProperty(error, 'headers', { value: { 'x-reason': 'a\r\nX-Injected: 1' } });
    return error;
  };
  const unprintable = (): FileContentError => {
    const error = new FileContentError('rate_limited', 'Later.');
    Object.defineProperty(error, 'toResponseBody', { value: () => ({ error: { message: 10n } }) });
    return error;
  };

  it.each([
    ['headers', unsendable],
    ['a body', unprintable],
  ])('is a 500 where another copy of the package made it: %s', async (_what, make) => {
    await using app = await startGateway({
      resolveProvider() {
        throw make();
      },
    });
    const { response, bytes } = await rawRequest(app.port);
    expect(response.status).toBe(500);
    expect(JSON.parse(response.body.toString())).toMatchObject({ error: { code: 'internal_error' } });
    expect(bytes.includes('X-Injected')).toBe(false);
    expect(await app.recorded(1)).toHaveLength(1);
  });

  it('neither is a context that throws when it is read', async () => {
    const held = openaiCompatible({ name: 'held', baseURL: 'http://127.0.0.1:9' });
    const context = Object.defineProperty({}, 'secret', {
      enumerable: true,
      get() {
        throw new Error('not for you');
      },
    });
    await using app = await startGateway({ resolveProvider: () => ({ provider: held, context }) });
    const { response } = await rawRequest(app.port);
    expect(response.status).toBe(500);
    const [record] = await app.recorded(1);
    expect(record).toMatchObject({ outcome: 'resolver_failed', error: { cause: { message: 'not for you' } } });
  });
});
