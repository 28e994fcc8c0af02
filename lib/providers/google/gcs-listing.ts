import { isObject, ownMembers } from '../../values/own-members';
import type { ListFolder, StoredObject } from '../batches/folder-outputs';
import type { CredentialUse } from '../credential';
import { fetchJSON, invalidAnswer } from '../json-hop';

/** A page of 1,000 names of 1,024 bytes, which is Google's default, would be longer than a response may be. */
const MAX_RESULTS = 500;

export interface GCSListingOptions {
  /** The name of the provider. */
  readonly name: string;
  /** Everything before `/storage`. */
  readonly root: string;
  readonly headers: (use: CredentialUse) => Promise<Readonly<Record<string, string>>>;
}

/**
 * Makes a function that lists the objects directly in a folder, page by page.
 *
 * @see https://cloud.google.com/storage/docs/json_api/v1/objects/list
 */
export function gcsLister({ name, root, headers }: GCSListingOptions): ListFolder {
  return async function* list({ bucket, key }, request) {
    const { signal, agents, requireAllowed } = request;
    for (let token: string | undefined; ; ) {
      const url = new URL(`${root}/storage/v1/b/${bucket}/o`);
      const query = {
        prefix: key,
        delimiter: '/',
        fields: 'items(name,size),nextPageToken',
        maxResults: String(MAX_RESULTS),
      };
      for (const [parameter, value] of Object.entries(query)) url.searchParams.set(parameter, value);
      if (token !== undefined) url.searchParams.set('pageToken', token);
      const page: unknown = await fetchJSON({
        ...{ provider: name, url: url.href, headers: await headers(request), signal, agents, requireAllowed },
      });
      if (!isObject(page)) throw invalidAnswer(name, new Error('the answer is not a listing'));
      const { items, nextPageToken } = ownMembers(page);
      for (const item of Array.isArray(items) ? items : []) yield objectOf(item, name);
      if (typeof nextPageToken !== 'string' || nextPageToken === '') return;
      if (nextPageToken === token)
        throw invalidAnswer(name, new Error('a page of the listing names itself as the next'));
      token = nextPageToken;
    }
  };
}

function objectOf(item: unknown, provider: string): StoredObject {
  const { name, size } = ownMembers(isObject(item) ? item : {});
  const bytes = Number(size ?? Number.NaN);
  if (typeof name === 'string' && Number.isSafeInteger(bytes)) return { key: name, size: bytes };
  throw invalidAnswer(provider, new Error('an object has no name or size'));
}
