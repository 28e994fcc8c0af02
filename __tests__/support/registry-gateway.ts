/** A gateway whose resolver is a registry, mounted as LiteLLM's routes are. */
import { type LocatedProvider, openai, type RegistryResolverOptions, registryResolver } from '../../lib/index';
import type { FakeProvider } from '../../lib/testing/index';
import { type ExpressMajor, type Gateway, startGateway } from './gateway';

export function startRegistryGateway(options: RegistryResolverOptions, express: ExpressMajor = 5): Promise<Gateway> {
  return startGateway({ resolveProvider: registryResolver(options), mount: ['/v1', '/:provider/v1'], express });
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

/** A provider with a key of its own. */
export function holder(name: string, { baseURL }: FakeProvider): LocatedProvider {
  return openai({ name, apiKey: `sk-${name}-key`, organization: `org-${name}`, baseURL });
}
