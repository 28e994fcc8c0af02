import {
  decodeModelFileId,
  decodeRoutedId,
  decodeUnifiedFileId,
  encodeModelFileId,
  encodeUnifiedFileId,
  type ManagedFileId,
  registryResolver,
} from '../../../lib';
import ids from '../../support/litellm-ids.json';
import { outcome, provider, resolve } from '../../support/resolving';

const NOT_FOUND = { status: 404, code: 'file_not_found', message: 'No such file.' };
const names = ['openai', 'azure', 'gemini', 'vertex_ai'];
const providers = Object.fromEntries(names.map((name) => [name, provider(name)]));
const deployment = provider('deployment');

it.each(ids.model)('a model-encoded id is read as LiteLLM meant it: $fileId, $model', ({ id, fileId, model }) => {
  expect(decodeModelFileId(id)).toEqual({ fileId, model });
  const isOfBatch = id.startsWith('batch_') && !fileId.startsWith('batch_');
  expect(encodeModelFileId({ fileId, model })).toBe(isOfBatch ? id.replace('batch_', 'file-') : id);
});

it('LiteLLM itself cuts a model at its first semicolon; everything else it reads as this package does', () => {
  const others = ids.model.filter(({ fileId, model, litellmReads }) => {
    return litellmReads.fileId !== fileId || litellmReads.model !== model;
  });
  expect(others.map(({ model, litellmReads }) => [model, litellmReads.model])).toEqual([['team;model', 'team']]);
});

describe.each([
  ...ids.video.map(({ fileId, ...rest }) => ({ ...rest, kind: 'video', native: fileId })),
  ...ids.container.map(({ containerId, ...rest }) => ({ ...rest, kind: 'container', native: containerId })),
])('the $kind id of $provider, $model, $native', ({ id, provider: name, model, native }) => {
  it('is read as LiteLLM meant it, with and without its padding', () => {
    const expected = { provider: name ?? undefined, model: model ?? undefined, fileId: native };
    expect(decodeRoutedId(id)).toEqual(expected);
    expect(decodeRoutedId(id.replace(/=+$/, ''))).toEqual(expected);
  });

  it('reaches its own provider or none, never the default, and never encoded', async () => {
    const isAddressable = /^[\w./;-]+$/.test(native);
    const resolver = registryResolver({ providers, defaultProvider: 'openai' });
    const result = await outcome(resolver, { fileId: id });
    if (!isAddressable) expect(result).toMatchObject({ status: 400, code: 'invalid_file_id' });
    else if (name === null) expect(result).toEqual(NOT_FOUND);
    else expect(JSON.parse(result.message)).toMatchObject({ provider: { name }, fileId: native });
  });

  it('reaches its deployment where the gateway has it', async () => {
    if (model === null || !/^[\w./;-]+$/.test(native)) return;
    const resolver = registryResolver({ providers, models: { [model]: { provider: deployment } } });
    const resolution = await resolve(resolver, { fileId: id });
    expect(resolution).toMatchObject({ provider: { name: 'deployment' }, fileId: native, context: { model } });
  });

  it('is one the policy may refuse', async () => {
    const resolver = registryResolver({ providers, acceptedIds: ['plain'] });
    expect(await outcome(resolver, { fileId: id })).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

it('a container’s id leads the file in it, and the provider gets its native id', async () => {
  const [{ id = '', containerId = '' } = {}] = ids.container.filter((row) => row.provider === 'azure');
  const resolution = await resolve(registryResolver({ providers }), {
    fileId: 'cfile_1',
    params: { containerId: id },
  });
  expect(resolution).toMatchObject({ provider: { name: 'azure' }, fileId: 'cfile_1', params: { containerId } });
});

it.each([
  ['video_', 'litellm:custom_llm_provider:openai;model_id:m'],
  ['video_', 'litellm:custom_llm_provider:openai;model_id:m;container_id:cntr_1'],
  ['cntr_', 'litellm:custom_llm_provider:openai;model_id:m;container_id:'],
  ['cntr_', 'litellm:x'],
  ['video_', 'litellm:custom_llm_provider:nobody;model_id:;video_id:video_1'],
])('a broken or unknown %s id goes to no provider: %s', async (prefix, text) => {
  const id = prefix + Buffer.from(text).toString('base64');
  expect(await outcome(registryResolver({ providers }), { fileId: id })).toEqual(NOT_FOUND);
  expect(await outcome(registryResolver({ providers }), { fileId: 'f', params: { containerId: id } })).toEqual(
    NOT_FOUND,
  );
});

it.each(['video_68a1c3', 'cntr_68a1c3', 'video_', 'cntr_bGl0', 'video_AAAA'])('%s is an ordinary id', async (id) => {
  expect(decodeRoutedId(id)).toBeUndefined();
  expect(await resolve(registryResolver({ providers }), { fileId: id })).toMatchObject({ fileId: id });
});

describe.each(ids.unified)('the unified id of $mimeType, $targetModelNames', ({ id, text, ...parts }) => {
  it('is read and written as LiteLLM does', () => {
    expect(decodeUnifiedFileId(id)).toEqual(parts);
    expect(encodeUnifiedFileId(parts)).toBe(id);
  });

  it('is looked up in the gateway’s records', async () => {
    const asked: ManagedFileId[] = [];
    const managedFiles = {
      lookup: (unified: ManagedFileId) => {
        asked.push(unified);
        return { provider: 'azure', fileId: 'native' };
      },
    };
    const resolution = await resolve(registryResolver({ providers, managedFiles }), { fileId: id });
    expect(resolution).toMatchObject({ provider: { name: 'azure' }, fileId: 'native' });
    expect(asked).toEqual([{ ...parts, id, text }]);
  });
});

describe.each([...ids.unified, ...ids.own])('the id of the proxy’s own, %#', ({ id, text }) => {
  it('is looked up or not found, and never sent to a provider', async () => {
    expect(await outcome(registryResolver({ providers }), { fileId: id })).toEqual(NOT_FOUND);
    const known = { managedFiles: { lookup: (own: ManagedFileId) => ({ provider: 'azure', fileId: own.text }) } };
    const resolution = await resolve(registryResolver({ providers, ...known }), { fileId: id });
    expect(resolution).toMatchObject({ provider: { name: 'azure' }, fileId: text });
  });

  it.each<[string, (id: string) => string]>([
    ['padding', (own) => `${own}==`],
    ['the prefix of a file', (own) => `file-${own}`],
    ['the prefix of a batch', (own) => `batch_${own}`],
    ['a character outside of the alphabet', (own) => `${own.slice(0, 30)}.${own.slice(30)}`],
    ['the last characters missing', (own) => own.slice(0, 40)],
  ])('is no other spelling’s: %s', async (_what, spell) => {
    let lookups = 0;
    const managedFiles = {
      lookup: ({ id: asked }: ManagedFileId) => {
        lookups += asked === id ? 1 : 0;
        return undefined;
      },
    };
    const resolver = registryResolver({ providers, managedFiles });
    expect(await outcome(resolver, { fileId: spell(id) })).toEqual(NOT_FOUND);
    expect(lookups).toBe(0);
  });
});
