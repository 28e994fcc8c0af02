import { inspect } from 'node:util';
import { azureOpenAI, hostedVllm, isFileContentError, type LocatedProvider, openai, openaiCompatible } from '../../lib';
import { locate, locateRequest } from '../support/locate-request';

const KEY = 'sk-canary-0123456789';

describe('openai', () => {
  const provider = openai({ apiKey: KEY, organization: 'org-1', project: 'proj_1' });

  it('locates files with the key, the organization and the project', async () => {
    expect(await locate(provider, { fileId: 'file-abc' })).toEqual({
      url: 'https://api.openai.com/v1/files/file-abc/content',
      headers: {
        authorization: `Bearer ${KEY}`,
        'openai-organization': 'org-1',
        'openai-project': 'proj_1',
      },
    });
  });

  it.each([
    ['containers', 'cfile_1', { containerId: 'cntr_1' }, 'containers/cntr_1/files/cfile_1/content'],
    ['videos', 'video_1', { videoId: 'video_1' }, 'videos/video_1/content'],
    ['skills', 'skill_1', { skillId: 'skill_1' }, 'skills/skill_1/content'],
    ['skills', 'skill_1', { skillId: 'skill_1', version: '2' }, 'skills/skill_1/versions/2/content'],
  ] as const)('locates %s', async (resource, fileId, params, path) => {
    expect(await locate(provider, { resource, fileId, params })).toMatchObject({
      url: `https://api.openai.com/v1/${path}`,
    });
  });

  it('uses the id of the resolution, not that of the route', async () => {
    const located = await locate(provider, { resource: 'videos', fileId: 'mine', params: { videoId: 'theirs' } });
    expect(located.url).toBe('https://api.openai.com/v1/videos/mine/content');
  });

  it('does not take a parameter from a prototype', async () => {
    const params = Object.create({ version: '9' });
    expect((await locate(provider, { resource: 'skills', fileId: 's', params })).url).toMatch(/skills\/s\/content$/);
  });

  it('calls a credential function once for every attempt', async () => {
    let calls = 0;
    const refreshing = openai({
      apiKey: async () => {
        calls += 1;
        return `token-${calls}`;
      },
    });
    expect(calls).toBe(0);
    expect((await locate(refreshing)).headers?.authorization).toBe('Bearer token-1');
    expect((await locate(refreshing)).headers?.authorization).toBe('Bearer token-2');
    expect(calls).toBe(2);
  });

  it.each([undefined, null, '', 42, 'two\nlines', {}])(
    'refuses what a credential function gives: %p',
    async (value) => {
      const broken = openai({ apiKey: () => value as string });
      const error: unknown = await Promise.resolve(locate(broken)).catch((cause: unknown) => cause);
      expect(isFileContentError(error) && error.code).toBe('resolver_failed');
      expect(inspect(error)).not.toMatch(/two.{1,2}lines/s);
    },
  );

  it.each([
    ['Bearer sk-secret', /^openai: "apiKey" must be the credential alone, got a string that begins with "Bearer "/],
    ['"sk-secret"', /^openai: "apiKey" must be the credential alone, got a string in quotes/],
    ["'sk-secret'", /got a string in quotes/],
  ])('refuses a key with something around it: %p', (apiKey, message) => {
    expect(() => openai({ apiKey })).toThrow(message);
    expect(() => openai({ apiKey })).not.toThrow(/sk-secret/);
  });

  it('says that a credential could not be obtained, and keeps the reason as the cause', async () => {
    const reason = new Error('vault is sealed');
    const broken = openai({ apiKey: () => Promise.reject(reason) });
    await expect(locate(broken)).rejects.toMatchObject({ code: 'resolver_failed', cause: reason, provider: 'openai' });
  });
});

describe('a base URL', () => {
  function urlWith(baseURL: string | URL): Promise<unknown> {
    return locate(openaiCompatible({ name: 'x', baseURL }), { fileId: 'f' }).then(({ url }) => url);
  }

  it.each([
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000/files/f/content'],
    ['http://127.0.0.1:8000/', 'http://127.0.0.1:8000/files/f/content'],
    ['https://h/a/b/v1//', 'https://h/a/b/v1/files/f/content'],
    ['https://h/v1?team=1&x=%20', 'https://h/v1/files/f/content?team=1&x=%20'],
    ['https://h/v1/?team=1', 'https://h/v1/files/f/content?team=1'],
    ['http://[::1]:8000/v1', 'http://[::1]:8000/v1/files/f/content'],
  ])('keeps the path and the query of %s', async (baseURL, expected) => {
    expect(await urlWith(baseURL)).toBe(expected);
    expect(await urlWith(new URL(baseURL))).toBe(expected);
  });

  it.each([
    '',
    '/v1',
    'api.openai.com/v1',
    'ftp://h/v1',
    'file:///etc',
    'https://user:pass@h/v1',
    'https://u@h',
    'https://h/v1#x',
  ])('is refused at construction: %p', (baseURL) => {
    expect(() => openai({ apiKey: KEY, baseURL })).toThrow(TypeError);
    expect(() => openaiCompatible({ name: 'x', baseURL })).toThrow(/baseURL/);
  });

  it('with a password is not in the message', () => {
    expect(() => openai({ apiKey: KEY, baseURL: 'https://user:hunter2@h/v1' })).not.toThrow(/hunter2/);
  });
});

describe('an id', () => {
  const provider = openaiCompatible({ name: 'x', baseURL: 'https://h/v1?fixed=1' });

  it.each(['a/b', 'a\\b', 'a?b', 'a#b', 'a%2fb', '%2e%2e', '..;', 'a b', 'a@b', 'é', '🙂', '__proto__', '...'])(
    'is one encoded segment: %p',
    async (fileId) => {
      const url = new URL((await locate(provider, { fileId })).url);
      expect(url.pathname.split('/')).toHaveLength(5);
      expect(decodeURIComponent(url.pathname.split('/')[3] ?? '')).toBe(fileId);
      expect(url.search).toBe('?fixed=1');
      expect(url.host).toBe('h');
    },
  );

  it.each(['', '.', '..', '\ud800'])('that no path can hold is refused: %p', async (fileId) => {
    await expect(locate(provider, { fileId })).rejects.toMatchObject({ code: 'invalid_file_id', status: 400 });
    await expect(
      locate(provider, { resource: 'containers', fileId: 'f', params: { containerId: fileId } }),
    ).rejects.toMatchObject({ code: 'invalid_file_id' });
  });
});

describe('azureOpenAI', () => {
  it('has the v1 form without a version', async () => {
    const provider = azureOpenAI({ endpoint: 'https://r.openai.azure.com/', apiKey: KEY });
    expect(await locate(provider, { fileId: 'file-1' })).toEqual({
      url: 'https://r.openai.azure.com/openai/v1/files/file-1/content',
      headers: { 'api-key': KEY },
    });
  });

  it('has the dated form with a dated version, and an Entra token', async () => {
    const provider = azureOpenAI({
      endpoint: 'https://r.openai.azure.com',
      token: () => 'entra',
      apiVersion: '2024-10-21',
    });
    expect(await locate(provider, { fileId: 'file-1' })).toEqual({
      url: 'https://r.openai.azure.com/openai/files/file-1/content?api-version=2024-10-21',
      headers: { authorization: 'Bearer entra' },
    });
    await expect(locate(provider, { resource: 'videos' })).rejects.toMatchObject({ code: 'file_not_found' });
  });

  it('sends preview with the v1 form', async () => {
    const provider = azureOpenAI({ endpoint: 'https://r.openai.azure.com', apiKey: KEY, apiVersion: 'preview' });
    expect((await locate(provider, { fileId: 'f' })).url).toBe(
      'https://r.openai.azure.com/openai/v1/files/f/content?api-version=preview',
    );
  });

  it('takes a base URL as it is', async () => {
    const baseURL = 'https://r.services.ai.azure.com/api/projects/p/openai/v1';
    expect((await locate(azureOpenAI({ baseURL, apiKey: KEY }), { fileId: 'f' })).url).toBe(
      `${baseURL}/files/f/content`,
    );
  });

  it.each([
    [{ apiKey: KEY }, /one of "endpoint" and "baseURL" must be given/],
    [{ endpoint: 'https://h', baseURL: 'https://h', apiKey: KEY }, /"endpoint" and "baseURL" must not both be given/],
    [{ endpoint: 'https://h' }, /one of "apiKey" and "token" must be given/],
    [{ endpoint: 'https://h', apiKey: KEY, token: KEY }, /"apiKey" and "token" must not both be given/],
    [{ endpoint: 'https://h/openai/v1', apiKey: KEY }, /must be the URL before \/openai/],
    [{ endpoint: 'https://h', apiKey: KEY, apiVersion: '2024' }, /"apiVersion" must be a date/],
  ])('refuses %j', (options, message) => {
    expect(() => azureOpenAI(options)).toThrow(message);
  });
});

describe('options', () => {
  it.each([undefined, null, '', 42, ' key', 'key\n', 'k\u0000y', 'schlüssel'])(
    'a key of %p is refused, and not repeated',
    (apiKey) => {
      let message = '';
      try {
        openai({ apiKey: apiKey as string });
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        message = (error as TypeError).message;
      }
      expect(message).toMatch(/^openai: "apiKey" must be .* See .*errors\.md#invalid-option$/);
      if (typeof apiKey === 'string' && apiKey !== '') expect(message).not.toContain(apiKey.trim());
    },
  );

  it('that are misspelt are named', () => {
    expect(() => openai({ apikey: KEY } as never)).toThrow('unknown option "apikey". Did you mean `apiKey`? See ');
    expect(() => openai(undefined as never)).toThrow(/"options" must be an object, got undefined/);
  });

  it.each([{ Host: 'x' }, { 'content-length': '1' }, { 'a b': 'x' }, { a: 'x\r\ny: z' }, { a: 1 }])(
    'headers that cannot be sent are refused: %j',
    (headers) => {
      expect(() => openaiCompatible({ name: 'x', baseURL: 'https://h', headers: headers as never })).toThrow(TypeError);
    },
  );

  it('two credentials for one header are refused', () => {
    const headers = { Authorization: 'Basic x' };
    expect(() => openaiCompatible({ name: 'x', baseURL: 'https://h', apiKey: KEY, headers })).toThrow(
      /must not both be given/,
    );
  });

  it('are not changed, nor read again', async () => {
    const headers: Record<string, string> = { 'X-Key': 'one' };
    const provider = openaiCompatible({ name: 'x', baseURL: 'https://h', headers, query: ['format'] });
    headers['X-Key'] = 'two';
    expect((await locate(provider)).headers).toEqual({ 'x-key': 'one' });
    expect(headers).toEqual({ 'X-Key': 'two' });
    expect(provider.query).toEqual(['format']);
  });

  it('are not taken from a polluted prototype', async () => {
    Object.defineProperty(Object.prototype, 'baseURL', { value: 'https://evil', configurable: true });
    try {
      expect((await locate(openai({ apiKey: KEY }), { fileId: 'f' })).url).toMatch(/^https:\/\/api\.openai\.com\//);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'baseURL');
    }
  });
});

describe('a provider object', () => {
  it.each<[string, LocatedProvider]>([
    ['openai', openai({ apiKey: KEY })],
    ['hosted_vllm', hostedVllm({ baseURL: 'http://127.0.0.1:8000/v1', apiKey: KEY, headers: { 'x-key': KEY } })],
    ['azure', azureOpenAI({ endpoint: 'https://h', apiKey: KEY })],
  ])('%s is frozen and shows no secret', (name, provider) => {
    expect(provider).toMatchObject({ name, streaming: true });
    expect(Object.isFrozen(provider)).toBe(true);
    expect(inspect(provider, { depth: null, showHidden: true })).not.toContain(KEY);
    expect(JSON.stringify(provider)).not.toContain(KEY);
    expect(provider.redirects ?? 'refuse').toBe('refuse');
  });

  it('without a key sends none', async () => {
    expect(await locate(hostedVllm({ baseURL: 'http://127.0.0.1:8000/v1' }))).toEqual({
      url: 'http://127.0.0.1:8000/v1/files/file-1/content',
      headers: {},
    });
    expect(locateRequest().method).toBe('GET');
  });
});

describe('the headers of openai', () => {
  it('are sent, and win over what the other options set', async () => {
    const headers = { 'X-Gateway': 'g', 'OpenAI-Project': 'other' };
    const provider = openai({ apiKey: KEY, organization: 'org', project: 'project', headers });
    expect((await locate(provider)).headers).toEqual({
      authorization: `Bearer ${KEY}`,
      'openai-organization': 'org',
      'openai-project': 'other',
      'x-gateway': 'g',
    });
  });

  it('hold no second credential', () => {
    expect(() => openai({ apiKey: KEY, headers: { Authorization: 'x' } })).toThrow(/must not both be given/);
  });
});
