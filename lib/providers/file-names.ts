import type { LocatedProvider, LocateRequest } from '../provider-contract/provider';
import { isObject, memberOf } from '../values/own-members';
import { fetchJSON } from './json-hop';
import { type PathProviderDefinition, pathProvider, type ResourcePaths } from './path-provider';

/**
 * The paths of a file's metadata in OpenAI's API.
 *
 * @see https://platform.openai.com/docs/api-reference/files/retrieve
 */
const METADATA_PATHS: ResourcePaths = Object.freeze({
  files: 'files/{fileId}',
  containers: 'containers/{containerId}/files/{fileId}',
});

/**
 * Makes a provider with OpenAI's paths. With `isNaming`, the metadata is requested for the name of a file whose
 * response has none.
 */
export function namingProvider(definition: PathProviderDefinition, isNaming: boolean | undefined): LocatedProvider {
  const provider = pathProvider(definition);
  if (isNaming !== true) return provider;
  const metadata = pathProvider({ ...definition, paths: METADATA_PATHS });

  async function describeFile(request: LocateRequest) {
    const { url, headers = {} } = await metadata.locate(request);
    const { signal, agents, requireAllowed } = request;
    const described = await fetchJSON({
      provider: definition.name,
      url: String(url),
      headers,
      signal,
      agents,
      requireAllowed,
    });
    return { filename: nameIn(described) };
  }

  return Object.freeze({ ...provider, describeFile });
}

/** Reads the name from a file's metadata. A file of a container has a path instead of a name. */
function nameIn(described: unknown): string | undefined {
  if (!isObject(described)) return undefined;
  const name = memberOf(described, 'filename') ?? memberOf(described, 'path');
  return typeof name === 'string' && name !== '' ? name.slice(name.lastIndexOf('/') + 1) : undefined;
}
