import { redact } from '../../../lib/transfer/redaction/redaction';
import { cleanUpstreamCode, readUpstreamCode } from '../../../lib/upstream/refusal/upstream-code';

function read(body: string, headers: Readonly<Record<string, string>> = {}): string | undefined {
  return readUpstreamCode({ status: 400, headers }, Buffer.from(body));
}

describe('readUpstreamCode', () => {
  it.each([
    ['OpenAI', '{"error":{"message":"m","type":"t","param":null,"code":"invalid_api_key"}}', 'invalid_api_key'],
    ['OpenAI without a code', '{"error":{"message":"m","type":"server_error","code":null}}', 'server_error'],
    ['Anthropic', '{"type":"error","error":{"type":"not_found_error","message":"m"}}', 'not_found_error'],
    ['Google', '{"error":{"code":403,"message":"m","status":"PERMISSION_DENIED"}}', 'PERMISSION_DENIED'],
    ['Google in a list', '[{"error":{"code":400,"message":"m","status":"ABORTED"}}]', 'ABORTED'],
    ['Cloud Storage', '{"error":{"code":404,"message":"m","errors":[{"reason":"notFound"}]}}', 'notFound'],
    ['a server without an inner object', '{"object":"error","message":"m","code":"1901"}', '1901'],
    ['S3', '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code><Message>m</Message></Error>', 'NoSuchBucket'],
    ['S3 without a message', '<Error><Code>RequestTimeTooSkewed</Code></Error>', 'RequestTimeTooSkewed'],
    ['a byte order mark', '\ufeff{"error":{"code":"c"}}', 'c'],
  ])('reads the code of %s', (_whose, body, code) => {
    expect(read(body)).toBe(code);
  });

  it('reads the header of Azure Storage, which is there without a body', () => {
    expect(read('', { 'x-ms-error-code': 'BlobNotFound' })).toBe('BlobNotFound');
  });

  it.each([
    '',
    'null',
    '[]',
    '{"error":"text"}',
    '{"error":{"code":404}}',
    '<html>',
    '{"error":{"code":" "}}',
    '{"a":',
  ])('finds none in %s', (body) => {
    expect(read(body)).toBeUndefined();
  });

  it('reads 64 KiB of a hostile body in linear time', () => {
    const before = process.cpuUsage();
    for (const piece of ['<Code>', '<Code>a', '<Code> ', '[']) read(piece.repeat(65_536 / piece.length));
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
  });
});

describe('cleanUpstreamCode', () => {
  const hide = (text: string): string => redact(text, ['provider-key']);

  it.each([
    ['NoSuchKey', 'NoSuchKey'],
    [' a b\r\nc ', 'a_b_c'],
    ['é', undefined],
    ['', undefined],
    ['\u2028', undefined],
    ['x'.repeat(65), 'x'.repeat(64)],
    [42, undefined],
    [undefined, undefined],
    ['provider-key', undefined],
    ['wrong: sk-abcdefghij', undefined],
  ])('makes one word of %j: %j', (given, code) => {
    expect(cleanUpstreamCode(given, hide)).toBe(code);
  });
});
