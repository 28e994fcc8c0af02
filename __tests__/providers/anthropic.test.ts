import { createHash, createHmac } from 'node:crypto';
import {
  type AnthropicOptions,
  anthropic,
  anthropicAWS,
  anthropicFoundry,
  anthropicVertex,
  type LocatedProvider,
} from '../../lib';
import { startGateway } from '../support/gateway';
import { serve } from '../support/local-server';
import { locate } from '../support/locate-request';

const VERSION = { 'anthropic-version': '2026-10-21' };

/**
 * What the official clients sent over loopback on 2026-11-28, less what names the client itself: @anthropic-ai/sdk
 * 1.14.0, foundry-sdk 1.1.1, aws-sdk 1.1.2. Only the header of an API key differs: the SDK sends it as a Bearer token,
 * this package as `x-api-key`, which Anthropic and gateways with its API take as well.
 */
const CAPTURED: readonly (readonly [string, LocatedProvider, string, object])[] = [
  [
    'a key',
    anthropic({ apiKey: 'k' }),
    'https://api.anthropic.com/v1/files/f/content',
    { ...VERSION, 'x-api-key': 'k' },
  ],
  [
    'a token',
    anthropic({ token: 't' }),
    'https://api.anthropic.com/v1/files/f/content',
    { ...VERSION, authorization: 'Bearer t' },
  ],
  [
    'a workspace',
    anthropic({ token: () => 't', workspaceId: 'w' }),
    'https://api.anthropic.com/v1/files/f/content',
    { ...VERSION, authorization: 'Bearer t', 'anthropic-workspace-id': 'w' },
  ],
  [
    'Foundry with a key',
    anthropicFoundry({ resource: 'my-res', apiKey: 'k' }),
    'https://my-res.services.ai.azure.com/anthropic/v1/files/f/content',
    { ...VERSION, 'x-api-key': 'k' },
  ],
  [
    'Foundry with an Entra token',
    anthropicFoundry({ baseURL: 'https://h/anthropic/', token: async () => 't' }),
    'https://h/anthropic/v1/files/f/content',
    { ...VERSION, authorization: 'Bearer t' },
  ],
  [
    'AWS with a key',
    anthropicAWS({ region: 'us-east-1', workspaceId: 'w', apiKey: 'k' }),
    'https://aws-external-anthropic.us-east-1.api.aws/v1/files/f/content',
    { ...VERSION, authorization: 'Bearer k', 'anthropic-workspace-id': 'w' },
  ],
  [
    'Google Cloud',
    anthropicVertex({ baseURL: 'https://h/v1/x', accessToken: () => Promise.resolve('g'), workspaceId: 'w' }),
    'https://h/v1/x/files/f/content',
    { authorization: 'Bearer g', 'anthropic-workspace-id': 'w' },
  ],
];

describe('Anthropic’s Files API', () => {
  it.each(CAPTURED)('gets the same requests as from its own SDK: %s', async (_what, provider, url, headers) => {
    expect(await locate(provider, { fileId: 'f' })).toEqual({ url, headers });
  });

  it('takes another version, betas and headers', async () => {
    const provider = anthropic({ apiKey: 'k', version: '2023-06-01', betas: ['a', 'b'], headers: { 'X-Extra': 'e' } });
    expect((await locate(provider)).headers).toEqual({
      'x-api-key': 'k',
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'a,b',
      'x-extra': 'e',
    });
  });

  it.each<[AnthropicOptions, RegExp]>([
    [{}, /^anthropic: "apiKey" must be a non-empty string or a function/],
    [{ apiKey: 'k', token: 't' }, /"apiKey" and "token" must not both be given/],
    [{ apiKey: 'k', betas: 'b' as never }, /"betas" must be an array/],
    [{ apiKey: 'k', workspaceId: '' }, /"workspaceId" must be a non-empty string/],
    [{ apiKey: 'k', workspaceId: 'a\nb' }, /"workspaceId" must be text that a header can carry/],
  ])('refuses %j', (options, problem) => {
    expect(() => anthropic(options)).toThrow(problem);
  });

  it('refuses what its other forms cannot work with', () => {
    expect(() => anthropicFoundry({ apiKey: 'k' })).toThrow(/one of "resource" and "baseURL" must be given/);
    expect(() => anthropicFoundry({ resource: 'a.evil.test/', apiKey: 'k' })).toThrow(/"resource" must be/);
    expect(() => anthropicAWS({ region: 'x.evil/', workspaceId: 'w' })).toThrow(/"region" must be/);
    expect(() => anthropicAWS({ region: 'us-east-1' } as never)).toThrow(/"workspaceId" must be/);
    const both = { apiKey: 'k', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };
    expect(() => anthropicAWS({ region: 'us-east-1', workspaceId: 'w', ...both })).toThrow(
      /"apiKey" and "credentials" must not both/,
    );
    expect(() => anthropicVertex({ accessToken: 't' } as never)).toThrow(/"baseURL" must be/);
  });
});

describe('anthropicAWS with an identity', () => {
  const identity = { accessKeyId: 'AK', secretAccessKey: 'SK', sessionToken: 'ST' };
  const make = (credentials: Parameters<typeof anthropicAWS>[0]['credentials']) =>
    anthropicAWS({ region: 'eu-west-1', workspaceId: 'w', credentials });

  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

  it.each(['GET', 'HEAD'] as const)('signs %s for the service, with the path encoded twice', async (method) => {
    const { url, headers = {} } = await locate(make(identity), { fileId: 'f é', method });
    expect(url).toBe('https://aws-external-anthropic.eu-west-1.api.aws/v1/files/f%20%C3%A9/content');
    const signed = [
      'anthropic-version',
      'anthropic-workspace-id',
      'host',
      'x-amz-content-sha256',
      'x-amz-date',
      'x-amz-security-token',
    ];
    const values: Record<string, string> = { ...headers, host: 'aws-external-anthropic.eu-west-1.api.aws' };
    const date = headers['x-amz-date'] ?? '';
    const scope = `${date.slice(0, 8)}/eu-west-1/aws-external-anthropic/aws4_request`;
    const canonical = [
      method,
      '/v1/files/f%2520%25C3%25A9/content',
      '',
      ...signed.map((name) => `${name}:${values[name]}`),
      '',
      signed.join(';'),
      sha256(''),
    ].join('\n');
    const key = [date.slice(0, 8), 'eu-west-1', 'aws-external-anthropic', 'aws4_request'].reduce<string | Buffer>(
      hmac,
      'AWS4SK',
    );
    const expected = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')).toString('hex');
    expect(headers['authorization']).toBe(
      `AWS4-HMAC-SHA256 Credential=AK/${scope}, SignedHeaders=${signed.join(';')}, Signature=${expected}`,
    );
  });

  it('asks for another identity when AWS says that the last one has expired', async () => {
    let asked = 0;
    await using upstream = await serve((req, res) => {
      if (req.headers.authorization?.includes('Credential=new/')) res.end('content');
      else {
        res.writeHead(400, { 'x-amzn-errortype': 'ExpiredTokenException:http://internal.amazon.com/' });
        res.end('{"message":"The security token included in the request is expired"}');
      }
    });
    const provider = anthropicAWS({
      region: 'eu-west-1',
      workspaceId: 'w',
      baseURL: upstream.origin,
      credentials: (request) => {
        asked += 1;
        return { accessKeyId: request?.refused ? 'new' : 'old', secretAccessKey: 's' };
      },
    });
    await using gateway = await startGateway({ resolveProvider: () => provider });
    const response = await fetch(`${gateway.origin}/v1/files/f/content`);
    expect([response.status, await response.text(), asked]).toEqual([200, 'content', 2]);
  });

  it('names AWS’s reason in the record', async () => {
    await using upstream = await serve((_req, res) => {
      res.writeHead(403, { 'x-amzn-errortype': 'InvalidSignatureException' }).end('{"message":"no"}');
    });
    const options = { region: 'eu-west-1', workspaceId: 'w', baseURL: upstream.origin, apiKey: 'k' };
    await using gateway = await startGateway({ resolveProvider: () => anthropicAWS(options) });
    expect((await fetch(`${gateway.origin}/v1/files/f/content`)).status).toBe(502);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ upstreamCode: 'InvalidSignatureException' });
  });
});
