// A gateway in front of two providers. The client may say which one it means; the allow-list says which ones there are,
// and the gateway's own records say whose a file is.
import express, { type Express, type Request } from 'express';
import { azureOpenAI, createFileContentRouter, openai, registryResolver } from 'express-file-content';

export interface Settings {
  readonly openaiKey: string;
  readonly openaiBaseURL?: string;
  readonly azureKey: string;
  readonly azureEndpoint: string;
  /** Who calls, by the token that this gateway gave out. */
  readonly callers: ReadonlyMap<string, string>;
  /** Whose file is whose: `<provider>/<the provider's own id>` to a caller. A table of a database, in earnest. */
  readonly owners: ReadonlyMap<string, string>;
}

export function createGateway(settings: Settings): Express {
  const { openaiKey, openaiBaseURL, azureKey, azureEndpoint, callers, owners } = settings;

  function callerOf(req: Request): string | undefined {
    return callers.get(req.get('authorization')?.replace(/^Bearer /, '') ?? '');
  }

  const resolveProvider = registryResolver({
    providers: {
      openai: openai({ apiKey: openaiKey, ...(openaiBaseURL && { baseURL: openaiBaseURL }) }),
      azure: azureOpenAI({ apiKey: azureKey, endpoint: azureEndpoint }),
    },
    models: {
      'gpt-4o-eu': { provider: 'azure' },
    },
    authorize: (req, { provider, fileId }) => {
      const owner = owners.get(`${provider}/${fileId}`);
      return owner !== undefined && owner === callerOf(req);
    },
  });

  const app = express();
  app.use((req, res, next) => {
    if (callerOf(req)) next();
    else
      res
        .status(401)
        .json({ error: { message: 'Give your token.', type: 'authentication_error', param: null, code: null } });
  });
  app.use(['/v1', '/:provider/v1'], createFileContentRouter({ resolveProvider }));
  return app;
}

if (import.meta.main) {
  const { OPENAI_API_KEY = '', AZURE_API_KEY = '', AZURE_ENDPOINT = '', GATEWAY_TOKEN = '' } = process.env;
  createGateway({
    openaiKey: OPENAI_API_KEY,
    azureKey: AZURE_API_KEY,
    azureEndpoint: AZURE_ENDPOINT,
    callers: new Map([[GATEWAY_TOKEN, 'me']]),
    owners: new Map([['openai/file-abc123', 'me']]),
  }).listen(8080, '127.0.0.1');
}
