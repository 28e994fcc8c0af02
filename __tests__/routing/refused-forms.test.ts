import { fileIdCodec, type RegistryResolverOptions, registryResolver } from '../../lib/index';
import { startGateway } from '../support/gateway';

const provider = { name: 'held', streaming: true, locate: () => ({ url: 'http://127.0.0.1:9/' }) };
const fileIds = fileIdCodec({ keys: ['0'.repeat(64)] });

test.each<[string, Partial<RegistryResolverOptions>, number, string]>([
  [
    'a plain id where ids are signed',
    { fileIds },
    404,
    'ids of the form "plain" are not accepted; "acceptedIds" would a',
  ],
  [
    'a plain id where none is',
    { acceptedIds: ['model'] },
    400,
    'ids of the form "plain" are not accepted; "acceptedIds"',
  ],
  ['no default', {}, 400, '"defaultProvider" is false, or is not given and no provider is registered as "openai"'],
  ['a default of none', { defaultProvider: () => undefined }, 400, '"defaultProvider" returned none for it'],
])('the record says why a registry refuses %s', async (_what, options, status, cause) => {
  const resolveProvider = registryResolver({ providers: { held: provider }, ...options });
  await using gateway = await startGateway({ resolveProvider });
  const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
  expect(response.status).toBe(status);
  expect(await response.text()).not.toContain('acceptedIds');
  const [record] = await gateway.recorded(1);
  expect(record?.error?.cause?.message).toContain(cause);
});
