import type { LocatedProvider } from '../../provider';
import type { Exchange } from '../../upstream/exchange';
import { invalidAnswer } from '../json-hop';
import { JSONList } from './json-list';
import { openLocated } from './located-hop';
import { chunksOf, JSONL, type OpenedRows, RowStream, type RowsRequest } from './opened-rows';

/** Where a provider has the results of a batch in pages. */
export interface PageForm {
  /** The members that lead to the list of results. */
  readonly path: readonly string[];
  /** The member with the token of the next page, and the query parameter that takes it. */
  readonly token: string;
}

/**
 * The results of a batch that a provider gives in pages, as JSONL: a page is requested when the one before it has been
 * read, and no page is held.
 *
 * @param locate says where the first page is
 * @throws FileContentError where the first page cannot be had; a later one ends the body with its error
 */
export async function openPages(
  provider: Pick<LocatedProvider, 'name' | 'locate'>,
  request: RowsRequest,
  { path, token: member }: PageForm,
): Promise<OpenedRows> {
  const open = (token?: string): Promise<Exchange> =>
    openLocated(provider, request, { query: token === undefined ? {} : { [member]: token }, headers: {} });

  async function* read(
    first: Exchange,
    use: (exchange: Exchange) => Exchange,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let page = first;
    for (let token: string | undefined; ; ) {
      const list = new JSONList({ path, texts: [member] });
      for await (const chunk of chunksOf(page)) {
        const lines = list.add(chunk);
        if (lines.length > 0) yield lines;
      }
      if (!list.isComplete || !list.hasList) throw invalidAnswer(provider.name, new Error('a page has no list'));
      const next = list.text(member);
      if (next === undefined) return;
      if (next === token) throw invalidAnswer(provider.name, new Error('a page names itself as the next'));
      token = next;
      page = use(await open(next));
    }
  }

  const first = await open();
  return { body: new RowStream(first, request.signal, (use) => read(first, use)), contentType: JSONL };
}
