import { pipeline } from 'node:stream';
import { types } from 'node:util';
import type { LocatedProvider, OpenedContent, OpenRequest, UpstreamResponse } from '../provider-contract/provider';
import { ownMember } from '../values/own-members';
import { optionalText, requireInteger, requireOneOf } from '../values/read-options';
import { MAX_LINE_BYTES } from './conversion/line-converter';
import { LineTransform } from './conversion/line-transform';
import type { Dialect } from './dialects/dialects';
import { hasFirstRow, isBatchOutput } from './first-row';

/** The form of a batch's output: the provider's own rows, or OpenAI's. */
export type BatchOutput = 'raw' | 'openai';

/** Options for providers of batch output. */
export interface BatchOutputOptions {
  /**
   * `openai` converts every row of a batch's output into a row of OpenAI's Batch API. The first row decides whether a
   * file is such an output; other files pass unchanged. The response names its format in `x-file-content-format`.
   * Defaults to `raw`.
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
  /**
   * The `model` of converted rows that name none, as those of Converse, Nova, Titan, Llama, Cohere and embeddings.
   * Defaults to `unknown`.
   *
   * @example
   * bedrock({ region: 'us-east-1', batchOutput: 'openai', batchModel: 'amazon.nova-lite-v1:0' })
   *
   */
  batchModel?: string | undefined;
}

/** The names of the options, for factories that take them. */
export const BATCH_OUTPUT_OPTIONS = {
  batchOutput: true,
  batchDelivery: true,
  maxLineBytes: true,
  batchModel: true,
} as const;

/** The response header that names the form of the output. */
export const FORMAT_HEADER = 'x-file-content-format';

/** A line becomes one string, whose length V8 limits. */
const LARGEST_LINE_BYTES = 128 * 1024 * 1024;

/** What a provider opens itself, out of pages or of a document: nothing but rows of batches. */
type Opening = ReturnType<NonNullable<LocatedProvider['openContent']>>;

/**
 * Object stores that hold the files of batches. For them, `raw` is also reported for files that are not batch output.
 */
const BATCH_STORES: ReadonlySet<Dialect> = new Set(['vertex', 'bedrock']);

/**
 * Checks the options at construction and adds the conversion to a provider of raw files.
 *
 * @throws TypeError for an option that cannot work
 */
export function withBatchOutput(
  factory: string,
  provider: LocatedProvider,
  options: BatchOutputOptions,
  dialect: Dialect,
): LocatedProvider {
  const { batchOutput, batchDelivery = 'stream', maxLineBytes = MAX_LINE_BYTES } = options;
  const model = optionalText(factory, 'batchModel', options.batchModel);
  if (batchOutput !== undefined) requireOneOf(factory, 'batchOutput', batchOutput, ['raw', 'openai']);
  requireOneOf(factory, 'batchDelivery', batchDelivery, ['stream', 'buffer']);
  requireInteger(factory, 'maxLineBytes', maxLineBytes, 1, LARGEST_LINE_BYTES);
  if (batchOutput === undefined && !BATCH_STORES.has(dialect)) return provider;
  const addHeaders = (response: UpstreamResponse, format: BatchOutput) => ({
    ...provider.addHeaders?.(response),
    [FORMAT_HEADER]: format,
  });
  if (batchOutput !== 'openai') {
    return Object.freeze({ ...provider, addHeaders: (response: UpstreamResponse) => addHeaders(response, 'raw') });
  }
  const transformOf = (created: number): LineTransform =>
    new LineTransform({ reading: { dialect, facts: { created, model } }, maxLineBytes });
  const { openContent } = provider;
  return Object.freeze({
    ...provider,
    ...(openContent && {
      openContent(request: OpenRequest) {
        const opening = openContent(request);
        return opening === undefined ? undefined : opensConverted(opening, () => transformOf(0));
      },
    }),
    streaming: batchDelivery === 'stream',
    inspect: (response: UpstreamResponse, start: Uint8Array) => mayConvert(response) && !hasFirstRow(start),
    addHeaders: (response: UpstreamResponse) => addHeaders(response, isConverted(response, dialect) ? 'openai' : 'raw'),
    transform(response: UpstreamResponse) {
      if (!isConverted(response, dialect)) return undefined;
      const lastModified = ownMember(response.headers, 'last-modified');
      const created = typeof lastModified === 'string' ? unixSeconds(Date.parse(lastModified)) : 0;
      return transformOf(created);
    },
  });
}

/** Converts the rows from a provider's `openContent()`. Closing the converted rows closes the original ones. */
async function opensConverted(opening: Opening, transform: () => LineTransform): Promise<OpenedContent | undefined> {
  const opened = await opening;
  if (opened === undefined) return undefined;
  const rows = opened.body ?? new Uint8Array();
  const body = transform();
  pipeline(types.isUint8Array(rows) ? [rows] : rows, body, () => undefined);
  return { body, ...('contentType' in opened && { contentType: opened.contentType }) };
}

/**
 * Tells whether a response can be converted. A range may begin inside a row, and an encoded body has no lines: both
 * pass unchanged.
 */
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
