import * as api from '../../lib/index';

const resolveProvider = () => undefined;

test.each([
  [{ maxBytes: 1 }, 'unknown option "maxBytes". Did you mean `limits.maxBytes` or `buffer.maxBytes`?'],
  [{ maxConcurrent: 1 }, 'unknown option "maxConcurrent". Did you mean `limits.maxConcurrent`?'],
  [{ idle: 1 }, 'unknown option "idle". Did you mean `timeouts.idle`?'],
  [{ retries: 1 }, 'unknown option "retries". Did you mean `buffer.retries`?'],
  [{ timeout: 1 }, 'unknown option "timeout". Did you mean `timeouts`?'],
])('%j of the router is looked for in the groups', (options, message) => {
  expect(() => Reflect.apply(api.createFileContentRouter, undefined, [{ resolveProvider, ...options }])).toThrow(
    message,
  );
});

test("options of the groups' names stay the router's", () => {
  expect(() => api.createFileContentRouter({ resolveProvider, headers: { request: ['x-a'] } })).not.toThrow();
});

test.each([
  [{ timeout: 1 }, 'unknown option "timeout"; `timeouts` is an option of createFileContentRouter.'],
  [{ httpAgent: {} }, 'unknown option "httpAgent"; `agents` is an option of createFileContentRouter.'],
  [{ logger: {} }, 'unknown option "logger"; `logger` is an option of createFileContentRouter.'],
  [{ defaultHeaders: {} }, 'unknown option "defaultHeaders". Did you mean `headers`?'],
  [{ key: 'k' }, 'unknown option "key". Did you mean `apiKey`?'],
])('%j of an SDK is said to be elsewhere', (options, message) => {
  expect(() => Reflect.apply(api.openai, undefined, [{ apiKey: 'k', ...options }])).toThrow(`openai: ${message}`);
});

test('two options of other names get a hint for one of them', () => {
  expect(() => Reflect.apply(api.openai, undefined, [{ key: 'k', url: 'https://a.test' }])).toThrow(
    'openai: unknown option "key". Did you mean `apiKey`?',
  );
});
