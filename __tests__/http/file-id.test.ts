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

describe('an id of the syntax "path"', () => {
  it.each([
    'file-abc123',
    'files/abc',
    '_nanoid-x',
    '-nanoid',
    'https://generativelanguage.googleapis.com/v1beta/files/abc',
    'gs://bucket/a folder/päth (1)+2.jsonl',
    's3://bucket/job/in.jsonl.out',
    'accounts/a/datasets/d/f.jsonl',
    'a?b#c;d@e',
    '100%',
    '...',
    'a.b/..c/d..',
  ])('may be %s', (id) => {
    expect(parseFileId(encodeURIComponent(id), 'file_id', 'path')).toBe(id);
    const segments = id.split('/').map(encodeURIComponent).join('/');
    expect(parseFileId(segments, 'file_id', 'path')).toBe(id);
  });

  it.each([
    '',
    '.',
    '..',
    '%2e%2e',
    '.%2E',
    '%252e%252e',
    '%25252525252525252e',
    'a/../b',
    'a%2f..%2fb',
    'a%2f%252e%252e%2fb',
    'a//b',
    '/a',
    'a/',
    '%2fa',
    'gs://bucket//b',
    'gs://../b',
    'gs:///b',
    'a%5cb',
    'a\\b',
    'a%255cb',
    'a%00',
    'a%0d%0aX: y',
    'a%c2%85',
    'a%e2%80%ae',
    '%c0%ae%c0%ae',
    '%ef%bc%8e%ef%bc%8e',
    'a%2f%e2%80%a5%2fb',
    '%zz',
    'x'.repeat(2049),
  ])('may not be %.40s', (raw) => {
    expect(() => parseFileId(raw, 'file_id', 'path')).toThrow(expect.objectContaining({ code: 'invalid_file_id' }));
  });

  it('never climbs, whatever was written and however it is decoded and encoded on the way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webPath(), fc.webUrl()), (text) => {
        let id: string;
        try {
          id = parseFileId(text, 'file_id', 'path');
        } catch (error) {
          return error instanceof FileContentError;
        }
        const encoded = id.split('/').map(encodeURIComponent).join('/');
        const below = new URL(`http://provider.test/a/b/${encoded}/content`).pathname;
        const asOne = new URL(`http://provider.test/a/b/${encodeURIComponent(id)}/content`).pathname;
        return below.startsWith('/a/b/') && asOne.split('/').length === 5;
      }),
    );
  });
});

it.each([
  'cntr_bGl0ZWxsbTpjdXN0b21fbGxtX3Byb3ZpZGVyOm9wZW5haTttb2RlbF9pZDptO2NvbnRhaW5lcl9pZDpjbnRyXz4+Pj8/Pw==',
  'video_bGl0ZWxsbTpj/+/=',
])('an id that LiteLLM wrapped may have the characters of base64: %s', (id) => {
  expect(parseFileId(encodeURIComponent(id), 'file_id')).toBe(id);
});

it.each(['cntr_a%2Fb', 'video_a%2Bb', 'file-bGl0ZWxsbTpj%2Fx', 'cntr_bGl0ZWxsbTpj%2F..'])(
  'no other id may: %s',
  (raw) => {
    expect(refusalOf(raw).status).toBe(400);
  },
);

describe('printableId', () => {
  it('escapes control characters, so that a log line stays one line', () => {
    expect(printableId('a\r\nb\u0000"')).toBe('a\\r\\nb\\u0000\\"');
  });

  it('is bounded', () => {
    expect(printableId('x'.repeat(20_000))).toHaveLength(256);
  });
});
