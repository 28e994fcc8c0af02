import { BlobServiceClient } from '@azure/storage-blob';
import { azureStorage } from '../../lib';
import { locate } from '../support/locate-request';
import { AZURITE_ACCOUNT } from '../support/object-stores';

type Options = Parameters<typeof azureStorage>[0];

const KEY = Buffer.from('not a secret key').toString('base64');
const SAS = 'sv=2021-12-02&ss=b&srt=o&sp=r&sig=a%2Bb%3D';
const VERSION = '2026-11-28T09:30:00.1234567Z';

async function urlOf(options: Options): Promise<URL> {
  return new URL((await locate(azureStorage({ container: 'c', ...options }), { fileId: 'dir/b' })).url);
}

describe('a connection string', () => {
  it.each([
    `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    `AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.chinacloudapi.cn;DefaultEndpointsProtocol=https;`,
    `DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};BlobEndpoint=https://own.test/acct/;QueueEndpoint=https://q.test`,
    `BlobEndpoint=https://acct.blob.core.windows.net/;SharedAccessSignature=${SAS}`,
    `BlobEndpoint=https://acct.blob.core.windows.net;FileEndpoint=https://f.test;SharedAccessSignature=?${SAS}`,
    'UseDevelopmentStorage=true',
    'UseDevelopmentStorage=true;',
  ])('names the account that Azure’s SDK reads: %s', async (connectionString) => {
    const expected = new URL(BlobServiceClient.fromConnectionString(connectionString).url);
    const { origin, pathname, searchParams } = await urlOf({ connectionString });
    expect(origin).toBe(expected.origin);
    expect(pathname).toBe(`${expected.pathname.replace(/\/$/, '')}/c/dir/b`);
    if (connectionString.includes('SharedAccess'))
      expect(searchParams.toString()).toBe(new URLSearchParams(SAS).toString());
    else expect(searchParams.get('sp')).toBe('r');
  });

  it('may have spaces, and names in any case', async () => {
    const connectionString = ` accountname=acct ; ACCOUNTKEY=${KEY} ;\n`;
    expect((await urlOf({ connectionString })).host).toBe('acct.blob.core.windows.net');
  });

  it.each([
    ['has neither AccountKey nor SharedAccessSignature', 'AccountName=acct;EndpointSuffix=core.windows.net'],
    ['has neither AccountKey nor SharedAccessSignature', 'AccountName=acct;AccountKey='],
    ['has neither BlobEndpoint nor AccountName', `AccountKey=${KEY}`],
    ['has a part that is not name=value', KEY.replace(/=/g, '')],
    ['has a part that is not name=value', '=x'],
    ['"account" must be', `AccountName=acct.evil.test/;AccountKey=${KEY}`],
    ['must be a non-empty string', ''],
  ])('%s: refused at construction, and not shown', (message, connectionString) => {
    const make = () => azureStorage({ container: 'c', connectionString });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(KEY);
  });

  it.each([{ account: 'acct' }, { baseURL: 'https://h.test' }, { accountKey: KEY }, { sas: SAS }, { token: 't' }])(
    'stands alone: not with %j',
    (options) => {
      expect(() => azureStorage({ connectionString: 'UseDevelopmentStorage=true', ...options })).toThrow(
        'must not both be given',
      );
    },
  );
});

describe('the state of a blob', () => {
  it.each([
    ['a token', { account: 'acct', token: 't' }, {}],
    ['a shared access signature', { account: 'acct', sas: 'sig=a%2Bb' }, { sig: 'a+b' }],
  ] as const)('is in the query, with %s', async (_how, credential, more) => {
    const snapshot = await urlOf({ ...credential, snapshot: VERSION });
    expect(Object.fromEntries(snapshot.searchParams)).toEqual({ snapshot: VERSION, ...more });
    const version = await urlOf({ ...credential, versionId: VERSION });
    expect(Object.fromEntries(version.searchParams)).toEqual({ versionid: VERSION, ...more });
  });

  it('is what the signature by a shared key is for', async () => {
    const credential = { account: AZURITE_ACCOUNT, accountKey: KEY };
    expect((await urlOf({ ...credential, snapshot: VERSION })).searchParams.get('sr')).toBe('bs');
    expect((await urlOf({ ...credential, versionId: VERSION })).searchParams.get('sr')).toBe('bv');
    expect((await urlOf(credential)).searchParams.get('sr')).toBe('b');
  });

  it.each<[string, Partial<Options>]>([
    ['"snapshot" and "versionId" must not both be given', { snapshot: VERSION, versionId: VERSION }],
    ['"snapshot" must be a time', { snapshot: '' }],
    ['"snapshot" must be a time', { snapshot: `${VERSION}&sig=x` }],
    ['"versionId" must be a time', { versionId: 'latest' }],
  ])('refused at construction: %s', (message, options) => {
    expect(() => azureStorage({ account: 'acct', token: 't', ...options })).toThrow(message);
  });
});
