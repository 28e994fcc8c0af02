import { openai } from '../../lib/index';
import { PROVIDER_KEY } from '../support/canary';
import { EXPRESS_MAJORS, type GatewayOptions, startGateway } from '../support/gateway';
import { connectRaw, type RawResponse, requestBytes } from '../support/raw-client';
import { answer, type RawProvider, startRawProvider } from '../support/raw-provider';

function namesOf(head: string): string[] {
  const lines = head.trimEnd().split('\r\n').slice(1);
  return lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase()).sort();
}

interface Asked {
  readonly provider: RawProvider;
  readonly head: string;
  readonly response: RawResponse;
}

describe.each(EXPRESS_MAJORS)('T2: headers pass by allow-list, both ways (Express %i)', (express) => {
  async function ask(
    lines: readonly string[],
    given: readonly string[] = [],
    options: Partial<GatewayOptions> = {},
  ): Promise<Asked> {
    await using provider = await startRawProvider(({ send }) => send(answer('hello', given)));
    const held = openai({ apiKey: PROVIDER_KEY, baseURL: `${provider.origin}/v1` });
    await using app = await startGateway({ express, resolveProvider: () => held, ...options });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ headers: lines }));
    const { response } = await client.result();
    return { provider, head: provider.requests[0] ?? '', response };
  }

  it('of a plain request, the provider gets its own headers and the connection’s', async () => {
    const { head } = await ask([
      'Accept: */*',
      'User-Agent: curl/8',
      'Cookie: a=b',
      'X-Custom: 1',
      'Accept-Encoding: gzip',
    ]);
    expect(namesOf(head)).toEqual(['accept', 'accept-encoding', 'authorization', 'connection', 'host']);
    expect(head).toMatch(/^accept-encoding: identity\r$/im);
  });

  it('validators, ranges and content negotiation pass as they are', async () => {
    const lines = [
      'accept: application/jsonl',
      'range: bytes=0-4',
      'if-range: "v1"',
      'if-match: "v1", "v2"',
      'if-none-match: W/"v0"',
      'if-modified-since: Sun, 01 Nov 2026 00:00:00 GMT',
      'if-unmodified-since: Sun, 22 Nov 2026 00:00:00 GMT',
    ];
    const { head } = await ask(lines);
    for (const line of lines) expect(head.toLowerCase()).toContain(`\r\n${line.toLowerCase()}\r\n`);
  });

  it.each([
    ['Connection: authorization'],
    ['Connection: host, accept-encoding'],
    ['Connection: close, authorization, x-foo'],
    ['Connection: ,, ,\tauthorization'],
  ])('a client cannot delete what the gateway adds: %s', async (line) => {
    const { head } = await ask([line, 'X-Foo: 1']);
    expect(head).toContain(`Bearer ${PROVIDER_KEY}`);
    expect(namesOf(head)).toEqual(['accept-encoding', 'authorization', 'connection', 'host']);
    expect(head).toMatch(/^connection: keep-alive\r$/im);
  });

  it('what the client names in Connection ends with its hop', async () => {
    const { head } = await ask(['Connection: close, range', 'Range: bytes=0-1']);
    expect(namesOf(head)).not.toContain('range');
  });

  it('Expect skips nothing', async () => {
    const { head, response } = await ask(['Expect: 100-continue', 'Authorization: Bearer client']);
    expect(response.status).toBe(200);
    expect(head).toContain(`Bearer ${PROVIDER_KEY}`);
    expect(head).not.toMatch(/expect|client/i);
  });

  it('the client’s Host chooses nothing', async () => {
    const { head, provider } = await ask(['X-Forwarded-Host: evil.test', 'Forwarded: host=evil.test']);
    expect(head).toContain(`host: 127.0.0.1:${provider.port}\r\n`);
    expect(head).not.toContain('evil.test');
  });

  it('only headers listed in headers.request pass', async () => {
    const { head } = await ask(['X-Trace: 7', 'X-Other: 8'], [], { headers: { request: ['X-Trace'] } });
    expect(head).toMatch(/^x-trace: 7\r$/im);
    expect(head).not.toContain('X-Other');
  });

  it('of the response, nothing but the list reaches the client', async () => {
    const { response } = await ask(
      [],
      [
        'Set-Cookie: a=b',
        'OpenAI-Organization: org-1',
        'OpenAI-Project: proj-1',
        'X-RateLimit-Remaining-Requests: 7',
        'Alt-Svc: h3=":443"',
        'Server: cloudflare',
        'Via: 1.1 x',
        'Strict-Transport-Security: max-age=1',
        'X-Frame-Options: DENY',
        'Refresh: 0; url=https://evil.test',
        'Link: <x>; rel=preload',
        'Access-Control-Allow-Origin: *',
        'Location: /elsewhere',
        'Trailer: x-a',
        'Upgrade: h2c',
        'Keep-Alive: timeout=99',
        'Connection: close, x-request-id',
        'X-Request-Id: dropped-because-connection-names-it',
      ],
    );
    expect([...response.headers.keys()].sort()).toEqual([
      'cache-control',
      'connection',
      'content-disposition',
      'content-length',
      'date',
      'keep-alive',
      'x-content-type-options',
      'x-powered-by',
    ]);
    expect(response.headers.get('keep-alive')).not.toEqual(['timeout=99']);
    expect(response.headers.get('connection')).toEqual(['keep-alive']);
  });

  it('headers listed in headers.response pass, set-cookie line by line', async () => {
    const { response } = await ask(
      [],
      [
        'Set-Cookie: a=1; Expires=Sun, 22 Nov 2026 00:00:00 GMT',
        'Set-Cookie: b=2',
        'OpenAI-Organization: org-1',
        'X-Other: 1',
      ],
      { headers: { response: ['Set-Cookie', 'openai-organization'] } },
    );
    expect(response.headers.get('set-cookie')).toEqual(['a=1; Expires=Sun, 22 Nov 2026 00:00:00 GMT', 'b=2']);
    expect(response.headers.get('openai-organization')).toEqual(['org-1']);
    expect(response.headers.has('x-other')).toBe(false);
  });

  it.each([
    [{ request: ['Authorization'] }],
    [{ request: ['cookie'] }],
    [{ request: ['x-api-key'] }],
    [{ request: ['Host'] }],
    [{ request: ['transfer-encoding'] }],
    [{ response: ['Connection'] }],
    [{ response: ['content-length'] }],
  ])('and %j may not be listed', async (headers) => {
    await expect(ask([], [], { headers })).rejects.toThrow(TypeError);
  });
});
