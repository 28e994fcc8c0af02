import { describeValue } from '../../values/describe-value';
import { didYouMean } from '../../values/did-you-mean';
import { mistake } from '../../values/mistakes';
import { type Dialect, dialectOf, readResult } from '../dialects';
import { parseJSON } from '../parse-json';
import { customIdOfParts, type LineParts, partsOf } from '../partial-row';
import type { TokenUsage } from '../token-usage';
import { isTooComplex } from './json-size';
import { withPlainNumbers } from './plain-numbers';

/** Whose rows a file has; `auto` looks at the first. */
export type RowFormat = 'auto' | Dialect;

/** One request of a batch and what became of it, in one shape for every provider. */
export interface BatchRow {
  /** The line of the file, counted from 1; blank lines count. */
  line: number;
  /**
   * The id that the request was given: OpenAI's `custom_id`, Bedrock's `recordId`, Gemini's `key`. `null` where none is
   * named.
   */
  customId: string | null;
  /** The HTTP status of the request; 200 for a result that names none, `null` for a failure that had none. */
  status: number | null;
  /**
   * The result in the shape of OpenAI's endpoint, such as a chat completion; of a failure with a status OpenAI's error
   * body; else `null`. Integers that JavaScript cannot hold are objects that `JSON.stringify` writes digit by digit,
   * with their text as `rawJSON`; in the arguments of tool calls, which are text, every number is as the provider wrote
   * it.
   */
  body: unknown;
  /** Set if the request failed or the line cannot be read, whether or not there is a status. */
  error: {
    /** The provider's code of the error, or this package's for a line that cannot be read. */
    code: string;
    /** The text of the error. */
    message: string;
  } | null;
  /** The model, where the result names it. */
  model?: string;
  /** The tokens, where the result counts them. */
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

// A byte order mark at the beginning of the file is dropped by the decoder.
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A line: its bytes, or its ends where it was too long. */
export interface ReadLine {
  readonly bytes?: Buffer | undefined;
  readonly parts?: LineParts | undefined;
}

/** Reads lines one after the other. */
export class RowReader {
  readonly #maxLineBytes: number;
  #dialect: Dialect | undefined;
  #line = 0;

  constructor(format: RowFormat, maxLineBytes: number) {
    this.#dialect = format === 'auto' ? undefined : format;
    this.#maxLineBytes = maxLineBytes;
  }

  /**
   * Reads the next line; undefined for a blank one. Never throws: a line that cannot be read is a row with an error.
   */
  read({ bytes, parts }: ReadLine): BatchRow | undefined {
    this.#line += 1;
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
      if (text.trim() === '') return undefined;
      row = parseJSON(text, { keepsLists: true });
    } catch {
      return this.#unreadable('invalid_json', `Line ${this.#line} is not JSON.`);
    }
    this.#dialect ??= dialectOf(row);
    if (this.#dialect === undefined) {
      return this.#unreadable('unknown_format', `Line ${this.#line} is no row of a batch's output.`);
    }
    try {
      const { customId, status, body, error, model, usage } = readResult(this.#dialect, row, { created: 0 });
      return {
        line: this.#line,
        customId,
        status,
        body: withPlainNumbers(body),
        error: error && { ...error },
        ...(model !== undefined && { model }),
        ...(usage !== undefined && { usage }),
      };
    } catch {
      return this.#unreadable('invalid_row', `Line ${this.#line} could not be read.`, partsOf(bytes));
    }
  }

  #unreadable(code: string, message: string, parts?: LineParts): BatchRow {
    const customId = parts === undefined || this.#dialect === undefined ? null : customIdOfParts(parts, this.#dialect);
    return { line: this.#line, customId, status: null, body: null, error: { code, message } };
  }
}
