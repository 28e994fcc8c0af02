import { mistake } from '../../values/mistakes';

/** The parts of a connection string that concern Blob Storage. */
export interface AzureConnection {
  readonly account?: string;
  readonly baseURL?: string;
  readonly accountKey?: string;
  readonly sas?: string;
}

// The emulator's account, whose key is public.
const DEVELOPMENT = {
  account: 'devstoreaccount1',
  baseURL: 'http://127.0.0.1:10000/devstoreaccount1',
  accountKey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
} as const;

/**
 * Reads `AccountName`, `AccountKey`, `SharedAccessSignature`, `BlobEndpoint`, `DefaultEndpointsProtocol`,
 * `EndpointSuffix` and `UseDevelopmentStorage`. Names are case-insensitive; those of other services are ignored.
 *
 * @throws TypeError for a string without an account or a credential; no message shows its content
 * @see https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */
export function parseConnectionString(factory: string, text: string): AzureConnection {
  const settings = new Map<string, string>();
  for (const setting of text.split(';')) {
    const separator = setting.indexOf('=');
    if (setting.trim() === '') continue;
    if (separator < 1) throw problem(factory, 'has a part that is not name=value');
    settings.set(setting.slice(0, separator).trim().toLowerCase(), setting.slice(separator + 1).trim());
  }
  if (settings.get('usedevelopmentstorage')?.toLowerCase() === 'true') return DEVELOPMENT;
  const read = (name: string): string | undefined => settings.get(name) || undefined;
  const account = read('accountname');
  const accountKey = read('accountkey');
  const sas = accountKey === undefined ? read('sharedaccesssignature') : undefined;
  if (accountKey === undefined && sas === undefined) {
    throw problem(factory, 'has neither AccountKey nor SharedAccessSignature');
  }
  const baseURL = read('blobendpoint') ?? endpointOf(account, read('defaultendpointsprotocol'), read('endpointsuffix'));
  if (baseURL === undefined) throw problem(factory, 'has neither BlobEndpoint nor AccountName');
  return {
    baseURL,
    ...(account === undefined ? undefined : { account }),
    ...(accountKey === undefined ? undefined : { accountKey }),
    ...(sas === undefined ? undefined : { sas }),
  };
}

function endpointOf(account: string | undefined, protocol = 'https', suffix = 'core.windows.net'): string | undefined {
  return account === undefined ? undefined : `${protocol}://${account}.blob.${suffix}`;
}

function problem(factory: string, what: string): TypeError {
  return mistake(factory, `"connectionString" ${what}`, 'invalid-option');
}
