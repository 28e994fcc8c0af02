/** Runs a resolver without a gateway. */
import type { Request } from 'express';
import type { LocatedProvider, ProviderResolver, Resolution, ResolveContext } from '../../lib/index';
import { encodeModelFileId, isFileContentError } from '../../lib/index';

/** What of a request a resolver looks at. */
export interface Asked {
  fileId?: string;
  query?: Record<string, unknown>;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  req?: Request;
}

export function provider(name: string, { streaming = true }: { streaming?: boolean } = {}): LocatedProvider {
  return { name, streaming, locate: () => ({ url: 'http://127.0.0.1:9/' }) };
}

export function modelId(fileId: string, model: string): string {
  return encodeModelFileId({ fileId, model });
}

export function request({ query = {}, headers = {} }: Asked): Request {
  const seen: object = { query, headers, method: 'GET' };
  return seen as Request;
}

export function contextOf({ fileId = 'file-1', params = {} }: Asked): ResolveContext {
  return {
    resource: 'files',
    fileId,
    params: { fileId, ...params },
    transferId: 't1',
    signal: new AbortController().signal,
  };
}

/** Runs a resolver that is expected to find something. */
export async function resolve(resolver: ProviderResolver, asked: Asked): Promise<Resolution> {
  const resolution = await resolver(asked.req ?? request(asked), contextOf(asked));
  if (!resolution || !('provider' in resolution)) throw new Error('The resolver did not give a resolution.');
  return resolution;
}

/** Runs a resolver that is expected to refuse, and gives what the client would read. */
export async function outcome(
  resolver: ProviderResolver,
  asked: Asked,
): Promise<{ status: number; code: string; message: string }> {
  try {
    const resolution = await resolver(asked.req ?? request(asked), contextOf(asked));
    return { status: 200, code: 'resolved', message: JSON.stringify(resolution) };
  } catch (error) {
    if (!isFileContentError(error)) throw error;
    return { status: error.status, code: error.code, message: error.message };
  }
}
