import type { TokenUsage } from '../../transfer/observers/usage';
import { describeValue } from '../../values/describe-value';
import { didYouMean } from '../../values/did-you-mean';
import { mistake } from '../../values/mistakes';
import { EmbeddingGroups, type JoinedRow } from '../conversion/embedding-groups';
import { type Part, partOf } from '../conversion/embedding-part';
import { type Dialect, dialectOf, readRow } from '../dialects/dialects';
import { readOpenAIRow } from '../dialects/openai-row';
import { customIdOfParts, type LineParts, partsOf } from '../dialects/oversized-row';
import { type RowContent, type RowResult, toOpenAIRow, toResult } from '../dialects/row';
import { stringifyJSON } from '../json/number-list';
import { parseJSON } from '../json/parse-json';
import { isTooComplex } from './json-size';
import { withPlainNumbers } from './plain-numbers';
import type { CountedRow } from './usage-counter';

/**
 * The format of a file's rows: `openai`, `anthropic`, `gemini`, `vertex`, `bedrock` or `xai`. `auto` decides by the
 * first row.
 */
export type RowFormat = 'auto' | Dialect;

/** One request of a batch and its result, in one shape for every provider. */
export interface BatchRow {
  /**
   * The line of the file, counted from 1; blank lines count. Of a row that several lines make, the one with which it
   * was whole.
   */
  line: number;
  /**
   * The client's id of the request: OpenAI's `custom_id`, Bedrock's `recordId`, Gemini's `key`. `null` if there is
   * none.
   */
  customId: string | null;
  /** The HTTP status of the request; 200 for a result that names none, `null` for a failure that had none. */
  status: number | null;
  /**
   * The result in the shape of OpenAI's endpoint, such as a chat completion. For a failure with a status it is OpenAI's
   * error body, for other failures `null`. Integers that JavaScript cannot represent are objects that `JSON.stringify`
   * writes exactly, with their text as `rawJSON`. In the arguments of tool calls, which are text, numbers are
   * unchanged.
   */
  body: unknown;
  /** Set if the request failed or the line cannot be read, whether or not there is a status. */
  error: {
    /** The provider's code of the error, or this package's for a line that cannot be read. */
    code: string;
    /** The text of the error. */
    message: string;
  } | null;
  /** The model. Absent if the result does not name it. */
  model?: string;
  /** The tokens. Absent if the result does not count them. */
  usage?: TokenUsage;
}

const FORMATS: readonly RowFormat[] = ['auto', 'openai', 'anthropic', 'gemini', 'vertex', 'bedrock', 'xai'];
const DEFAULT_FORMAT: RowFormat = 'auto';

/** @throws TypeError for anything but a format or undefined */
export function readFormat(factory: string, value: unknown): RowFormat {
  const format = value === undefined ? DEFAULT_FORMAT : FORMATS.find((name) => name === value);
  if (format !== undefined) return format;
  const hint = typeof value === 'string' ? didYouMean(value, FORMATS) : `; write one of ${FORMATS.join(', ')}`;
  throw mistake(factory, `"format" must be a known format, got ${describeValue(value)}${hint}`, 'invalid-option');
}

// The decoder drops a byte order mark at the beginning of the file.
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A line: its bytes, or its two ends if it was too long. */
export interface ReadLine {
  readonly bytes?: Buffer | undefined;
  readonly parts?: LineParts | undefined;
}

/** Told of every line that is not blank, also of those that become one row together. */
export type OnLine = (row: CountedRow) => void;

const NONE: readonly BatchRow[] = [];

/** Reads lines one after the other. */
export class RowReader {
  readonly #maxLineBytes: number;
  readonly #onLine: OnLine;
  readonly #groups = new EmbeddingGroups();
  #dialect: Dialect | undefined;
  #line = 0;

  constructor(format: RowFormat, maxLineBytes: number, onLine: OnLine) {
    this.#dialect = format === 'auto' ? undefined : format;
    this.#maxLineBytes = maxLineBytes;
    this.#onLine = onLine;
  }

  /**
   * Reads the next line. A blank one gives no row, and neither does one whose request waits for other lines. Never
   * throws: a line that cannot be read is a row with an error.
   */
  read({ bytes, parts }: ReadLine): Iterable<BatchRow> {
    this.#line += 1;
    if (bytes?.length === 0) return NONE;
    if (bytes === undefined) {
      const message = `Line ${this.#line} is longer than ${this.#maxLineBytes} bytes (maxLineBytes).`;
      return this.#unreadable('row_too_long', message, parts);
    }
    if (isTooComplex(bytes)) {
      return this.#unreadable('row_too_complex', `Line ${this.#line} has too many objects and lists.`, partsOf(bytes));
    }
    let row: unknown;
    try {
      const text = decoder.decode(bytes);
      if (text.trim() === '') return NONE;
      row = parseJSON(text, { keepsLists: true });
    } catch {
      return this.#unreadable('invalid_json', `Line ${this.#line} is not JSON.`);
    }
    this.#dialect ??= dialectOf(row);
    if (this.#dialect === undefined) {
      return this.#unreadable('unknown_format', `Line ${this.#line} is no row of a batch's output.`);
    }
    try {
      const content = readRow(this.#dialect, row, { created: 0 });
      const result = toResult(content);
      const part = this.#dialect === 'vertex' ? partOf(row, content) : undefined;
      const rows = part === undefined ? [this.#rowOf(result)] : this.#join(part, content);
      this.#onLine(result);
      return rows;
    } catch {
      return this.#unreadable('invalid_row', `Line ${this.#line} could not be read.`, partsOf(bytes));
    }
  }

  /** Ends the file: the rows of requests that are not whole. */
  end(): Iterable<BatchRow> {
    return this.#readJoined(this.#groups.end());
  }

  #join({ about, vector }: Part, content: RowContent): Iterable<BatchRow> {
    const text = stringifyJSON(vector ?? toOpenAIRow('', content));
    return this.#readJoined(this.#groups.add(about, text));
  }

  /** Reads rows that were put together, which are OpenAI's. */
  *#readJoined(rows: Iterable<JoinedRow>): Generator<BatchRow, void, undefined> {
    for (const row of rows) {
      yield this.#rowOf(toResult(readOpenAIRow(parseJSON(row.join(''), { keepsLists: true }))));
    }
  }

  #rowOf({ customId, status, body, error, model, usage }: RowResult): BatchRow {
    return {
      line: this.#line,
      customId,
      status,
      body: withPlainNumbers(body),
      error: error && { ...error },
      ...(model !== undefined && { model }),
      ...(usage !== undefined && { usage }),
    };
  }

  #unreadable(code: string, message: string, parts?: LineParts): readonly BatchRow[] {
    const customId = parts === undefined || this.#dialect === undefined ? null : customIdOfParts(parts, this.#dialect);
    const error = { code, message };
    this.#onLine({ error });
    return [{ line: this.#line, customId, status: null, body: null, error }];
  }
}
