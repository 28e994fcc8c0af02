import { type BufferedContent, bufferedProvider, type FetchedProvider } from '../../lib';
import { startGateway } from '../support/gateway';
import { locateRequest } from '../support/locate-request';
import { rawRequest } from '../support/raw-client';

it('calls the function with the request, as a method of the options', async () => {
  const options = {
    name: 'reports',
    content: { body: Buffer.from('x'), contentType: 'text/csv' } as BufferedContent,
    async fetchContent(this: { content: BufferedContent }, { fileId }: { fileId: string }): Promise<BufferedContent> {
      return { ...this.content, filename: `${fileId}.csv` };
    },
  };
  const { name, fetchContent } = options;
  const provider = bufferedProvider({ name, fetchContent: fetchContent.bind(options) });
  expect(provider).toMatchObject({ name: 'reports', streaming: false });
  expect(Object.isFrozen(provider)).toBe(true);
  expect(await provider.fetchContent(locateRequest({ fileId: 'f' }))).toMatchObject({
    contentType: 'text/csv',
    filename: 'f.csv',
  });
});

it.each([
  [undefined, /"options" must be an object, got undefined/],
  [{ fetchContent: async () => ({ body: Buffer.alloc(0) }) }, /"name" must be a non-empty string, got undefined/],
  [{ name: 'x' }, /"fetchContent" must be a function, got undefined/],
  [{ name: 'x', fetchContent() {}, fetch() {} }, /unknown option "fetch"/],
])('refuses %p', (options, message) => {
  expect(() => bufferedProvider(options as never)).toThrow(message);
});

const atOnce = ({ fileId }: { fileId: string }): BufferedContent => ({ body: Buffer.from(fileId) });

it.each<[string, FetchedProvider]>([
  ['made by bufferedProvider', bufferedProvider({ name: 'reports', fetchContent: atOnce })],
  ['written down', { name: 'reports', streaming: false, fetchContent: atOnce }],
])('serves what a function returns without a promise, %s', async (_how, provider) => {
  await using app = await startGateway({ resolveProvider: () => provider });
  const { response } = await rawRequest(app.port);
  expect([response.status, response.body.toString()]).toEqual([200, 'file-1']);
});

it('responds if a function throws synchronously', async () => {
  const provider = bufferedProvider({
    name: 'reports',
    fetchContent: () => {
      throw new Error('detail');
    },
  });
  await using app = await startGateway({ resolveProvider: () => provider });
  const { response } = await rawRequest(app.port);
  expect(response.status).toBe(502);
  expect(await app.recorded(1)).toMatchObject([{ outcome: 'upstream_error', error: { cause: { message: 'detail' } } }]);
});
