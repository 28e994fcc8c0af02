import type { LocatedProvider, UpstreamResponse } from '../provider';
import { ownMember } from '../values/own-members';
import { requireInteger, requireOneOf } from '../values/read-options';
import type { Dialect } from './dialects';
import { hasFirstRow, isBatchOutput } from './first-row';
import { MAX_LINE_BYTES } from './line-converter';
import { LineTransform } from './line-transform';

/** Which form a batch's output is given in: the provider's own rows, or OpenAI's. */
export type BatchOutput = 'raw' | 'openai';

/** Options for providers of batch output. */
export interface BatchOutputOptions {
  /**
   * `openai` converts every row of a batch's output into a row of OpenAI's Batch API. The first row decides whether a
   * file is one; other files pass as they are. The response names its format in `x-file-content-format`. Defaults to
   * `raw`.
   */
  batchOutput?: BatchOutput | undefined;
  /**
   * `stream` converts line by line as bytes arrive, so the response has no `Content-Length`. `buffer` converts the
   * whole file first, so the response has a `Content-Length` and supports ranges. Defaults to `stream`. Applies to
   * `batchOutput: 'openai'` only.
   */
  batchDelivery?: 'stream' | 'buffer' | undefined;
  /**
   * The longest line that is converted, in bytes; a longer one becomes an error row. Defaults to `4_194_304` (4 MiB). A
   * line is held in memory while it is converted. Applies to `batchOutput: 'openai'` only.
   */
  maxLineBytes?: number | undefined;
}

/** Tells the client which form it got. */
export const FORMAT_HEADER = 'x-file-content-format';

/** A line becomes one string, which has a limit of its own. */
const LARGEST_LINE_BYTES = 128 * 1024 * 1024;

/** Checks the options at construction and adds the conversion to a provider of raw files. */
export function withBatchOutput(
  factory: string,
  provider: LocatedProvider,
  { batchOutput = 'raw', batchDelivery = 'stream', maxLineBytes = MAX_LINE_BYTES }: BatchOutputOptions,
  dialect: Dialect,
): LocatedProvider {
  requireOneOf(factory, 'batchOutput', batchOutput, ['raw', 'openai']);
  requireOneOf(factory, 'batchDelivery', batchDelivery, ['stream', 'buffer']);
  requireInteger(factory, 'maxLineBytes', maxLineBytes, 1, LARGEST_LINE_BYTES);
  if (batchOutput === 'raw') {
    return Object.freeze({ ...provider, addHeaders: () => ({ [FORMAT_HEADER]: 'raw' }) });
  }
  return Object.freeze({
    ...provider,
    streaming: batchDelivery === 'stream',
    inspect: (response: UpstreamResponse, start: Uint8Array) => mayConvert(response) && !hasFirstRow(start),
    addHeaders: (response: UpstreamResponse) => ({
      [FORMAT_HEADER]: isConverted(response, dialect) ? 'openai' : 'raw',
    }),
    transform(response: UpstreamResponse) {
      if (!isConverted(response, dialect)) return undefined;
      const lastModified = ownMember(response.headers, 'last-modified');
      const created = typeof lastModified === 'string' ? unixSeconds(Date.parse(lastModified)) : 0;
      return new LineTransform({ reading: { dialect, facts: { created } }, maxLineBytes });
    },
  });
}

/** A part of a file may begin inside a row, and a coded one has no lines: both are handed on as they are. */
function mayConvert({ status, headers }: UpstreamResponse): boolean {
  const coding = headers['content-encoding'];
  return status === 200 && (coding === undefined || coding === 'identity');
}

function isConverted(response: UpstreamResponse, dialect: Dialect): boolean {
  return mayConvert(response) && (response.start === undefined || isBatchOutput(dialect, response.start));
}

function unixSeconds(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.floor(milliseconds / 1000) : 0;
}
