import { parentPort } from 'node:worker_threads';
import { type ConvertedRow, convertLine, type Line, type Reading } from './convert-line';

/** A line for the conversion thread. */
export interface Question {
  readonly line: Line;
  readonly reading: Reading;
}

/** The converted line. `text` is UTF-8 with a line feed, without one if it is a part. Undefined for a blank line. */
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
// Lines are sent only after the thread was loaded.
parentPort?.postMessage('ready');
