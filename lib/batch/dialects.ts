import { isAnthropicRow, readAnthropicRow } from './anthropic';
import { isBedrockRow, readBedrockRow } from './bedrock';
import { isOpenAIRow, readOpenAIRow } from './openai-row';
import { type FileFacts, type ReadRow, type RowContent, type RowResult, toResult } from './row';
import { isGoogleRow, readGeminiRow, readVertexRow } from './vertex';
import { isXaiRow, readXaiRow } from './xai';

/** Whose rows are read. A name and not a function, so that it can be told to another thread. */
export type Dialect = 'openai' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock' | 'xai';

interface Rows {
  /** Is this a row of such a batch's output? Not one of its input. */
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

/** In the order in which a row of unknown origin is compared with them: those with the clearest marks first. */
const DIALECTS = ['openai', 'bedrock', 'anthropic', 'xai', 'vertex', 'gemini'] as const;

/** Reads a provider's row, already parsed. Rows in OpenAI's shape are read as such in every dialect. */
export function readRow(dialect: Dialect, row: unknown, facts: FileFacts): RowContent {
  return isOpenAIRow(row) ? readOpenAIRow(row) : ROWS[dialect].read(row, facts);
}

/**
 * Reads a provider's row, already parsed, with the model and the tokens that its body names.
 *
 * @throws RangeError for a row with more choices than any model gives
 */
export function readResult(dialect: Dialect, row: unknown, facts: FileFacts): RowResult {
  return toResult(readRow(dialect, row, facts));
}

/** Whose row this is; undefined where it is no row of a batch's output. */
export function dialectOf(row: unknown): Dialect | undefined {
  return DIALECTS.find((dialect) => ROWS[dialect].includes(row));
}

/** May this be the first row of a batch's output in this dialect? */
export function isRowOf(dialect: Dialect, row: unknown): boolean {
  return isOpenAIRow(row) || ROWS[dialect].includes(row);
}
