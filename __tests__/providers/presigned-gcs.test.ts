import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GoogleAuth, JWT } from 'google-auth-library';
import { gcs, vertexAI } from '../../lib';
import { presign } from '../support/locate-request';
import { temporaryDirectory } from '../support/temporary-directory';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const account = {
  type: 'service_account',
  client_email: 'reader@project.iam.test',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

// google-auth-library warns of keys that come from elsewhere than the gateway's own configuration.
beforeEach(() => void jest.spyOn(console, 'warn').mockReturnValue());
afterEach(() => void jest.restoreAllMocks());

/**
 * Is a URL signed by the account, by the published algorithm, for the method?
 *
 * @see https://cloud.google.com/storage/docs/authentication/canonical-requests
 */
function isSigned(url: URL, method: string): boolean {
  const parameters = url.search.slice(1).split('&');
  const signature = parameters.find((parameter) => parameter.startsWith('X-Goog-Signature='))?.split('=')[1] ?? '';
  const rest = parameters.filter((parameter) => !parameter.startsWith('X-Goog-Signature='));
  const canonical = `${method}\n${url.pathname}\n${rest.sort().join('&')}\nhost:${url.host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const date = url.searchParams.get('X-Goog-Date') ?? '';
  const text = `GOOG4-RSA-SHA256\n${date}\n${date.slice(0, 8)}/auto/storage/goog4_request\n${digest}`;
  return createVerify('RSA-SHA256').update(text).verify(publicKey, Buffer.from(signature, 'hex'));
}

async function signed(options: Parameters<typeof gcs>[0], changes: Parameters<typeof presign>[1] = {}): Promise<URL> {
  return new URL((await presign(gcs({ bucket: 'results', ...options }), { fileId: 'k', ...changes })).url);
}

it('a signed URL has the object, the headers and the expiry, by the published algorithm', async () => {
  const url = await signed(
    { credentials: account, prefix: 'jobs', generation: 17n, userProject: 'payer' },
    { fileId: 'a b/(é)+.csv', filename: 'Übersicht.csv', contentType: 'text/csv', expiresInSeconds: 42 },
  );
  expect(url.origin + url.pathname).toBe('https://storage.googleapis.com/results/jobs/a%20b/%28%C3%A9%29%2B.csv');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    generation: '17',
    'response-content-disposition': `attachment; filename="_bersicht.csv"; filename*=UTF-8''%C3%9Cbersicht.csv`,
    'response-content-type': 'text/csv',
    userProject: 'payer',
    'X-Goog-Algorithm': 'GOOG4-RSA-SHA256',
    'X-Goog-Credential': expect.stringMatching(/^reader@project\.iam\.test\/\d{8}\/auto\/storage\/goog4_request$/),
    'X-Goog-Date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
    'X-Goog-Expires': '42',
    'X-Goog-SignedHeaders': 'host',
    'X-Goog-Signature': expect.stringMatching(/^[0-9a-f]{512}$/),
  });
  expect(isSigned(url, 'GET')).toBe(true);
  expect(isSigned(url, 'HEAD')).toBe(false);
});

it('the URL is signed for the method', async () => {
  expect(isSigned(await signed({ credentials: account }, { method: 'HEAD' }), 'HEAD')).toBe(true);
});

it.each([
  [
    'a key file',
    async () => {
      const keyFile = join(await temporaryDirectory('gcs'), 'key.json');
      await writeFile(keyFile, JSON.stringify(account));
      return { keyFile };
    },
  ],
  ['a JWT client', async () => ({ authClient: new JWT({ email: account.client_email, key: account.private_key }) })],
  ['a GoogleAuth', async () => ({ authClient: new GoogleAuth({ credentials: account }) })],
])('%s signs', async (_what, make) => {
  expect(isSigned(await signed(await make()), 'GET')).toBe(true);
});

it('the host and the path of a base URL are signed', async () => {
  const url = await signed({ credentials: account, baseURL: 'http://127.0.0.1:4443/emulator' });
  expect(url.href).toMatch(/^http:\/\/127\.0\.0\.1:4443\/emulator\/results\/k\?/);
  expect(isSigned(url, 'GET')).toBe(true);
});

it('Vertex AI’s files are signed as well', async () => {
  const { url } = await presign(vertexAI({ credentials: account }), { fileId: 'gs://b/k' });
  expect(isSigned(new URL(url), 'GET')).toBe(true);
});

it.each([
  ['an access token', { accessToken: 't' }],
  ['a client without a key', { authClient: { getAccessToken: async () => 't' } }],
])('%s cannot sign', (_what, options) => {
  expect(gcs({ bucket: 'b', ...options })).not.toHaveProperty('presign');
});

it.each([
  ['no account', { getCredentials: async () => ({}), sign: async () => 'x' }, /has no client_email/],
  ['no signature', { getCredentials: async () => ({ client_email: 'a@b' }), sign: async () => '' }, /not a signature/],
  [
    'an error',
    { getCredentials: async () => ({ client_email: 'a@b' }), sign: () => Promise.reject(new Error('IAM')) },
    /IAM/,
  ],
])('a credential that gives %s is the gateway’s failure', async (_what, client, message) => {
  const authClient = { getAccessToken: async () => 't', ...client };
  const failure = await signed({ authClient }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'resolver_failed', cause: { message: expect.stringMatching(message) } });
});
