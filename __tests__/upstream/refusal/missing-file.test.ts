import { type LocatedProvider, openaiCompatible } from '../../../lib/index';
import { startGateway } from '../../support/gateway';
import { answer, startRawProvider } from '../../support/raw-provider';

const KEY = 'sk-canary-0123456789';

interface Answer {
  readonly body: string;
  readonly path?: string;
  readonly method?: string;
  readonly provider?: (baseURL: string) => LocatedProvider;
}

/** The client's response and the record's cause, where the provider answers with 404. */
async function missing({ body, path = '', method = 'GET', provider: make }: Answer) {
  await using provider = await startRawProvider(({ send }) =>
    send(answer(method === 'HEAD' ? '' : body, [], '404 Not Found')),
  );
  const baseURL = `${provider.origin}${path}`;
  const held = make?.(baseURL) ?? openaiCompatible({ name: 'held', baseURL, apiKey: KEY });
  await using gateway = await startGateway({ resolveProvider: () => held });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`, { method });
  const text = await response.text();
  const [record] = await gateway.recorded(1);
  return { status: response.status, text, cause: record?.error?.cause?.message };
}

const openAIError = (message: string): string => JSON.stringify({ error: { message, type: 'invalid_request_error' } });

const HINT = '. It does not know this path: compare "baseURL" with the address in its documentation';

test.each<[string, Answer, string]>([
  [
    'OpenAI, without /v1',
    { body: openAIError('Invalid URL (GET /files/file-1/content)') },
    ` to /files/file-1/content: "Invalid URL (GET /files/file-1/content)"${HINT}`,
  ],
  ['FastAPI', { body: '{"detail":"Not Found"}', path: '/v2' }, ` to /v2/files/file-1/content: "Not Found"${HINT}`],
  ['Go', { body: '404 page not found\n' }, ` to /files/file-1/content: "404 page not found"${HINT}`],
  [
    'a server of JSON that ends like Express',
    { body: '{"message":"Cannot GET /v1/files/files/file-1/content"}', path: '/v1/files' },
    ` to /v1/files/files/file-1/content: "Cannot GET /v1/files/files/file-1/content"${HINT}`,
  ],
  ['a website', { body: '<!DOCTYPE html><title>Oops</title>' }, ' to /files/file-1/content, with a page of HTML'],
  [
    'a file that is missing',
    { body: openAIError('No such File object: file-1'), path: '/v1' },
    ' to /v1/files/file-1/content: "No such File object: file-1"',
  ],
  ['a body without words', { body: '{"a":1}' }, ' to /files/file-1/content'],
  ['HEAD', { body: 'never sent', method: 'HEAD' }, ' to /files/file-1/content'],
  [
    'a text with the key, and a query with a signature',
    { body: openAIError(`No file for ${KEY}`), path: '/v1?sig=0123456789abcdef' },
    ' to /v1/files/file-1/content: "No file for [redacted]"',
  ],
  ['a long text', { body: openAIError('x'.repeat(1_000)) }, ` to /files/file-1/content: "${'x'.repeat(300)}"`],
])('the record has the path of a 404 and what was said about it: %s', async (_what, given, cause) => {
  expect(await missing(given)).toMatchObject({ status: 404, cause: `held answered with status 404${cause}` });
});

test('the client gets none of it', async () => {
  const { text } = await missing({ body: openAIError('Invalid URL (GET /files/file-1/content)') });
  expect(JSON.parse(text).error.message).toBe('No file was found with the id "file-1".');
});

test("the words may be the provider's translateRefusal's", async () => {
  const provider = (baseURL: string): LocatedProvider => ({
    ...openaiCompatible({ name: 'held', baseURL }),
    translateRefusal: () => ({ message: 'gone since March' }),
  });
  expect(await missing({ body: '', provider })).toMatchObject({
    cause: 'held answered with status 404 to /files/file-1/content: "gone since March"',
  });
});
