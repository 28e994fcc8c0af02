import { encodeUnifiedFileId, registryResolver } from '../../lib/index';
import { modelId, provider, resolve } from '../support/resolving';

const A = provider('shared');
const B = provider('shared');
const CLASH = /has the name "shared", which is another provider's: "authorize" could not tell them apart/;

test.each([
  ['two models', { providers: {}, models: { a: { provider: A }, b: { provider: B } } }],
  ['a model and a registered provider', { providers: { shared: A }, models: { b: { provider: B } } }],
  ['a model and a registered function', { providers: { shared: () => A }, models: { b: { provider: B } } }],
])('%s with two providers of one name are refused at construction', (_what, options) => {
  expect(() => registryResolver(options)).toThrow(TypeError);
  expect(() => registryResolver(options)).toThrow(CLASH);
});

test('one provider may be the deployment of several models, and have its registered name', async () => {
  const resolver = registryResolver({
    providers: { shared: A },
    models: { a: { provider: A }, b: { provider: A }, c: { provider: 'shared' } },
  });
  for (const model of ['a', 'b', 'c']) {
    expect((await resolve(resolver, { fileId: modelId('file-1', model) })).provider).toBe(A);
  }
});

test.each([
  ['a registered provider', { shared: A }],
  ['an earlier model', {}],
])('a looked-up model with another provider of the name of %s is refused', async (_what, providers) => {
  const resolver = registryResolver({ providers, models: (model) => ({ provider: model === 'a' ? A : B }) });
  await resolve(resolver, { fileId: modelId('file-1', 'a') });
  await expect(resolve(resolver, { fileId: modelId('file-1', 'b') })).rejects.toThrow(CLASH);
});

test('a looked-up model may have its provider made for each request', async () => {
  const resolver = registryResolver({ providers: {}, models: () => ({ provider: provider('fresh') }) });
  for (let time = 0; time < 2; time += 1) await resolve(resolver, { fileId: modelId('file-1', 'a') });
});

test('managed files with two providers of one name are refused', async () => {
  const id = (unifiedId: string) =>
    encodeUnifiedFileId({
      mimeType: 'text/plain',
      unifiedId,
      targetModelNames: [],
      outputFileId: 'None',
      outputFileModelId: 'None',
    });
  const resolver = registryResolver({
    providers: {},
    managedFiles: { lookup: ({ unifiedId }) => ({ provider: unifiedId === 'a' ? A : B, fileId: 'file-1' }) },
  });
  await resolve(resolver, { fileId: id('a') });
  await expect(resolve(resolver, { fileId: id('b') })).rejects.toThrow(CLASH);
  await resolve(resolver, { fileId: id('a') });
});
