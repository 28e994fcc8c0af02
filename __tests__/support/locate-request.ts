/** The argument of a provider's `locate()`, for tests of providers without a gateway. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { LocatedProvider, LocateRequest, PresignedURL, PresignRequest, UpstreamRequest } from '../../lib';

export function locateRequest(changes: Partial<LocateRequest> = {}): LocateRequest {
  return {
    resource: 'files',
    fileId: 'file-1',
    params: {},
    method: 'GET',
    query: new URLSearchParams(),
    attempt: 1,
    transferId: 'transfer-1',
    signal: new AbortController().signal,
    agents: { http: http.globalAgent, https: https.globalAgent },
    requireAllowed: () => undefined,
    ...changes,
  };
}

/** `locate()` as a promise, whether it answers at once or throws. */
export async function locate(provider: LocatedProvider, changes?: Partial<LocateRequest>): Promise<UpstreamRequest> {
  return await provider.locate(locateRequest(changes));
}

/** `presign()` of a provider that has it, for an attachment and a minute unless `changes` say otherwise. */
export async function presign(provider: LocatedProvider, changes?: Partial<PresignRequest>): Promise<PresignedURL> {
  if (provider.presign === undefined) throw new Error(`provider ${provider.name} has no presign`);
  const { disposition = 'attachment', expiresInSeconds = 60 } = changes ?? {};
  return await provider.presign({ ...locateRequest(changes), ...changes, disposition, expiresInSeconds });
}
