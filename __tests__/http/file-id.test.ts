import fc from 'fast-check';
import { FileContentError } from '../../lib/errors';
import { parseFileId, printableId } from '../../lib/http/file-id';

function refusalOf(raw: string): FileContentError {
  try {
    parseFileId(raw, 'fileId');
  } catch (error) {
    if (error instanceof FileContentError) return error;
    throw error;
  }
  throw new Error(`accepted: ${raw.slice(0, 40)}`);
}

describe('parseFileId', () => {
  it.each([
    'file-abc123',
    'file_abc',
    'assistant-1.2',
    'a',
    '0',
    'bGl0ZWxsbV9wcm94eTphcHBsaWNhdGlvbg==',
    'gen~1:part=2',
    'x'.repeat(2048),
  ])('accepts %.40s', (id) => {
    expect(parseFileId(id, 'fileId')).toBe(id);
  });

  it('decodes exactly once', () => {
    expect(parseFileId('file%2Dabc%3d', 'fileId')).toBe('file-abc=');
    for (const raw of ['%252e%252e', 'file%252Dabc', 'a%25']) expect(refusalOf(raw).status).toBe(400);
  });

  it.each([
    ['nothing', ''],
    ['one dot', '.'],
    ['two dots', '..'],
    ['encoded dots', '%2e%2e'],
    ['a slash', 'a%2fb'],
    ['a backslash', 'a%5cb'],
    ['NUL', 'a%00'],
    ['CR LF', 'a%0d%0aX: y'],
    ['a question mark', 'a%3fb'],
    ['a hash', 'a%23b'],
    ['an at sign', 'a%40b'],
    ['a semicolon', 'a;b'],
    ['a space', 'a%20b'],
    ['overlong UTF-8', '%c0%ae%c0%ae'],
    ['a bad escape', '%zz'],
    ['half an escape', 'a%2'],
    ['__proto__', '__proto__'],
    ['a flag', '-rf'],
    ['another script', '%d1%84'],
    ['2,049 characters', 'x'.repeat(2049)],
    ['20 kB', 'x'.repeat(20_000)],
  ])('refuses %s', (_what, raw) => {
    const error = refusalOf(raw);
    expect(error.code).toBe('invalid_file_id');
    expect(error.status).toBe(400);
    expect(error.body.param).toBe('fileId');
    expect(error.message).toMatch(/^Invalid fileId: .+\.$/);
  });

  it.each([
    ['', 'it is empty'],
    ['x'.repeat(2049), 'it is longer than 2048 characters'],
    ['%zz', 'it is not valid percent-encoded UTF-8'],
    ['-a', "it must begin with a letter or a digit and have only letters, digits, '.', '_', '~', ':', '=' and '-'"],
  ])('says of %.20j what is wrong with it', (raw, problem) => {
    expect(refusalOf(raw).message).toBe(`Invalid fileId: ${problem}.`);
  });

  it('counts what was written, not what it stands for', () => {
    expect(parseFileId('%41'.repeat(682), 'fileId')).toBe('A'.repeat(682));
    expect(refusalOf('%41'.repeat(683)).message).toMatch(/longer/);
  });

  it('names the parameter that was wrong', () => {
    expect(() => parseFileId('..', 'containerId')).toThrow('Invalid containerId');
  });

  it('gives only ids that are one segment of any URL, whatever was written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webPath(), fc.base64String()), (text) => {
        let id: string;
        try {
          id = parseFileId(text, 'fileId');
        } catch (error) {
          return error instanceof FileContentError;
        }
        const url = new URL(`http://provider.test/v1/files/${encodeURIComponent(id)}/content`);
        return url.pathname.split('/').length === 5 && url.search === '' && decodeURIComponent(id) === id;
      }),
    );
  });
});

describe('printableId', () => {
  it('escapes control characters, so that a log line stays one line', () => {
    expect(printableId('a\r\nb\u0000"')).toBe('a\\r\\nb\\u0000\\"');
  });

  it('is bounded', () => {
    expect(printableId('x'.repeat(20_000))).toHaveLength(256);
  });
});
