import type { LocatedProvider } from '../../lib';
import { gemini, openai, xai } from '../../lib';
import { classifyGeminiRefusal } from '../../lib/providers/gemini-refusal';
import { classifyOpenAIRefusal } from '../../lib/providers/openai-refusal';
import { startGateway } from '../support/gateway';
import { serve } from '../support/local-server';

function google(code: number, message: string, status: string, reason?: string): string {
  const details = reason === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }];
  return JSON.stringify({ error: { code, message, status, details } });
}

const MISSING = 'You do not have permission to access the File abc-123 or it may not exist.';

describe('what a refusal of Gemini means', () => {
  const read = (status: number, body: string) => classifyGeminiRefusal({ status, headers: {} }, Buffer.from(body));

  it.each([
    ['an unknown file', 403, google(403, MISSING, 'PERMISSION_DENIED'), { code: 'file_not_found' }],
    ['the same in a list', 403, `[${google(403, MISSING, 'PERMISSION_DENIED')}]`, { code: 'file_not_found' }],
    [
      'a key that is not valid',
      400,
      google(400, 'API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT', 'API_KEY_INVALID'),
      { code: 'provider_auth_failed', upstreamCode: 'API_KEY_INVALID' },
    ],
    [
      'such a key without details',
      400,
      google(400, 'API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT'),
      { code: 'provider_auth_failed', upstreamCode: 'API_KEY_INVALID' },
    ],
    [
      'a key that has expired, without details',
      400,
      google(400, 'API key expired. Please renew the API key.', 'INVALID_ARGUMENT'),
      { code: 'provider_auth_failed', upstreamCode: 'API_KEY_INVALID' },
    ],
    [
      'a service that is not enabled',
      403,
      google(403, 'Generative Language API has not been used in project 1', 'PERMISSION_DENIED', 'SERVICE_DISABLED'),
      { code: 'provider_auth_failed', upstreamCode: 'SERVICE_DISABLED' },
    ],
    ['any other 403', 403, google(403, 'no', 'PERMISSION_DENIED'), { code: 'provider_auth_failed' }],
    ['another mistake', 400, google(400, 'Invalid name', 'INVALID_ARGUMENT'), undefined],
    ['another reason', 400, google(400, 'no', 'INVALID_ARGUMENT', 'FIELD_INVALID'), undefined],
    ['an unknown file that is a 404', 404, google(404, 'no', 'NOT_FOUND'), undefined],
    ['a failure of its own', 500, google(500, MISSING, 'INTERNAL'), undefined],
    ['HEAD', 403, '', undefined],
    ['details that are none', 400, '{"error":{"message":1,"details":[null,1,{"reason":2}]}}', undefined],
  ])('%s', (_what, status, body, meaning) => {
    const read_ = read(status, body);
    if (meaning === undefined) expect(read_).toBeUndefined();
    else expect(read_).toEqual({ upstreamCode: undefined, ...meaning });
  });
});

it('reads a hostile message in linear time', () => {
  const message = 'permission to access the File '.repeat(2_000);
  const body = Buffer.from(google(403, message, 'PERMISSION_DENIED'));
  const before = process.cpuUsage();
  for (let times = 0; times < 100; times += 1) classifyGeminiRefusal({ status: 403, headers: {} }, body);
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});

describe('what a refusal of OpenAI’s paths means', () => {
  const read = (status: number, body: object) =>
    classifyOpenAIRefusal({ status, headers: {} }, Buffer.from(JSON.stringify(body)))?.code;

  it.each([
    [400, { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***bc.' }],
    [400, { error: { message: 'x', code: 'invalid_api_key' } }],
    [400, { error: { message: 'Authentication Error, Expired Key', type: 'expired_key', code: '400' } }],
    [422, { error: { message: 'Invalid API key' } }],
  ])('a %i about the key is a refused credential: %j', (status, body) => {
    expect(read(status, body)).toBe('provider_auth_failed');
  });

  it.each([
    [400, { error: { message: 'Not allowed to download files of purpose: assistants' } }],
    [400, { error: { message: 'The file mentions: Incorrect API key provided' } }],
    [401, { error: { code: 'invalid_api_key' } }],
    [500, { error: { code: 'invalid_api_key' } }],
    [400, []],
  ])('a %i is read by its status: %j', (status, body) => {
    expect(read(status, body)).toBeUndefined();
  });
});

describe('the client and the record', () => {
  async function refused(make: (baseURL: string) => LocatedProvider, status: number, body: string) {
    await using upstream = await serve((_req, res) => res.writeHead(status).end(body));
    const provider = make(upstream.origin);
    await using gateway = await startGateway({ resolveProvider: () => provider });
    const recorded = gateway.nextRecord();
    const response = await fetch(`${gateway.origin}/v1/files/abc-123/content`);
    const { error } = (await response.json()) as { error: object };
    return { status: response.status, error, record: await recorded };
  }

  it('Gemini’s missing file is a 404 about the id', async () => {
    const seen = await refused(
      (baseURL) => gemini({ apiKey: 'k', baseURL }),
      403,
      google(403, MISSING, 'PERMISSION_DENIED'),
    );
    expect(seen).toMatchObject({
      status: 404,
      error: { code: 'file_not_found', param: 'file_id' },
      record: { upstreamStatus: 403, upstreamCode: 'PERMISSION_DENIED' },
    });
  });

  it('Gemini’s bad key is a 502 about nothing of the client’s', async () => {
    const body = google(400, 'API key not valid.', 'INVALID_ARGUMENT', 'API_KEY_INVALID');
    const seen = await refused((baseURL) => gemini({ apiKey: 'k', baseURL }), 400, body);
    expect(seen).toMatchObject({
      status: 502,
      error: { code: 'provider_auth_failed', param: null },
      record: { upstreamStatus: 400, upstreamCode: 'API_KEY_INVALID' },
    });
  });

  it('the record names xAI’s bad key as OpenAI does, because xAI has no code for it', async () => {
    const body = '{"code":"Client specified an invalid argument","error":"Incorrect API key provided: x."}';
    const { record } = await refused((baseURL) => xai({ apiKey: 'k', baseURL }), 400, body);
    expect(record).toMatchObject({ upstreamStatus: 400, upstreamCode: 'invalid_api_key' });
  });

  it.each([
    ['xai', (baseURL: string) => xai({ apiKey: 'k', baseURL })],
    ['openai', (baseURL: string) => openai({ apiKey: 'k', baseURL })],
  ])('a 400 about the key is a 502 with %s', async (_name, make) => {
    expect(await refused(make, 400, '{"error":"Incorrect API key provided: k."}')).toMatchObject({ status: 502 });
  });
});
