import type { RequestHandler } from 'express';
import type { TransferRecord } from '../../lib/index';
import { createFileContentRouter, FileContentError, openaiCompatible, registryResolver, s3 } from '../../lib/index';
import { type GatewayOptions, startGateway } from '../support/gateway';
import { type RawRequest, type RawResponse, rawRequest } from '../support/raw-client';
import { answer, type RawScript, startRawProvider } from '../support/raw-provider';

const own: RequestHandler = (_req, res, next) => {
  res.setHeader('X-Request-Id', 'gateway-1');
  next();
};

const success: RawScript = ({ send }) => send(answer('content', ['x-request-id: req_1']));
const refusal: RawScript = ({ send }) =>
  send(answer('{"error":{"message":"no"}}', ['x-request-id: req_1'], '409 Conflict'));
const missing: RawScript = ({ send }) => send(answer('{}', ['x-request-id: req_1'], '404 Not Found'));
const reset: RawScript = ({ rst }) => rst();

async function through(
  script: RawScript,
  options: Partial<GatewayOptions>,
  delivery: 'stream' | 'buffer',
  request: RawRequest = {},
): Promise<{ response: RawResponse; record: TransferRecord | undefined }> {
  await using provider = await startRawProvider(script);
  const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
  await using app = await startGateway({
    resolveProvider: () => ({ provider: held, delivery }),
    buffer: { retries: 0 },
    ...options,
  });
  const { response } = await rawRequest(app.port, request);
  const [record] = await app.recorded(1);
  return { response, record };
}

describe.each(['stream', 'buffer'] as const)('X-Request-Id (%s)', (delivery) => {
  it.each<[string, RawScript, RawRequest, number]>([
    ['a success', success, {}, 200],
    ['HEAD', success, { method: 'HEAD' }, 200],
    ['a refusal', refusal, {}, 409],
    ['a file that is not there', missing, {}, 404],
    ['a provider that cannot be reached', reset, {}, 502],
    ['a rejection', success, { method: 'POST' }, 405],
  ])('of the gateway’s own stays, and is in the record: %s', async (_what, script, request, status) => {
    const { response, record } = await through(script, { before: [own] }, delivery, request);
    expect([response.status, response.headers.get('x-request-id')]).toEqual([status, ['gateway-1']]);
    expect(record?.requestId).toBe('gateway-1');
    const isRefused = status === 405 || script === reset;
    expect(record?.upstreamRequestId).toBe(isRefused ? undefined : 'req_1');
  });

  it.each<[string, RawScript, number, unknown]>([
    ['a success', success, 200, ['req_1']],
    ['a refusal', refusal, 409, ['req_1']],
  ])('without one is the provider’s: %s', async (_what, script, status, expected) => {
    const { response, record } = await through(script, {}, delivery);
    expect([response.status, response.headers.get('x-request-id')]).toEqual([status, expected]);
    expect(record).not.toHaveProperty('requestId');
  });

  it.each<[string, RawScript]>([
    ['a file that is not there', missing],
    ['a provider that cannot be reached', reset],
  ])('without either is the transfer’s: %s', async (_what, script) => {
    const { response, record } = await through(script, {}, delivery);
    expect(response.headers.get('x-request-id')).toEqual([record?.transferId]);
  });

  it.each<[string, RawScript, unknown]>([
    ['a success', success, ['req_1']],
    ['a refusal', refusal, ['req_1']],
    ['a file that is not there, because that would tell it from one that is not theirs', missing, undefined],
    ['a provider that cannot be reached', reset, undefined],
  ])('of the provider has its own header where the option names one: %s', async (_what, script, expected) => {
    const options = { before: [own], headers: { upstreamRequestId: 'X-Upstream-Request-Id' } };
    const { response } = await through(script, options, delivery);
    expect(response.headers.get('x-upstream-request-id')).toEqual(expected);
    expect(response.headers.get('x-request-id')).toEqual(['gateway-1']);
  });

  it('of the gateway’s own is not replaced by an error handler that sets the error’s headers', async () => {
    const { response } = await through(
      refusal,
      {
        before: [own],
        errors: 'next',
        after: (app) =>
          void app.use(((error, _req, res, _next) => {
            res.status(error.status).set(error.headers).json(error.toResponseBody());
          }) as import('express').ErrorRequestHandler),
      },
      delivery,
    );
    expect([response.status, response.headers.get('x-request-id')]).toEqual([409, ['gateway-1']]);
  });
});

it.each(['', 'no name', 'content-length', 'x-request-id', 'etag', 'cache-control', 5])(
  'headers.upstreamRequestId may not be %j',
  (upstreamRequestId) => {
    const make = () =>
      createFileContentRouter({ resolveProvider: () => undefined, headers: { upstreamRequestId } as never });
    expect(make).toThrow(/"headers.upstreamRequestId" must be the name of a header that nothing else sets/);
  },
);

describe('a file that is not found', () => {
  it('has the resolver’s own words where it throws the error', async () => {
    const { response, record } = await through(
      success,
      {
        resolveProvider() {
          throw new FileContentError('file_not_found', 'Your file expired on Monday.', {
            status: 410,
            headers: { 'x-expired': 'yes' },
            body: { param: 'id', code: 'file_expired' },
          });
        },
      },
      'stream',
    );
    expect([response.status, response.headers.get('x-expired')]).toEqual([410, ['yes']]);
    expect(JSON.parse(response.body.toString())).toEqual({
      error: {
        message: 'Your file expired on Monday.',
        type: 'invalid_request_error',
        param: 'id',
        code: 'file_expired',
      },
    });
    expect(record).toMatchObject({ outcome: 'rejected', status: 410, error: { code: 'file_not_found' } });
  });

  it('is the same to the byte, whichever part of this package found it out', async () => {
    const bodies = new Set<string>();
    await using provider = await startRawProvider(missing);
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    const store = s3({
      region: 'eu-central-1',
      bucket: 'bucket',
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'x' },
    });
    for (const resolveProvider of [
      () => held,
      registryResolver({ providers: { held }, defaultProvider: 'held', authorize: () => false }),
      registryResolver({ providers: { held: () => undefined }, defaultProvider: 'held', authorize: () => true }),
      () => store,
    ] as const) {
      await using app = await startGateway({ resolveProvider, before: [own], resources: ['videos'] });
      const path = '/v1/videos/file-1/content';
      const { bytes } = await rawRequest(app.port, { path, connection: 'close' });
      bodies.add(bytes.toString().replace(/^Date: .*$/m, ''));
    }
    expect([...bodies]).toHaveLength(1);
  });
});
