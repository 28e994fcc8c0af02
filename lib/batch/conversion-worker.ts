import { parentPort } from 'node:worker_threads';
import { type ConvertedRow, convertLine, type Line, type Reading } from './convert-line';

/** What the thread for long lines is asked. */
export interface Question {
  readonly line: Line;
  readonly reading: Reading;
}

/** What it gives back. `text` is UTF-8, with a line feed unless it is a part; undefined for a blank line. */
export interface Answer {
  readonly text: Uint8Array<ArrayBuffer> | undefined;
  readonly isAnonymous: boolean;
  readonly part: ConvertedRow['part'];
}

const encoder = new TextEncoder();

parentPort?.on('message', ({ line, reading }: Question) => {
  const row = convertLine(line, reading);
  const text = row && encoder.encode(row.part ? row.text : `${row.text}\n`);
  const answer: Answer = { text, isAnonymous: row?.isAnonymous === true, part: row?.part };
  parentPort?.postMessage(answer, text === undefined ? [] : [text.buffer]);
});
// Nothing is sent to a thread that could not be loaded.
parentPort?.postMessage('ready');
