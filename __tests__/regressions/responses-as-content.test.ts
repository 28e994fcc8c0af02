import { bufferedProvider, type LocatedProvider, type Provider } from '../../lib/index';
import { fakeProvider } from '../../lib/testing/index';
import { startGateway } from '../support/gateway';

/** The client's status, and the cause in the record. */
async function serve(provider: Provider) {
  await using gateway = await startGateway({ resolveProvider: () => provider });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  await response.text();
  const [record] = await gateway.recorded(1);
  return { status: response.status, cause: record?.error?.cause?.message };
}

const fetched = (fetchContent: () => unknown): Provider =>
  bufferedProvider({ name: 'held', fetchContent: fetchContent as () => never });

const RETURNED = 'provider held: fetchContent() must return';

describe('what fetchContent returns', () => {
  it("is not another client's response, whose error body would be sent as the file", async () => {
    await using held = await fakeProvider({ files: {} });
    const found = () => fetch(`${held.baseURL}/files/none/content`);
    const expected = `${RETURNED} { body, contentType, ... } of a file that is there, got`;
    expect(await serve(fetched(found))).toEqual({
      status: 500,
      cause: expect.stringContaining(`${expected} a Response; check its status and return its body`),
    });
    const asByUndici = async () => ({ statusCode: 404, headers: {}, body: (await found()).body });
    expect(await serve(fetched(asByUndici))).toEqual({
      status: 500,
      cause: expect.stringContaining(`${expected} an object with "statusCode"; check its status`),
    });
  });

  it.each<[string, unknown, string]>([
    ['a text', { body: 'hello' }, 'as "body", got a string; write Buffer.from(text).'],
    ['an ArrayBuffer', { body: new ArrayBuffer(1) }, 'as "body", got an ArrayBuffer; write Buffer.from(buffer).'],
    ['a Blob', { body: new Blob(['x']) }, 'got a Blob; write Buffer.from(await blob.arrayBuffer()).'],
    ['bytes alone', Buffer.from('x'), 'got bytes; write { body: bytes }.'],
    ['a text alone', 'hello', 'got a string; write { body: Buffer.from(text) }.'],
    ['another member', { data: Buffer.from('x') }, 'as "body", got an object with data.'],
  ])('is described: %s', async (_what, returned, got) => {
    const { cause } = await serve(fetched(() => returned));
    expect(cause).toContain(got);
    expect(cause).not.toContain('hello');
  });
});

it.each<[string, unknown, string]>([
  ['a text', 'https://a.test/x', 'locate() returned a string; write { url, headers }.'],
  ['a URL', new URL('https://a.test/x'), 'locate() returned a URL; write { url, headers }.'],
  ['nothing', undefined, 'locate() returned undefined; write { url, headers }.'],
  [
    'a POST',
    { url: 'https://a.test/x', method: 'POST' },
    'returned the "method" "POST", but the router sends GET or H',
  ],
])('what locate returns is described: %s', async (_what, returned, problem) => {
  const provider = { name: 'held', streaming: true, locate: () => returned } as object as LocatedProvider;
  expect(await serve(provider)).toEqual({ status: 500, cause: expect.stringContaining(problem) });
});
