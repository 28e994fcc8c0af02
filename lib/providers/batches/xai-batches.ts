import type { LocatedProvider } from '../../provider-contract/provider';
import { openPages, type PageForm } from './batch-pages';
import type { OpenedRows, RowsProvider, RowsRequest } from './opened-rows';

/**
 * The pages of xAI's Batch API, from its guide: `{ "results": [{ "batch_request_id", "batch_result" }],
 * "pagination_token" }`.
 */
const PAGES: PageForm = { path: ['results'], token: 'pagination_token' };

/** Adds the results of batches to the provider of xAI's files. Its `locate()` finds their first page. */
export function withXAIBatches(files: LocatedProvider, batchId: RegExp): RowsProvider {
  return Object.freeze({
    ...files,
    openContent(request: RowsRequest): Promise<OpenedRows> | undefined {
      const isBatch = request.resource === 'batches' || (request.resource === 'files' && batchId.test(request.fileId));
      return isBatch ? openPages(files, request, PAGES) : undefined;
    },
  });
}
