import type { LocatedProvider } from '../../provider-contract/provider';
import type { Exchange } from '../../upstream/exchange';
import { invalidAnswer } from '../json-hop';
import { JSONList } from './json-list';
import { openLocated } from './located-hop';
import { chunksOf, JSONL, type OpenedRows, RowStream, type RowsRequest } from './opened-rows';

/** The form of a provider's pages of batch results. */
export interface PageForm {
  /** The members that lead to the list of results. */
  readonly path: readonly string[];
  /** The member with the token of the next page, and the query parameter that takes it. */
  readonly token: string;
}

/**
 * Opens the results of a batch, which a provider returns in pages, as JSONL. A page is requested after the previous one
 * has been read, and no page is held in memory.
 *
 * @param locate locates the first page
 * @throws FileContentError if the first page fails; the failure of a later page is an error of the body
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
    // Tokens may go round in a circle of any length. The one that each is compared with is renewed ever more rarely, so
    // it lies within the circle at last (Brent's algorithm), and no list of tokens is kept.
    let compared: string | undefined;
    for (let pages = 1, renewal = 1; ; pages += 1) {
      const list = new JSONList({ path, texts: [member] });
      for await (const chunk of chunksOf(page)) {
        const lines = list.add(chunk);
        if (lines.length > 0) yield lines;
      }
      if (!list.isComplete || !list.hasList) throw invalidAnswer(provider.name, new Error('a page has no list'));
      const next = list.text(member);
      if (next === undefined) return;
      if (next === compared) throw invalidAnswer(provider.name, new Error('the pages go round in a circle'));
      if (pages === renewal) {
        compared = next;
        renewal *= 2;
      }
      page = use(await open(next));
    }
  }

  const first = await open();
  return { body: new RowStream(first, request.signal, (use) => read(first, use)), contentType: JSONL };
}
