// A gateway whose tenants bring keys of their own. A client never sees a provider's id: it gets one that only this
// gateway can read, with the provider, the account and the tenant inside.
import express, { type Express, type Request } from 'express';
import {
  createFileContentRouter,
  fileIdCodec,
  type LocatedProvider,
  openai,
  registryResolver,
} from 'express-file-content';

export interface Account {
  readonly apiKey: string;
  readonly baseURL?: string;
}

export interface Settings {
  /** The current key first, then those before it, 32 random bytes each. */
  readonly fileIdKeys: readonly string[];
  /** Which tenant calls, by the token that this gateway gave out. */
  readonly tenants: ReadonlyMap<string, string>;
  /** The accounts of each tenant, `<tenant>/<account>`. */
  readonly accounts: ReadonlyMap<string, Account>;
}

export interface Gateway {
  readonly app: Express;
  /** What the gateway's upload and listing routes write in place of the provider's own id. */
  publicId(tenant: string, account: string, fileId: string): string;
}

export function createGateway({ fileIdKeys, tenants, accounts }: Settings): Gateway {
  function tenantOf(req: Request): string | undefined {
    return tenants.get(req.get('authorization')?.replace(/^Bearer /, '') ?? '');
  }

  // Made once for each account: a provider keeps what it derives from its options.
  const providers = new Map<string, LocatedProvider>();
  for (const [name, account] of accounts) providers.set(name, openai(account));

  const fileIds = fileIdCodec({ keys: fileIdKeys });
  const resolveProvider = registryResolver({
    providers: {
      openai: ({ tenant, account }) => providers.get(`${tenant}/${account}`),
    },
    fileIds,
    tenant: tenantOf,
  });

  function publicId(tenant: string, account: string, fileId: string): string {
    return fileIds.encode({ provider: 'openai', account, fileId, tenant });
  }

  const app = express();
  app.use((req, res, next) => {
    if (tenantOf(req)) next();
    else
      res
        .status(401)
        .json({ error: { message: 'Give your token.', type: 'authentication_error', param: null, code: null } });
  });
  app.use('/v1', createFileContentRouter({ resolveProvider, limits: { maxConcurrentPerTenant: 50 } }));
  return { app, publicId };
}

if (import.meta.main) {
  const { FILE_ID_KEY = '', ACME_TOKEN = '', ACME_OPENAI_KEY = '' } = process.env;
  const { app, publicId } = createGateway({
    fileIdKeys: [FILE_ID_KEY],
    tenants: new Map([[ACME_TOKEN, 'acme']]),
    accounts: new Map([['acme/main', { apiKey: ACME_OPENAI_KEY }]]),
  });
  console.log(`/v1/files/${publicId('acme', 'main', 'file-abc123')}/content`);
  app.listen(8080, '127.0.0.1');
}
