import { LineConverter } from '../../../lib/batch/conversion/line-converter';
import { type BatchRow, BEDROCK, convert, GEMINI_ROW, VERTEX } from '../../support/batch-rows';

describe('lines', () => {
  it.each([
    ['the last without a line feed', 'A\nB', 2],
    ['carriage returns', 'A\r\nB\r\n', 2],
    ['blank lines', '\n\r\n  \nA\n\n', 1],
    ['none at all', '', 0],
  ])('%s', async (_what, template, count) => {
    const row = JSON.stringify(GEMINI_ROW);
    const rows = await convert(template.replaceAll(/[AB]/g, row), VERTEX);
    expect(rows.map((converted) => converted.custom_id)).toEqual(Array(count).fill('request-1'));
  });

  it.each([
    ['not JSON', 'nonsense', 'invalid_json'],
    ['half a row', '{"status":', 'invalid_json'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalid_json'],
    ['a number', '7', 'invalid_row'],
    ['null', 'null', 'invalid_row'],
    ['an array', '[]', 'invalid_row'],
    ['an empty object', '{}', 'invalid_row'],
  ])('%s gives an error row, and the rows around it are there', async (_what, line, code) => {
    for (const [of, around] of [
      [VERTEX, JSON.stringify(GEMINI_ROW)],
      [BEDROCK, '{"recordId":"request-1","modelOutput":{"generation":"x"}}'],
    ] as const) {
      const newline = Buffer.from('\n');
      const content = Buffer.concat([Buffer.from(around), newline, Buffer.from(line), newline, Buffer.from(around)]);
      const rows = await convert(content, of);
      expect(rows.map((row) => row.custom_id)).toEqual(['request-1', null, 'request-1']);
      expect(rows[1]).toMatchObject({ response: null, error: { code, message: expect.stringMatching(/./) } });
      expect(Object.keys(rows[1]!)).toEqual(['id', 'custom_id', 'response', 'error']);
    }
  });

  it('a byte order mark does no harm', async () => {
    const rows = await convert(`\uFEFF${JSON.stringify(GEMINI_ROW)}`, VERTEX);
    expect(rows[0]).toMatchObject({ custom_id: 'request-1', error: null });
  });

  it('however they are cut into chunks, give the same rows', async () => {
    const content = Buffer.from(`${JSON.stringify({ key: 'é🙂', response: {} })}\r\n\n{"key":"2","response":{}}`);
    const whole = await convertInChunks(content, content.length);
    expect(whole).toHaveLength(2);
    for (let size = 1; size < content.length; size += 1) expect(await convertInChunks(content, size)).toEqual(whole);
  });

  it('of which one is too long give an error row for it alone, with its id, within the limit of memory', async () => {
    const long = `{"key":"long","response":"${'x'.repeat(5000)}"}`;
    const content = Buffer.from(`{"key":"1","response":1}\n${long}\n{"key":"3","response":3}\n${long}`);
    for (const size of [1, 64, content.length]) {
      const rows = await convertInChunks(content, size, 256);
      expect(rows.map((row) => [row.custom_id, row.error?.code])).toEqual([
        ['1', undefined],
        ['long', 'row_too_long'],
        ['3', undefined],
        ['long', 'row_too_long'],
      ]);
      expect(new Set(rows.map((row) => row.id)).size).toBe(4);
    }
  });
});

async function convertInChunks(content: Buffer, size: number, maxLineBytes = 1024): Promise<BatchRow[]> {
  let output = '';
  const converter = new LineConverter({
    reading: { dialect: 'vertex', facts: { created: 0 } },
    maxLineBytes,
    signal: new AbortController().signal,
    write(rows) {
      output += rows.toString();
      return undefined;
    },
  });
  for (let start = 0; start < content.length; start += size) {
    await converter.feed(content.subarray(start, start + size));
  }
  await converter.end();
  return output
    .split('\n')
    .slice(0, -1)
    .map((row) => JSON.parse(row) as BatchRow);
}
