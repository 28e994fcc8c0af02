import type { BufferedContent, FetchedProvider, FetchRequest } from '../provider-contract/provider';
import { describeKind } from '../values/describe-value';
import { invalidOption } from '../values/mistakes';
import { readOptions, requireText } from '../values/read-options';

/** Options of {@link bufferedProvider}. */
export interface BufferedProviderOptions {
  /** The name that is written to records. */
  name: string;
  /**
   * Fetches the whole body, for example with an SDK or from a database, and returns it or a promise of it. It should
   * obey `request.signal`.
   *
   * @throws FileContentError to send the client its status, for example `file_not_found`; any other error is a 502
   * `provider_error`
   */
  fetchContent(request: FetchRequest): BufferedContent | Promise<BufferedContent>;
}

/**
 * Makes a provider whose content comes from a function. Its delivery is always `buffer`: the response begins when the
 * whole body has been received.
 *
 * @example
 * bufferedProvider({
 *   name: 'reports',
 *   fetchContent: async ({ fileId }) => ({ body: await loadReport(fileId), contentType: 'text/csv' }),
 * })
 *
 * @throws TypeError for invalid options
 */
export function bufferedProvider(options: BufferedProviderOptions): FetchedProvider {
  const given = readOptions('bufferedProvider', options, { name: true, fetchContent: true });
  const name = requireText('bufferedProvider', 'name', given.name);
  const { fetchContent } = given;
  if (typeof fetchContent !== 'function') {
    throw invalidOption('bufferedProvider', 'fetchContent', 'a function', describeKind(fetchContent));
  }
  return Object.freeze({
    name,
    streaming: false as const,
    // Called on the caller's object, so that a method may use its own `this`.
    fetchContent: (request: FetchRequest) => fetchContent.call(options, request),
  });
}
