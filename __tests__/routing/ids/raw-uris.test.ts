import fc from 'fast-check';
import { checkUnsignedId, checkUriPrefix, isAllowedUri, isRawUri } from '../../../lib/routing/ids/raw-uris';

function encodeTimes(text: string, times: number): string {
  let result = text;
  for (let time = 0; time < times; time += 1) result = encodeURIComponent(result);
  return result;
}

function encodeEverything(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

describe.each([
  's3://bucket/key',
  'gs://bucket/object',
  'S3://b/k',
  'Gs://b/o',
  ' s3://b/k',
  's3:b',
  'https://a/b',
  'azure:\\\\x',
])('%s as a file id', (uri) => {
  test('is refused at every depth of percent-encoding', () => {
    const accepted = Array.from({ length: 21 }, (_, depth) => depth).filter(
      (depth) => !isRawUri(encodeTimes(uri, depth)),
    );
    expect(accepted).toEqual([]);
  });

  test('is refused with every character escaped', () => {
    expect(isRawUri(encodeEverything(uri))).toBe(true);
    expect(isRawUri(encodeEverything(encodeEverything(uri)))).toBe(true);
    expect(isRawUri(encodeEverything(uri).toUpperCase())).toBe(true);
  });
});

test('an id that is still encoded after eight rounds is refused, whatever it holds', () => {
  expect(isRawUri(encodeTimes('a b', 8))).toBe(false);
  expect(isRawUri(encodeTimes('a b', 9))).toBe(true);
});

test.each(['file-abc123', 'assistant-123', 's3', 'gs-file', 'files/abc', 'a:b', '12345', '100%', '%zz'])(
  '%s is an ordinary id',
  (id) => {
    expect(isRawUri(id)).toBe(false);
  },
);

test('no id makes the check throw', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (id) => typeof isRawUri(id) === 'boolean'));
});

test('an allowed prefix allows URIs below it and no others', () => {
  const allowed = ['s3://batch-output/', 'gs://b/folder/'];
  expect(isAllowedUri('s3://batch-output/a/b.jsonl', allowed)).toBe(true);
  expect(isAllowedUri('gs://b/folder/x', allowed)).toBe(true);
  const outside = [
    's3://batch-output',
    's3://batch-output/',
    's3://batch-output-2/a',
    'S3://batch-output/a',
    'gs://b/other',
    'gs://b/folder/../other',
    'gs://b/folder/./x',
    'gs://b/folder//x',
    'gs://b/folder/%2e%2e/x',
    'gs://b/folder/x?y',
    'gs://b/folder/x#y',
    'gs://b/folder/..\\x',
    'gs://b/folder/a b',
    'file-abc',
  ];
  expect(outside.filter((id) => isAllowedUri(id, allowed))).toEqual([]);
});

test.each(['s3://bucket', 's3://', 'bucket/', 's3:///', 's3://b/../', 'http://b/', 's3://b/%2e/', '', 7])(
  'the prefix %p cannot be allowed',
  (prefix) => {
    expect(() => checkUriPrefix('registryResolver', 'allowedUris[0]', prefix)).toThrow(
      /^registryResolver: "allowedUris\[0\]" must be an address that ends in a slash, such as "s3:\/\/bucket\/"/,
    );
  },
);

test.each([
  'file-1',
  'files/abc',
  'a;b',
  'abc@1',
  '123',
  'a/b',
  'models/veo/operations/1-2',
  'accounts/a/datasets/d/f.jsonl',
  'https://generativelanguage.googleapis.com/v1beta/files/abc',
])('%s may be decoded from an unsigned id', (id) => {
  expect(() => checkUnsignedId(id, 'decoded', [])).not.toThrow();
});

test.each([
  '.',
  '..',
  '../x',
  'a//b',
  '/a',
  'files/../x',
  'https://generativelanguage.googleapis.com/v1beta/files/../x',
  'https://generativelanguage.googleapis.com.evil.test/v1beta/files/abc',
  'https://generativelanguage.googleapis.com/v1beta/files/abc?alt=media',
  'files/',
  'a?b',
  'a#b',
  'a b',
  'a\\b',
  'a\r\nb',
  'a\0',
  'ä',
  'a%2fb',
  '',
  's3://b/k',
])('%p may not', (id) => {
  expect(() => checkUnsignedId(id, 'decoded', [])).toThrow(
    expect.objectContaining({ code: 'invalid_file_id', status: 400 }),
  );
});
