import { type BufferedContent, bufferedProvider } from '../../lib';
import { locateRequest } from '../support/locate-request';

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
  [undefined, /expected an options object/],
  [{ fetchContent: async () => ({ body: Buffer.alloc(0) }) }, /name must be a non-empty string, got undefined/],
  [{ name: 'x' }, /fetchContent must be a function, got undefined/],
  [{ name: 'x', fetchContent() {}, fetch() {} }, /unknown option "fetch"/],
])('refuses %p', (options, message) => {
  expect(() => bufferedProvider(options as never)).toThrow(message);
});
