import {
  anthropic,
  dashscope,
  gemini,
  groq,
  manus,
  mistral,
  openRouter,
  type PresetFactory,
  perplexity,
  together,
  xai,
} from '../../lib';
import { locate } from '../support/locate-request';

const PRESETS: readonly (readonly [name: string, factory: PresetFactory, url: string])[] = [
  ['anthropic', anthropic, 'https://api.anthropic.com/v1/files/f/content'],
  ['gemini', gemini, 'https://generativelanguage.googleapis.com/v1/files/f:download?alt=media'],
  ['mistral', mistral, 'https://api.mistral.ai/v1/files/f/content'],
  ['xai', xai, 'https://api.x.ai/v1/files/f/content'],
  ['groq', groq, 'https://api.groq.com/openai/v1/files/f/content'],
  ['together', together, 'https://api.together.ai/v1/files/f/content'],
  ['openRouter', openRouter, 'https://openrouter.ai/api/v1/files/f/content'],
  ['dashscope', dashscope, 'https://dashscope.aliyuncs.com/compatible-mode/v1/files/f/content'],
  ['perplexity', perplexity, 'https://api.perplexity.ai/v1/files/f/content'],
  ['manus', manus, 'https://api.manus.ai/v1/files/f/content'],
];

describe.each(PRESETS)('%s', (factoryName, factory, url) => {
  it('has its public URL', async () => {
    expect((await locate(factory({ apiKey: 'k' }), { fileId: 'f' })).url).toBe(url);
  });

  it('takes a base with and without the version', async () => {
    const { origin, pathname, search } = new URL(url);
    const version = pathname.slice(1, pathname.indexOf('/files/'));
    for (const [base, prefix] of [
      [`http://h/${version}`, ''],
      [`http://h/${version}/`, ''],
      ['http://h', ''],
      ['http://h/', ''],
      ['http://h/gateway', '/gateway'],
      [`http://h/gateway/${version}`, '/gateway'],
    ] as const) {
      const located = await locate(factory({ apiKey: 'k', baseURL: base }), { fileId: 'f' });
      expect(located.url).toBe(`http://h${prefix}${pathname}${search}`);
    }
    expect(origin).toMatch(/^https:/);
  });

  it('sends extra headers and has the name that it is given', async () => {
    const provider = factory({ apiKey: 'k', name: 'mine', headers: { 'X-Extra': 'e' } });
    expect(provider.name).toBe('mine');
    expect((await locate(provider)).headers).toMatchObject({ 'x-extra': 'e' });
  });

  it.each([undefined, '', 'line\n', 7])('refuses the key %p at construction, and names itself', (apiKey) => {
    expect(() => factory({ apiKey: apiKey as string })).toThrow(new RegExp(`^${factoryName}: "apiKey" must be `));
  });

  it('refuses an unknown option and a base that is not a URL', () => {
    expect(() => factory({ apiKey: 'k', api_key: 'k' } as never)).toThrow(`${factoryName}: unknown option "api_key"`);
    expect(() => factory({ apiKey: 'k', baseURL: 'host/v1' })).toThrow(`${factoryName}: "baseURL" must be`);
  });
});

describe('anthropic', () => {
  it('has versions of skills, and no skill without one', async () => {
    const params = { skillId: 's', version: '3' };
    const located = await locate(anthropic({ apiKey: 'k' }), { resource: 'skills', fileId: 's', params });
    expect(located.url).toBe('https://api.anthropic.com/v1/skills/s/versions/3/content');
    await expect(locate(anthropic({ apiKey: 'k' }), { resource: 'skills', fileId: 's' })).rejects.toMatchObject({
      code: 'file_not_found',
    });
  });
});

describe("results of Anthropic's batches", () => {
  it.each([
    ['as a file', 'files'],
    ['as a batch', 'batches'],
  ] as const)('%s', async (_what, resource) => {
    const located = await locate(anthropic({ apiKey: 'k' }), { resource, fileId: 'msgbatch_01A' });
    expect(located.url).toBe('https://api.anthropic.com/v1/messages/batches/msgbatch_01A/results');
  });

  it('only for ids of batches', async () => {
    const located = await locate(anthropic({ apiKey: 'k' }), { fileId: 'file_msgbatch_01A' });
    expect(located.url).toBe('https://api.anthropic.com/v1/files/file_msgbatch_01A/content');
  });
});

describe('gemini', () => {
  const provider = gemini({ apiKey: 'k' });
  const url = (id: string) => `https://generativelanguage.googleapis.com/v1/files/${id}:download?alt=media`;

  it.each([
    ['abc-1', 'abc-1'],
    ['files/abc-1', 'abc-1'],
    ['https://generativelanguage.googleapis.com/v1beta/files/abc-1', 'abc-1'],
    ['https://generativelanguage.googleapis.com/v1beta/files/abc-1:download?alt=media', 'abc-1'],
    ['files/a/b', 'files%2Fa%2Fb'],
    ['https://evil.test/?x=files/abc', 'https%3A%2F%2Fevil.test%2F%3Fx%3Dfiles%2Fabc'],
  ])('takes %s for %s', async (fileId, id) => {
    expect((await locate(provider, { fileId })).url).toBe(url(id));
  });

  it.each([
    ['http://h/v1beta', '/v1beta'],
    ['http://h/v1/', '/v1'],
    ['http://h/v1alpha', '/v1alpha'],
    ['http://h/v1beta2', '/v1beta2'],
    ['http://h/download/v1beta', '/download/v1beta'],
    ['http://h/gemini/v1beta', '/gemini/v1beta'],
    ['http://h/v1beta/proxy', '/v1beta/proxy/v1'],
  ])('takes the version that the base URL %s ends with', async (baseURL, path) => {
    const located = await locate(gemini({ apiKey: 'k', baseURL }), { fileId: 'f' });
    expect(located.url).toBe(`http://h${path}/files/f:download?alt=media`);
  });

  it.each(['files/..', '..', 'files/.'])('refuses %s', async (fileId) => {
    await expect(locate(provider, { fileId })).rejects.toMatchObject({ code: 'invalid_file_id' });
  });
});
