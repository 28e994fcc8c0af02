import { encodeUnifiedFileId, type FileAccess, fileIdCodec, registryResolver } from '../../lib/index';
import { pollute } from '../support/pollution';
import { modelId, outcome, provider, resolve } from '../support/resolving';

const openai = provider('openai');
const fileIds = fileIdCodec({ keys: [Buffer.alloc(32, 7)] });
const FOREIGN = { tenant: 'acme', account: 'eu', provider: 'other', fileId: 'other', model: 'other' };
const managedId = encodeUnifiedFileId({
  mimeType: 'text/plain',
  unifiedId: 'u',
  targetModelNames: ['m'],
  outputFileId: 'f',
  outputFileModelId: 'm',
});

describe.each(Object.entries(FOREIGN))('P1: with %s on Object.prototype', (name, value) => {
  test.each([
    ['a plain id', 'file-1'],
    ['a model’s id', modelId('file-1', 'm')],
    ['a signed id', fileIds.encode({ provider: 'openai', fileId: 'file-1' })],
    ['a managed id', managedId],
  ])('%s leads where it did', async (_what, fileId) => {
    const asked: FileAccess[] = [];
    const resolver = registryResolver({
      providers: { openai },
      models: { m: { provider: 'openai' } },
      managedFiles: { lookup: () => ({ provider: 'openai', fileId: 'file-1' }) },
      fileIds,
      acceptedIds: ['plain', 'model', 'managed', 'signed'],
      authorize: (_req, access) => asked.push(access) > 0,
    });
    const expected = await resolve(resolver, { fileId });
    using _ = pollute({ [name]: value });
    const resolution = await resolve(resolver, { fileId });
    expect(JSON.stringify(resolution)).toBe(JSON.stringify(expected));
    expect(Object.keys(resolution)).toEqual(Object.keys(expected));
    // What the gate, and a function that makes providers, read off what they are given.
    const [before, after] = asked;
    expect([after?.account, after?.tenant, after?.model]).toEqual([before?.account, before?.tenant, before?.model]);
  });
});

test('a tenant on Object.prototype does not give access to a file that names no tenant', async () => {
  const options = { providers: { openai }, fileIds, tenant: () => 'acme' };
  const fileId = fileIds.encode({ provider: 'openai', fileId: 'file-1' });
  using _ = pollute({ tenant: 'acme' });
  expect(await outcome(registryResolver(options), { fileId })).toMatchObject({ status: 404 });
});

test('a foreign provider makes no model of an empty entry', () => {
  using _ = pollute({ provider: 'openai' });
  const options = { providers: { openai }, models: { m: {} } };
  expect(() => Reflect.apply(registryResolver, undefined, [options])).toThrow(/"models\.m" must be /);
});
