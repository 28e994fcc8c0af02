import fc from 'fast-check';
import { encodeUnifiedFileId, fileIdCodec, registryResolver } from '../../lib/index';
import { modelId, outcome, provider } from '../support/resolving';

const fileIds = fileIdCodec({ keys: [Buffer.alloc(32, 3)] });
const foreign = fileIdCodec({ keys: [Buffer.alloc(32, 4)] });
const names = new Set(['openai', 'azure']);

const options = {
  providers: { openai: provider('openai'), azure: provider('azure') },
  models: { m: { provider: 'azure' } },
  managedFiles: { lookup: () => undefined },
};
const resolvers = [
  registryResolver(options),
  registryResolver({ ...options, fileIds }),
  registryResolver({ ...options, fileIds, acceptedIds: ['plain', 'model', 'managed', 'signed'] }),
  registryResolver({ ...options, authorize: () => false }),
];

const name = fc.oneof(
  fc.constantFrom('openai', 'azure', 'm', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 's3://b/k', '..'),
  fc.string({ unit: 'binary' }),
);
const field = fc.string({ minLength: 1 }).filter((text) => !/[;,]/.test(text));
const id = fc.oneof(
  fc.string({ unit: 'binary' }),
  name,
  fc.base64String().map((text) => `file-${text}`),
  fc.base64String().map((text) => `file-fc1_${text.replaceAll('=', '')}`),
  fc
    .tuple(fc.string({ minLength: 1 }), name)
    .filter(([, model]) => model !== '' && !model.includes(';model,') && !/\p{Surrogate}/u.test(model))
    .map(([fileId, model]) => modelId(fileId, model)),
  fc.tuple(field, field).map(([provider_, fileId]) => foreign.encode({ provider: provider_, fileId })),
  field.map((text) =>
    encodeUnifiedFileId({
      mimeType: text,
      unifiedId: text,
      targetModelNames: [text],
      outputFileId: text,
      outputFileModelId: text,
    }),
  ),
);
const value = fc.oneof(name, fc.array(name), fc.dictionary(fc.string(), name));

test('whatever a client writes, it gets a registered provider, a 400 or a 404', async () => {
  const asked = fc.record({
    fileId: id,
    query: fc.dictionary(fc.constantFrom('model', 'provider', 'custom_llm_provider', '__proto__', 'x'), value),
    headers: fc.dictionary(fc.constantFrom('x-litellm-model', 'custom-llm-provider', 'authorization'), name),
    params: fc.dictionary(fc.constantFrom('provider', '__proto__', 'other'), name),
  });
  await fc.assert(
    fc.asyncProperty(asked, fc.nat(resolvers.length - 1), async (request, index) => {
      const result = await outcome(resolvers[index]!, request);
      if (result.status === 200) expect(names).toContain(JSON.parse(result.message).provider.name);
      else expect([400, 404]).toContain(result.status);
    }),
    { numRuns: 1000 },
  );
});
