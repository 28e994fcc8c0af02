import { runInNewContext } from 'node:vm';
import { describeCause, redact, secretsOf } from '../../../lib/transfer/redaction/redaction';

const KEY = 'sk-proj-4Rt8Ym3NwX0aB1cD2eF3';

describe('redact', () => {
  it.each([
    ['an OpenAI key', `Incorrect API key provided: ${KEY}.`, KEY],
    ['a masked OpenAI key', 'provided: sk-proj-****************3NwX.', '3NwX'],
    ['a bearer token', 'Authorization: Bearer abc.def-ghi_jkl', 'abc.def-ghi_jkl'],
    ['basic credentials', 'basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
    ['a Google key', 'key AIzaSyA1234567890abcdefghijklmn', 'AIzaSyA1234567890abcdefghijklmn'],
    ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7EXAMPLE'],
    ['a Google token', 'ya29.a0AfH6SMBxyzxyz', 'a0AfH6SMBxyzxyz'],
    ['a JWT', 'eyJhbGciOiJI.eyJzdWIiOiIx.SflKxw', 'eyJzdWIiOiIx'],
    ['an AWS signature', 'https://b.s3.test/k?X-Amz-Signature=feedbeef&x=1', 'feedbeef'],
    ['an Azure signature', 'https://a.blob.test/k?sv=2024&sig=abc%2Bdef', 'abc%2Bdef'],
    ['a key in a query', 'https://a.test/k?api-key=hello-hello', 'hello-hello'],
  ])('hides %s', (_what, text, secret) => {
    expect(redact(text)).not.toContain(secret);
    expect(redact(text)).toContain('[redacted]');
  });

  it('hides a secret that it is given, wherever it stands', () => {
    expect(redact('a tøps3cret b tøps3cret', ['tøps3cret'])).toBe('a [redacted] b [redacted]');
  });

  it('leaves other text as it is', () => {
    const text = "No such file: file-abc123 (signature of 3 files, pk-1). It's gone?a=b&c=d";
    expect(redact(text)).toBe(text);
  });
});

describe('secretsOf', () => {
  it('finds header values, with and without their scheme, and signing parameters in both spellings', () => {
    const url = new URL('https://b.test/k?X-Amz-Signature=ab%2Fcdef&X-Amz-Date=20260101&page=2');
    const secrets = secretsOf(url, { authorization: `Bearer ${KEY}`, 'api-key': 'short-one' });
    expect(secrets).toEqual(expect.arrayContaining([`Bearer ${KEY}`, KEY, 'short-one', 'ab%2Fcdef', 'ab/cdef']));
    expect(secrets).not.toContain('2');
  });

  it('gives the longest first, so that no part of one is left over', () => {
    const secrets = secretsOf(new URL('https://b.test/'), { authorization: `Bearer ${KEY}` });
    expect(redact(`Bearer ${KEY}`, secrets)).toBe('[redacted]');
  });

  it('does not redact values that are too short to be secrets', () => {
    expect(secretsOf(new URL('https://b.test/'), { 'x-version': '1' })).toEqual([]);
  });
});

describe('describeCause', () => {
  it('makes an error plain data', () => {
    const error = Object.assign(new TypeError('no'), { code: 'ECONNREFUSED', key: KEY });
    expect(describeCause(error)).toEqual({ name: 'TypeError', message: 'no', code: 'ECONNREFUSED' });
  });

  it('leaves out a code that is not a string', () => {
    expect(describeCause(Object.assign(new Error('no'), { code: 7 }))).toEqual({ name: 'Error', message: 'no' });
  });

  it('takes the first of several attempts to connect', () => {
    const first = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(describeCause(new AggregateError([first, new Error('second')]))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('takes an aggregate without errors as it is', () => {
    expect(describeCause(new AggregateError([], 'none'))).toEqual({ name: 'AggregateError', message: 'none' });
  });

  it('knows an error of another realm', () => {
    const foreign: unknown = runInNewContext("Object.assign(new TypeError('no'), { code: 'E' })");
    expect(describeCause(foreign)).toEqual({ name: 'TypeError', message: 'no', code: 'E' });
  });

  it('describes a thrown string, and no other value that is not an error', () => {
    expect(describeCause({ key: KEY })).toEqual({ name: 'object', message: 'a value of type object was thrown' });
    expect(describeCause('text')).toEqual({ name: 'string', message: 'text' });
    expect(describeCause(undefined)).toBeUndefined();
    expect(describeCause(null)).toBeUndefined();
  });

  it('is bounded', () => {
    expect(describeCause(new Error('x'.repeat(9_999)))?.message).toHaveLength(500);
    expect(describeCause('x'.repeat(9_999))?.message).toHaveLength(500);
  });
});
