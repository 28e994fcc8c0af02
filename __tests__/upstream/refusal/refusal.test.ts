import { redact } from '../../../lib/transfer/redaction/redaction';
import { type RefusalOptions, refusalError } from '../../../lib/upstream/refusal/refusal';
import { meaningOf } from '../../../lib/upstream/refusal/refusal-meaning';

function refusal(
  status: number,
  body: string | Buffer = '',
  headers: Readonly<Record<string, string>> = {},
  translateRefusal?: RefusalOptions['translateRefusal'],
): ReturnType<typeof refusalError> {
  return refusalError({ status, headers }, Buffer.from(body), {
    provider: 'held',
    translateRefusal,
    redact: (text) => redact(text, ['provider-key']),
  });
}

describe('refusalError', () => {
  it.each([
    [400, 'provider_error', 400],
    [401, 'provider_auth_failed', 502],
    [403, 'provider_auth_failed', 502],
    [407, 'provider_auth_failed', 502],
    [404, 'file_not_found', 404],
    [409, 'provider_error', 409],
    [412, 'provider_error', 412],
    [416, 'range_not_satisfiable', 416],
    [429, 'rate_limited', 429],
    [451, 'provider_error', 451],
    [500, 'provider_error', 500],
    [503, 'provider_error', 503],
    [529, 'provider_error', 529],
  ])('a %i is %s with status %i', (given, code, status) => {
    expect(refusal(given)).toMatchObject({ code, status, provider: 'held' });
  });

  it.each([
    ['OpenAI', '{"error":{"message":"m","type":"t","param":"p","code":"c"}}', { type: 't', param: 'p', code: 'c' }],
    ['OpenAI with nulls', '{"error":{"message":"m","type":"t","param":null,"code":null}}', { type: 't', param: null }],
    ['Anthropic', '{"type":"error","error":{"type":"overloaded_error","message":"m"}}', { type: 'overloaded_error' }],
    ['Google', '{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}', { code: 'INVALID_ARGUMENT' }],
    ['Google in a list', '[{"error":{"code":400,"message":"m","status":"ABORTED"}}]', { code: 'ABORTED' }],
    [
      'vLLM',
      '{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}',
      { type: 'BadRequestError' },
    ],
    ['FastAPI', '{"detail":"m"}', {}],
    ['a bare text in JSON', '{"error":"m"}', {}],
    ['S3', '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>m</Message></Error>', { code: 'SlowDown' }],
    ['a byte order mark', '\ufeff{"error":{"message":"m"}}', {}],
  ])('reads the words of %s', (_whose, body, members) => {
    const error = refusal(400, body);
    expect(error.message).toBe('m');
    expect(error.body).toMatchObject(members);
  });

  it('has the common type and no parameter where the provider names none', () => {
    for (const body of ['{"error":{"message":"m"}}', '<Error><Message>m</Message></Error>']) {
      expect(refusal(400, body).toResponseBody()).toEqual({
        error: { message: 'm', type: 'upstream_error', param: null, code: 'provider_error' },
      });
    }
  });

  it('takes nothing of a body without a message', () => {
    expect(refusal(400, '{"error":{"type":"t","param":"p","code":"c"}}').toResponseBody().error).toMatchObject({
      type: 'upstream_error',
      param: null,
      code: 'provider_error',
    });
  });

  it('takes a mark of byte order for one at the beginning alone', () => {
    expect(refusal(400, '{"error":{"message":"a\ufeffb"}}').message).toBe('a\ufeffb');
  });

  it("has the provider's response in its cause", () => {
    for (const status of [400, 403, 404]) {
      expect(refusal(status).cause).toEqual(new Error(`held answered with status ${status}`));
    }
  });

  it('words a refused credential itself', () => {
    expect(refusal(401).message).toBe("The provider did not accept the gateway's credential.");
  });

  it.each([
    ['HTML', '<html><body><h1>502 Bad Gateway</h1>nginx internal-host</body></html>'],
    ['nothing', ''],
    ['JSON without words', '{"a":1}'],
    ['a JSON text', '"internal"'],
    ['null', 'null'],
    ['an empty list', '[]'],
    ['an empty message', '{"error":{"message":" "}}'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00])],
  ])('has its own words for %s', (_what, body) => {
    expect(refusal(500, body).message).toBe('The provider refused the request with status 500.');
  });

  it('undoes XML’s entities once', () => {
    expect(refusal(400, '<Error><Message>a &lt;b&gt; &amp;amp; &quot;c&apos;</Message></Error>').message).toBe(
      `a <b> &amp; "c'`,
    );
  });

  it('keeps nothing of the provider’s text where the credential was refused or the file is not there', () => {
    for (const status of [401, 403, 404, 407]) {
      const error = refusal(status, '{"error":{"message":"internal","code":"internal","type":"internal"}}');
      expect(JSON.stringify(error.toResponseBody())).not.toContain('internal');
    }
  });

  it('gives the provider’s words for a 403 that the provider says means something else', () => {
    const body = Buffer.from('{"error":{"message":"Not in your region."}}');
    const meaning = meaningOf({ status: 403, headers: {} }, body, () => ({ code: 'provider_error' }));
    const error = refusalError({ status: 403, headers: {} }, body, {
      provider: 'held',
      translateRefusal: undefined,
      redact: (text) => text,
      meaning,
    });
    expect(error).toMatchObject({ code: 'provider_error', status: 403, message: 'Not in your region.' });
  });

  it('redacts credentials in every member, makes one line of it, and cuts long text', () => {
    const body = JSON.stringify({
      error: {
        message: `provider-key\r\n${'x'.repeat(9_999)}`,
        type: 'provider-key',
        param: 'provider-key',
        code: 'sk-abcdefgh',
      },
    });
    const error = refusal(400, body);
    expect(JSON.stringify(error.toResponseBody())).not.toMatch(/provider-key|sk-abc/);
    expect(error.message).toMatch(/^\[redacted\] x+$/);
    expect(error.message).toHaveLength(2000);
  });

  it('keeps what says when to try again, and whom to ask', () => {
    const headers = {
      'retry-after': '7',
      'retry-after-ms': '7000',
      'x-should-retry': 'true',
      'x-request-id': 'req_1',
      'set-cookie': 'a=b',
      'content-range': 'bytes */9',
    };
    expect(refusal(429, '', headers).headers).toEqual({
      'retry-after': '7',
      'retry-after-ms': '7000',
      'x-should-retry': 'true',
      'x-request-id': 'req_1',
    });
    expect(refusal(416, '', headers).headers).toMatchObject({ 'content-range': 'bytes */9' });
    expect(refusal(503, '', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }).headers).toEqual({
      'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT',
    });
  });

  it.each([
    ['retry-after', '120'],
    ['retry-after', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['retry-after', 'Sun Nov  6 08:49:37 1994'],
    ['retry-after-ms', '1'],
    ['retry-after-ms', '1.25'],
    ['x-should-retry', 'false'],
    ['x-request-id', 'a b~'],
  ])('keeps the header %s: %s', (name, value) => {
    expect(refusal(503, '', { [name]: value }).headers).toEqual({ [name]: value });
  });

  it.each([
    ['retry-after', '<7'],
    ['retry-after', '7>'],
    ['retry-after', 'x'.repeat(64)],
    ['x-request-id', 'provider-key'],
    ['x-request-id', 'of%20provider%2Dkey'],
    ['retry-after', 'Sun, provider-key 1994'],
    ['retry-after-ms', ' 1'],
    ['retry-after-ms', '1 '],
    ['retry-after-ms', '1.x'],
    ['x-should-retry', 'untrue'],
    ['x-should-retry', 'falsehood'],
    ['x-request-id', 'éa'],
    ['x-request-id', 'aé'],
  ])('drops the header %s: %s', (name, value) => {
    expect(refusal(503, '', { [name]: value }).headers).toEqual({});
  });

  it.each(['bytes */9', 'bytes */123'])('keeps the length of a file that has no such range: %s', (value) => {
    expect(refusal(416, '', { 'content-range': value }).headers).toMatchObject({ 'content-range': value });
  });

  it.each(['x bytes */9', 'bytes */9x', 'bytes */'])('drops the Content-Range %s', (value) => {
    expect(refusal(416, '', { 'content-range': value }).headers).not.toHaveProperty('content-range');
  });

  it('keeps no header that is not what it should be', () => {
    const headers = {
      'retry-after': '<script>',
      'retry-after-ms': 'soon',
      'x-should-retry': 'maybe',
      'x-request-id': 'é',
      'content-range': 'bytes 0-1/2',
    };
    expect(refusal(503, '', headers).headers).toEqual({});
    expect(refusal(416, '', headers).headers).toEqual({ 'x-should-retry': 'false' });
  });

  it('lets the provider have its own words, and falls back where they fail', () => {
    const body = '{"error":{"message":"common"}}';
    expect(refusal(400, body, {}, () => ({ message: 'own', code: 'own_code' }))).toMatchObject({
      message: 'own',
      body: { code: 'own_code' },
    });
    expect(refusal(400, body, {}, () => undefined).message).toBe('common');
    expect(
      refusal(400, body, {}, () => {
        throw new Error('broken');
      }).message,
    ).toBe('common');
    expect(refusal(400, body, {}, () => ({ message: 'own provider-key' })).message).toBe('own [redacted]');
  });
});
