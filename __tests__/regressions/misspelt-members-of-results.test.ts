import { FileContentError } from '../../lib/index';
import { startGateway } from '../support/gateway';
import { rawRequest } from '../support/raw-client';

const URL_OF_CONTENT = 'http://127.0.0.1:9/';

test.each([
  [
    'a located URL',
    { streaming: true, locate: () => ({ url: URL_OF_CONTENT, header: {} }) },
    '"header". Did you mean `headers`?',
  ],
  [
    'a content',
    { streaming: false, fetchContent: async () => ({ body: Buffer.from(''), content_type: 'text/csv' }) },
    '"content_type". Did you mean `contentType`?',
  ],
])('a misspelt member of %s is a 500, and the record names it', async (_what, members, expected) => {
  const provider = { name: 'own', ...members };
  await using gateway = await startGateway({ resolveProvider: () => Reflect.apply(Object, undefined, [provider]) });
  expect((await rawRequest(gateway.port)).response.status).toBe(500);
  expect(await gateway.recorded(1)).toMatchObject([
    { outcome: 'resolver_failed', error: { cause: { message: expect.stringContaining(expected) } } },
  ]);
});

test('misspelt options of an error are a TypeError', () => {
  const make = () => Reflect.construct(FileContentError, ['overloaded', 'Later.', { header: { 'retry-after': '1' } }]);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(/unknown option "header"\. Did you mean `headers`\? See /);
});
