import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OAuth2Client } from 'google-auth-library';
import { gcs, vertexAI } from '../../lib';
import { locate } from '../support/locate-request';
import { temporaryDirectory } from '../support/temporary-directory';

type Options = Parameters<typeof gcs>[0];

async function tokenOf(options: Options): Promise<string | undefined> {
  const { headers } = await locate(gcs({ bucket: 'b', ...options }), { fileId: 'k' });
  return headers?.['authorization'];
}

async function urlOf(options: Options): Promise<string> {
  return String((await locate(gcs({ bucket: 'b', accessToken: 't', ...options }), { fileId: 'k' })).url);
}

/** A service account whose token is signed here, which needs no token endpoint: so it is in other universes. */
function serviceAccount(): { type: string; client_email: string; private_key: string; universe_domain: string } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    type: 'service_account',
    client_email: 'reader@project.iam.test',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    universe_domain: 'apis.example.test',
  };
}

// google-auth-library warns of keys that come from elsewhere than the gateway's own configuration.
beforeEach(() => void jest.spyOn(console, 'warn').mockReturnValue());
afterEach(() => void jest.restoreAllMocks());

describe('the access token', () => {
  it.each<[string, Options]>([
    ['a string', { accessToken: 'T' }],
    ['what a function gives', { accessToken: async () => 'T' }],
    ['what getAccessToken() of a client gives', { accessToken: () => Promise.resolve({ token: 'T' }) }],
    ['of a GoogleAuth', { authClient: { getAccessToken: async () => 'T' } }],
    ['of a client', { authClient: { getAccessToken: async () => ({ token: 'T', res: null }) } }],
  ])('may be %s', async (_what, options) => {
    expect(await tokenOf(options)).toBe('Bearer T');
  });

  it('may be of a client of google-auth-library, in both ways', async () => {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'T', expiry_date: Date.now() + 3_600_000 });
    expect(await tokenOf({ authClient })).toBe('Bearer T');
    expect(await tokenOf({ accessToken: () => authClient.getAccessToken() })).toBe('Bearer T');
  });

  it.each([undefined, null, '', { token: null }, {}, { token: 'line\nbreak' }, 5])(
    'that is %j is the gateway’s failure',
    async (value) => {
      const expected = { code: 'resolver_failed' };
      await expect(tokenOf({ accessToken: () => value as never })).rejects.toMatchObject(expected);
      await expect(tokenOf({ authClient: { getAccessToken: async () => value as never } })).rejects.toMatchObject(
        expected,
      );
    },
  );

  it('is made from a key file or its content', async () => {
    const account = serviceAccount();
    const keyFile = join(await temporaryDirectory('gcs'), 'key.json');
    await writeFile(keyFile, JSON.stringify(account));
    const universeDomain = account.universe_domain;
    for (const options of [{ credentials: account }, { keyFile }]) {
      const [, token = ''] = (await tokenOf({ ...options, universeDomain }))?.split(' ') ?? [];
      const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      expect(claims).toMatchObject({
        iss: 'reader@project.iam.test',
        scope: 'https://www.googleapis.com/auth/devstorage.read_only',
      });
    }
  });

  it('of a key file that is not there is the gateway’s failure', async () => {
    const keyFile = join(await temporaryDirectory('gcs'), 'none.json');
    await expect(tokenOf({ keyFile })).rejects.toMatchObject({ code: 'resolver_failed' });
  });
});

it.each<[Options, string]>([
  [{}, 'https://storage.googleapis.com/storage/v1/b/b/o/k?alt=media'],
  [{ universeDomain: 'apis.example.test' }, 'https://storage.apis.example.test/storage/v1/b/b/o/k?alt=media'],
  [{ universeDomain: 'apis.example.test', baseURL: 'https://h.test' }, 'https://h.test/storage/v1/b/b/o/k?alt=media'],
  [
    { generation: '1712345678901234' },
    'https://storage.googleapis.com/storage/v1/b/b/o/k?alt=media&generation=1712345678901234',
  ],
  [{ generation: 17n }, 'https://storage.googleapis.com/storage/v1/b/b/o/k?alt=media&generation=17'],
])('the URL with %p', async (options, url) => {
  expect(await urlOf(options)).toBe(url);
});

it('userProject is the project that pays', async () => {
  const provider = vertexAI({ bucket: 'b', accessToken: 't', userProject: 'payer', headers: { 'x-own': '1' } });
  const { headers } = await locate(provider, { fileId: 'k' });
  expect(headers).toEqual({ authorization: 'Bearer t', 'x-goog-user-project': 'payer', 'x-own': '1' });
});

it.each([
  ['"accessToken" and "keyFile" must not both be given', { accessToken: 't', keyFile: 'k' }],
  [
    '"credentials" and "authClient" must not both be given',
    { credentials: {}, authClient: { getAccessToken: () => 't' } },
  ],
  ['"accessToken" must be a string or a function', { accessToken: 5 }],
  ['"credentials" must be the object in a key file, got a string', { credentials: '{"private_key":"x"}' }],
  ['"keyFile" must be a non-empty string', { keyFile: '' }],
  ['"authClient" must be an object with getAccessToken(), got an object', { authClient: {} }],
  ['"authClient" must be left out or have a value, got null', { authClient: null }],
  ['"generation" must be decimal digits', { accessToken: 't', generation: 5 }],
  ['"generation" must be decimal digits', { accessToken: 't', generation: '5&x=1' }],
  ['"universeDomain" must be a domain', { accessToken: 't', universeDomain: 'https://h.test/' }],
  ['"userProject" must be a non-empty string', { accessToken: 't', userProject: '' }],
  ['"userProject" must be text that a header can carry', { accessToken: 't', userProject: 'a\nb' }],
])('refused at construction: %s', (message, options) => {
  expect(() => gcs(options as never)).toThrow(TypeError);
  expect(() => gcs(options as never)).toThrow(message);
  expect(() => vertexAI(options as never)).toThrow(message);
});
