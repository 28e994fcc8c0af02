import { once } from 'node:events';
import { Readable } from 'node:stream';
import { bedrock, vertexAI } from '../../../lib';
import { longLines } from '../../../lib/batch/conversion/line-budget';
import { LineTransform } from '../../../lib/batch/conversion/line-transform';
import { type BatchRow, BEDROCK, convert, VERTEX } from '../../support/batch-rows';
import { eventually } from '../../support/leaks';

const MIB = 1024 * 1024;
const TEXT = 'x'.repeat(5 * MIB);
const LABELS = '"request":{"labels":{"custom_id":"a\\"\\u00e9"},"contents":[{"text":"\\"recordId\\":\\"no\\"}"}]}';

function converting(maxLineBytes = 4 * MIB): LineTransform {
  return new LineTransform({ reading: { dialect: 'vertex', facts: { created: 0 } }, maxLineBytes });
}

describe('S4: a line that is longer than the limit', () => {
  it.each([
    ['at its beginning', VERTEX, `{"custom_id":"1","response":"${TEXT}"}`, '1'],
    ['under the name that Gemini gives it', VERTEX, `{"key":"1","response":{"a":[[[[[{"b":"${TEXT}"}]]]]]}}`, '1'],
    ['in the labels of the request, escaped', VERTEX, `{"status":"",${LABELS},"response":"${TEXT}"}`, 'a"é'],
    ['at its end', BEDROCK, `{"modelInput":{},"modelOutput":{"text":"${TEXT}"},"recordId":"1"}`, '1'],
    ['at its end, with spaces', BEDROCK, `{ "modelOutput" : "${TEXT}" , "recordId" : "1" , "other" : {} } \r`, '1'],
    ['in labels at its end', VERTEX, `{"response":"${TEXT}",${LABELS}}`, 'a"é'],
    ['nowhere', BEDROCK, `{"modelOutput":"${TEXT}"}`, null],
    ['only in a part of another member', BEDROCK, `{"modelOutput":{"a":"${TEXT}","recordId":"no"}}`, null],
    ['only in a text', BEDROCK, `{"modelOutput":"${TEXT}\\"recordId\\":\\"no\\"}"}`, null],
    ['only in the middle', BEDROCK, `{"a":"${TEXT}","recordId":"no","b":"${TEXT}"}`, null],
    ['where it is no JSON', BEDROCK, `{"recordId":"1",${'['.repeat(5 * MIB)}`, '1'],
    ['where it is no JSON at all', BEDROCK, TEXT, null],
  ])('is an error row with the id that is %s', async (_where, of, line, id) => {
    const rows = await convert(`${line}\n{"recordId":"next","key":"next","modelOutput":1,"response":1}`, of);
    expect(rows.map((row) => [row.custom_id, row.error?.code])).toEqual([
      [id, 'row_too_long'],
      ['next', undefined],
    ]);
    expect(rows[0]?.error?.message).toBe('Line 1 is longer than 4194304 bytes.');
    expect(longLines.taken).toBe(0);
  });

  it('is set by an option', async () => {
    const small = vertexAI({ accessToken: 't', batchOutput: 'openai', maxLineBytes: 40 });
    const rows = await convert(`{"key":"1","response":"${'x'.repeat(40)}"}\n{"key":"2","response":2}`, small);
    expect(rows.map((row) => row.error?.message)).toEqual(['Line 1 is longer than 40 bytes.', undefined]);
    const large = vertexAI({ accessToken: 't', batchOutput: 'openai', maxLineBytes: 8 * MIB });
    expect(await convert(`{"key":"1","response":"${TEXT}"}`, large)).toMatchObject([{ custom_id: '1', error: null }]);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, 2 ** 40, '4'])('is refused as an option: %p', (maxLineBytes) => {
    const options = { maxLineBytes: maxLineBytes as number };
    const message = /"maxLineBytes" must be an integer from 1 to 134217728, got/;
    expect(() => vertexAI({ accessToken: 't', ...options })).toThrow(message);
    expect(() => bedrock({ region: 'us-east-1', ...options })).toThrow(message);
  });
});

describe('the output for a file', () => {
  it.each([
    ['numbers', '1\n'],
    ['nonsense', '?\n'],
    ['empty objects', '{}\n'],
    ['white space before a number', ' 1\n'],
  ])('is bounded where its lines are %s: a thousand rows, and one for all others', async (_what, line) => {
    const rows = await convert(line.repeat(3000), VERTEX);
    expect(rows).toHaveLength(1001);
    expect(new Set(rows.slice(0, 1000).map((row) => row.error?.code)).size).toBe(1);
    expect(rows.at(-1)).toEqual({
      id: expect.stringMatching(/^batch_req_[0-9a-f]{24}$/),
      custom_id: null,
      response: null,
      error: {
        code: 'rows_omitted',
        message:
          "2000 more lines of the provider's file, the first of them line 1001, could not be converted and have no row " +
          'of their own.',
      },
    });
  });

  it('has all rows that name an id, also after a thousand that do not', async () => {
    const good = '{"key":"1","response":1}\n{"key":"2","error":{"message":"no"}}\n{"key":"3"}\n';
    const rows = await convert(`${'1\n'.repeat(1500)}${good.repeat(1000)}`, VERTEX);
    expect(rows.filter((row) => row.custom_id !== null)).toHaveLength(3000);
    expect(rows).toHaveLength(4001);
  });

  it('is at most eight times as long, and a megabyte', async () => {
    const file = '{"key":"a"}\n'.repeat(100_000);
    let size = 0;
    for await (const rows of Readable.from([Buffer.from(file)]).pipe(converting())) size += (rows as Buffer).length;
    expect(size).toBeLessThan(8 * file.length + 1.1 * MIB);
    expect(size).toBeGreaterThan(8 * file.length);
  });

  it('is not a row for each of a million choices', async () => {
    const choices = `${'{},'.repeat(MIB)}{}`;
    for (const [of, line] of [
      [VERTEX, `{"key":"1","response":{"candidates":[${choices}]}}`],
      [BEDROCK, `{"recordId":"1","modelOutput":{"results":[${choices}]}}`],
      [BEDROCK, `{"recordId":"1","modelOutput":{"outputs":[${choices}]}}`],
    ] as const) {
      expect(await convert(line, of)).toMatchObject([{ custom_id: '1', error: { code: 'invalid_row' } }]);
    }
  });

  it('is not longer than a row may become', async () => {
    const call = '{"functionCall":{"name":"f"}},';
    const line = `{"key":"1","response":{"candidates":[{"content":{"parts":[${call.repeat(20_000)}0]}}]}}`;
    expect(await convert(line, VERTEX)).toMatchObject([{ custom_id: '1', error: { code: 'invalid_row' } }]);
  });
});

describe('a conversion', () => {
  it('lets others have their turn', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const rows = Array.from({ length: 20_000 }, (_, index) => `{"key":"${index}","response":{"a":[1,2,3]}}\n`).join('');
    expect(await convert(rows, VERTEX)).toHaveLength(20_000);
    isOver = true;
    expect(turns).toBeGreaterThan(5);
  });

  it('makes rows no faster than they are read, and gives the same bytes', async () => {
    const rows = Buffer.from('{"key":"1","response":{"text":"some text"}}\n'.repeat(20_000));
    const stream = converting();
    stream.end(rows);
    await once(stream, 'readable');
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(stream.readableLength).toBeLessThan(256 * 1024);
    let count = 0;
    for await (const part of stream) count += String(part).split('\n').length - 1;
    expect(count).toBe(20_000);
  });

  it('waits for room for its long lines, and lets go of it when it is ended', async () => {
    const line = Buffer.from(`{"key":"1","response":"${'x'.repeat(MIB)}`);
    const streams = Array.from({ length: 10 }, () => converting());
    for (const stream of streams) {
      stream.on('error', () => undefined).resume();
      stream.write(line);
    }
    await eventually('the room is taken', () => longLines.taken === 32 * MIB);
    const written = streams.map((stream) => stream.writableLength);
    // Eight lines have room, two wait.
    expect(written.filter((length) => length > 0)).toHaveLength(2);
    for (const stream of streams.slice(0, 2)) stream.destroy();
    await eventually('the others have room', () =>
      streams.slice(2).every(({ writableLength }) => writableLength === 0),
    );
    for (const stream of streams.slice(2, 5)) stream.end('"}');
    await Promise.all(streams.slice(2, 5).map((stream) => once(stream, 'end')));
    expect(longLines.taken).toBe(20 * MIB);
    for (const stream of streams.slice(5)) stream.destroy(new Error('gone'));
    expect(longLines.taken).toBe(0);
  });

  it('on its thread gives the rows that it gives elsewhere', async () => {
    const short = {
      key: 'é🙂',
      request: { a: 1 },
      response: { candidates: [{ content: { parts: [{ text: 'x' }] } }] },
    };
    const long = { ...short, request: { a: 'é'.repeat(100_000) } };
    const [first, second] = await convert(`${JSON.stringify(long)}\n${JSON.stringify(short)}`, VERTEX);
    const { id, ...rest }: BatchRow = first!;
    expect({ ...second, id: undefined, response: { ...second?.response, request_id: undefined } }).toEqual({
      ...rest,
      id: undefined,
      response: { ...rest.response, request_id: undefined },
    });
    expect(id).not.toBe(second?.id);
    const blank = await convert(`${' '.repeat(100_000)}\n${'['.repeat(100_000)}\n${JSON.stringify(short)}`, VERTEX);
    expect(blank.map((row) => row.error?.code)).toEqual(['invalid_json', undefined]);
  });
});
