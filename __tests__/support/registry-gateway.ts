import express from 'express';
import {
  createFileContentRouter,
  type LocatedProvider,
  openai,
  type RegistryResolverOptions,
  registryResolver,
  type TransferRecord,
} from '../../lib/index';
import { type ContentServer, type LocalServer, serve } from './content-server';

export interface Gateway extends LocalServer {
  readonly records: readonly TransferRecord[];
}

/** A gateway with a registry, mounted as LiteLLM's routes are. */
export async function gateway(options: RegistryResolverOptions, framework: typeof express = express): Promise<Gateway> {
  const records: TransferRecord[] = [];
  const router = createFileContentRouter({
    resolveProvider: registryResolver(options),
    logger: { finished: (record) => records.push(record) },
  });
  const app = framework();
  app.use(['/v1', '/:provider/v1'], router);
  return { ...(await serve(app)), records };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { headers });
  return { status: response.status, text: await response.text(), headers: [...response.headers] };
}

/** A provider with a key of its own, at a capturing server. */
export function holder(name: string, server: ContentServer): LocatedProvider {
  return openai({ name, apiKey: `sk-${name}-key`, organization: `org-${name}`, baseURL: `${server.origin}/v1` });
}
