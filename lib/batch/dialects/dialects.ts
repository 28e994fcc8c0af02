import { isAnthropicRow, readAnthropicRow } from './anthropic';
import { isBedrockRow, readBedrockRow } from './bedrock';
import { isOpenAIRow, readOpenAIRow } from './openai-row';
import { type FileFacts, type ReadRow, type RowContent, type RowResult, toResult } from './row';
import { isGoogleRow, readGeminiRow, readVertexRow } from './vertex';
import { isXaiRow, readXaiRow } from './xai';

/** The format of a provider's rows. It is a name, so that it can be sent to another thread. */
export type Dialect = 'openai' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock' | 'xai';

interface Rows {
  /** Tells whether a value is a row of such an output, and not of an input. */
  readonly includes: (row: unknown) => boolean;
  readonly read: ReadRow;
}

const ROWS: Readonly<Record<Dialect, Rows>> = {
  openai: { includes: isOpenAIRow, read: readOpenAIRow },
  bedrock: { includes: isBedrockRow, read: readBedrockRow },
  anthropic: { includes: isAnthropicRow, read: readAnthropicRow },
  xai: { includes: isXaiRow, read: readXaiRow },
  vertex: { includes: isGoogleRow, read: readVertexRow },
  gemini: { includes: isGoogleRow, read: readGeminiRow },
};

/** The order in which a row of unknown format is tested: formats with the clearest marks come first. */
const DIALECTS = ['openai', 'bedrock', 'anthropic', 'xai', 'vertex', 'gemini'] as const;

/** Reads a provider's parsed row. Rows in OpenAI's shape are accepted in every dialect. */
export function readRow(dialect: Dialect, row: unknown, facts: FileFacts): RowContent {
  return isOpenAIRow(row) ? readOpenAIRow(row) : ROWS[dialect].read(row, facts);
}

/**
 * Reads a provider's parsed row, with the model and the tokens of its body.
 *
 * @throws RangeError for a row with more choices than any model returns
 */
export function readResult(dialect: Dialect, row: unknown, facts: FileFacts): RowResult {
  return toResult(readRow(dialect, row, facts));
}

/** Finds the dialect of a row. Undefined if it is not a row of a batch's output. */
export function dialectOf(row: unknown): Dialect | undefined {
  return DIALECTS.find((dialect) => ROWS[dialect].includes(row));
}

/** Tells whether a value can be the first row of a batch's output in this dialect. */
export function isRowOf(dialect: Dialect, row: unknown): boolean {
  return isOpenAIRow(row) || ROWS[dialect].includes(row);
}
