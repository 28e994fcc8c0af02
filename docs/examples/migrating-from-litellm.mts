// A gateway that takes over from a LiteLLM proxy: the routes, headers, query parameters and file ids that its clients
// use go on working.
import express, { type Express, type Request } from 'express';
import { createFileContentRouter, hostedVllm, type ManagedFile, openai, registryResolver } from 'express-file-content';

export interface Settings {
  readonly openaiKey: string;
  readonly openaiBaseURL?: string;
  readonly vllmBaseURL: string;
  /** Which models a virtual key may use. */
  readonly modelsOfKey: ReadonlyMap<string, readonly string[]>;
  /** The managed files' table, by unified id, and the key that made each file. */
  readonly managedFiles: ReadonlyMap<string, ManagedFile & { readonly createdBy: string }>;
}

export function createGateway(settings: Settings): Express {
  const { openaiKey, openaiBaseURL, vllmBaseURL, modelsOfKey, managedFiles } = settings;

  function keyOf(req: Request): string {
    return req.get('authorization')?.replace(/^Bearer /, '') ?? '';
  }

  const resolveProvider = registryResolver({
    providers: {
      openai: openai({ apiKey: openaiKey, ...(openaiBaseURL && { baseURL: openaiBaseURL }) }),
      hosted_vllm: hostedVllm({ baseURL: vllmBaseURL }),
    },
    // The proxy's model_list: what its clients call a model, and where that is deployed.
    models: {
      'gpt-4o': { provider: 'openai' },
      llama: { provider: 'hosted_vllm' },
    },
    managedFiles: {
      lookup: ({ unifiedId }, req) => {
        const file = managedFiles.get(unifiedId);
        return file?.createdBy === keyOf(req) ? file : undefined;
      },
    },
    // Model-encoded ids are unsigned: what they say is the client's word, so the key must allow the model.
    authorize: (req, { model }) => model === undefined || (modelsOfKey.get(keyOf(req)) ?? []).includes(model),
  });

  const app = express();
  app.use((req, res, next) => {
    if (modelsOfKey.has(keyOf(req))) next();
    else
      res
        .status(401)
        .json({ error: { message: 'Unknown key.', type: 'authentication_error', param: null, code: null } });
  });
  const content = createFileContentRouter({ resolveProvider });
  app.use(content);
  app.use(['/v1', '/:provider/v1'], content);
  return app;
}

if (import.meta.main) {
  const { OPENAI_API_KEY = '', VLLM_BASE_URL = '', VIRTUAL_KEY = '' } = process.env;
  createGateway({
    openaiKey: OPENAI_API_KEY,
    vllmBaseURL: VLLM_BASE_URL,
    modelsOfKey: new Map([[VIRTUAL_KEY, ['gpt-4o']]]),
    managedFiles: new Map(),
  }).listen(8080, '127.0.0.1');
}
