import { redact, secretsOf } from '../../../lib/transfer/redaction/redaction';
import { CARRIERS, type Carried, KEY_SHAPES, SPELLINGS } from '../../support/echoed-keys';

const FRAMES: readonly (readonly [string, string])[] = [
  ['The key ', ' is not valid here.'],
  ['', ''],
  ['{"request":{"header":"', '"}}'],
  ['GET /v1/files?x=', '&y=1'],
  ['(', ')'],
];

function secrets({ headers, query = '' }: Carried): readonly string[] {
  return secretsOf(new URL(`https://api.test/v1/files/file-1/content?${query}`), headers);
}

describe.each(Object.entries(CARRIERS))('a key in %s', (_carrier, carry) => {
  it.each(Object.entries(KEY_SHAPES))('%s is redacted in every spelling', (_shape, key) => {
    const found = secrets(carry(key));
    const leaks: string[] = [];
    for (const [spelling, spell] of Object.entries(SPELLINGS)) {
      for (const [before, after] of FRAMES) {
        const echo = spell(key);
        const text = redact(`${before}${echo}${after}`, found);
        const isKept = text.startsWith(before.slice(0, 8)) && text.endsWith(after.slice(-8));
        // What is short in Base64 cannot be told from a word.
        const core = spelling.includes('Base64') ? echo.slice(0, -4) : echo;
        if (text.includes(core) || !isKept) leaks.push(`${spelling}: ${text}`);
      }
    }
    expect(leaks).toEqual([]);
  });
});

it.each([
  ['the name of an organisation', { 'openai-organization': 'accepts', 'openai-project': 'latest' }],
  ['a mode', { 'x-mode': 'test', 'x-env': 'only', 'x-level': 'keys' }],
  ['a version', { 'anthropic-version': '2023-06-01', 'x-ms-version': '2024-11-04', 'anthropic-beta': 'files' }],
  ['content negotiation', { accept: 'text/plain', 'accept-language': 'latest', 'user-agent': 'test only' }],
  ['a short key inside of words', { authorization: 'Bearer test', 'api-key': 'late' }],
])('%s hides no ordinary word', (_what, headers) => {
  const text = 'the latest model accepts contested text/plain keys of 2023-06-01 and 2024-11-04 for files only';
  expect(
    redact(text, secretsOf(new URL('https://a.test/v1/files/file-1?api-version=latest&region=only'), headers)),
  ).toBe(text);
});

it('hides a key in the path of the base, and neither words of APIs nor what the client wrote', () => {
  const url = new URL('https://gw.test/openai/tok-9f8e7d6c/deployments/gpt-4o/v1/files/file-abc12345/content');
  const found = secretsOf(url, {}, { values: ['file-abc12345'], query: [] });
  expect(redact('POST /openai/tok-9f8e7d6c/deployments/gpt-4o/v1/files/file-abc12345/content', found)).toBe(
    'POST /openai/[redacted]/deployments/gpt-4o/v1/files/file-abc12345/content',
  );
});

it.each(['v1.e30.s1gn4ture', 'v2-tok-9f8e7d6c', 'v1sk1234'])('hides %s in a path, which is no version', (key) => {
  const url = new URL(`https://gw.test/${key}/v1beta1/v2/files/file-1/content`);
  const found = secretsOf(url, {}, { values: ['file-1'], query: [] });
  expect(redact(`no ${key} at /v1beta1/v2/files`, found)).toBe('no [redacted] at /v1beta1/v2/files');
});

it('hides no value of the query that is the client’s', () => {
  const url = new URL('https://gw.test/v1/files/file-1?variant=thumbnail1&auth=s3cr3t');
  expect(redact('no thumbnail1 for s3cr3t', secretsOf(url, {}, { values: [], query: ['variant'] }))).toBe(
    'no thumbnail1 for [redacted]',
  );
});

it('hides every part of a signature of version 4 that opens something', () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=minioadmin1/20260101/us-east-1/s3/aws4_request, ' +
    'SignedHeaders=host;x-amz-date, Signature=0f1e2d3c4b5a69788796a5b4c3d2e1f0';
  const found = secretsOf(new URL('https://b.test/'), { authorization, 'x-amz-date': '20260101T000000Z' });
  expect(redact('minioadmin1 signed 0f1e2d3c4b5a69788796a5b4c3d2e1f0 with host;x-amz-date', found)).toBe(
    '[redacted] signed [redacted] with host;x-amz-date',
  );
});

it('leaves no beginning of a key at the end of a text that was cut', () => {
  const found = secretsOf(new URL('https://a.test/'), { authorization: 'Bearer canary-provider-4Rt8Ym3N' });
  expect(redact('You sent canary-prov', found)).toBe('You sent [redacted]');
  expect(redact('You sent canary-prov...', found)).toBe('You sent [redacted]...');
  expect(redact('You sent a Bearer', found)).toBe('You sent a Bearer');
  const long = redact(`${'x'.repeat(16 * 1024 - 12)}canary-provider-4Rt8Ym3N`, found);
  expect(long).not.toContain('canary');
});

it('hides what no spelling of a secret shows but the words of a scheme do not', () => {
  expect(redact('Bearer authentication is required. Basic authentication is not.')).toBe(
    'Bearer authentication is required. Basic authentication is not.',
  );
});
