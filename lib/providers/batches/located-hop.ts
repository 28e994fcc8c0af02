import { isDeepStrictEqual } from 'node:util';
import { isFileContentError } from '../../errors';
import type { LocatedProvider, UpstreamRequest } from '../../provider-contract/provider';
import { HopRefusal } from '../../transfer/outcome';
import type { Exchange } from '../../upstream/exchange';
import { openHop } from '../json-hop';
import type { RowsRequest } from './opened-rows';

const NOTHING = Object.freeze({ query: {}, headers: {} });

/**
 * Requests the URL that a provider locates, and retries once with another credential if the first was refused.
 *
 * @param added query parameters of the URL, and headers that no signature covers
 * @throws FileContentError as `fetchJSON`
 */
export async function openLocated(
  provider: Pick<LocatedProvider, 'name' | 'locate'>,
  request: RowsRequest,
  added: Readonly<Record<'query' | 'headers', Readonly<Record<string, string>>>> = NOTHING,
): Promise<Exchange> {
  const { signal, agents, requireAllowed } = request;
  const locate = (refusedCredential: boolean) =>
    provider.locate({ ...request, method: 'GET', query: new URLSearchParams(), refusedCredential });
  const open = ({ url, headers = {} }: UpstreamRequest): Promise<Exchange> => {
    const target = new URL(url);
    for (const [name, value] of Object.entries(added.query)) target.searchParams.set(name, value);
    return openHop({
      ...{ provider: provider.name, url: target.href, signal, agents, requireAllowed },
      headers: { ...headers, ...added.headers },
    });
  };
  const located = await locate(false);
  try {
    return await open(located);
  } catch (error) {
    if (!isFileContentError(error) || !(error.cause instanceof HopRefusal) || error.cause.status !== 401) throw error;
    const renewed = await locate(true);
    if (isDeepStrictEqual(renewed, located)) throw error;
    return await open(renewed);
  }
}
