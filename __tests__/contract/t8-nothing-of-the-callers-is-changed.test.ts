import type { Request } from 'express';
import type { TransferRecord } from '../../lib/index';
import { type FileContentRouterOptions, openaiCompatible, type Resolution } from '../../lib/index';
import { startContentProvider } from '../support/content-provider';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';
import { connectRaw, requestBytes } from '../support/raw-client';

/** Frozen as deep as it is plain: under 'use strict' whoever writes to it throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}

describe.each(EXPRESS_MAJORS)(
  'T8: the objects of the resolver and of the caller are never changed (Express %i)',
  (express) => {
    it('frozen options, resolutions and upstream requests work', async () => {
      await using provider = await startContentProvider();
      const options: Omit<FileContentRouterOptions, 'logger'> = frozen({
        resolveProvider: () =>
          frozen<Resolution>({
            provider: {
              name: 'held',
              streaming: true,
              locate: () =>
                frozen({
                  url: `${provider.origin}/x`,
                  headers: { 'X-Key': 'k', authorization: 'Bearer longer-than-that' },
                }),
            },
            fileId: 'native',
            tenant: 't',
            responseHeaders: { 'X-Gateway': '1' },
            context: { nested: { list: [1] } },
          }),
        resources: ['files'],
        timeouts: { idle: 1_000 },
        limits: { maxBytes: 1_000 },
        buffer: { retries: 1 },
        headers: { request: ['x-a'], response: ['x-b'] },
        allowedOrigins: [provider.origin],
        errors: 'respond',
      });
      await using app = await startGateway({ express, ...options });
      const response = await fetch(`${app.origin}/v1/files/file-1/content`);
      expect(await response.text()).toBe('content');
      expect(response.headers.get('x-gateway')).toBe('1');
      expect(provider.requests[0]?.headers).toMatchObject({ 'x-key': 'k' });
    });

    it('a URL object stays as it was', async () => {
      await using provider = await startContentProvider();
      const url = new URL(`${provider.origin}/x?a=1#fragment`);
      const before = url.href;
      await using app = await startGateway({
        express,
        resolveProvider: () => ({ name: 'held', streaming: true, query: ['b'], locate: () => ({ url }) }),
      });
      await fetch(`${app.origin}/v1/files/file-1/content?b=2`);
      await fetch(`${app.origin}/v1/files/file-1/content?b=3`);
      expect(provider.requests.map(({ url }) => url)).toEqual(['/x?a=1&b=2', '/x?a=1&b=3']);
      expect(url.href).toBe(before);
    });

    it('changing the options later does not change the router', async () => {
      await using provider = await startContentProvider();
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      const headers = { response: ['x-listed'] };
      const allowedOrigins = [provider.origin];
      const options = { express, resolveProvider: () => held, headers, allowedOrigins, resources: ['files' as const] };
      await using app = await startGateway(options);
      headers.response.push('x-secret');
      allowedOrigins.length = 0;
      provider.respond = (_request, response) =>
        void response.writeHead(200, { 'x-secret': '1', 'x-listed': '2' }).end();
      const response = await fetch(`${app.origin}/v1/files/file-1/content`);
      expect(response.status).toBe(200);
      expect([response.headers.get('x-listed'), response.headers.get('x-secret')]).toEqual(['2', null]);
    });

    it('the request of the application is not touched', async () => {
      await using provider = await startContentProvider();
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      const seen: unknown[] = [];
      const look = (req: Request): string => JSON.stringify([req.originalUrl, req.method, req.headers, req.rawHeaders]);
      await using app = await startGateway({
        express,
        resolveProvider: () => held,
        before: [
          (req, res, next) => {
            const before = look(req);
            res.on('close', () => seen.push(before === look(req)));
            next();
          },
        ],
      });
      using client = await connectRaw(app.port);
      client.send(requestBytes({ headers: ['X-Mine: 1', 'Authorization: Bearer mine', 'Connection: x-mine'] }));
      await client.result();
      await app.recorded(1);
      expect(seen).toEqual([true]);
    });

    it('a record cannot be changed for another adapter or for the resolver', async () => {
      await using provider = await startContentProvider();
      provider.respond = (_request, response) => void response.writeHead(400).end('{"error":{"message":"no"}}');
      const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
      const context = { user: { name: 'ada' }, list: [1] };
      const thrown: unknown[] = [];
      const vandal = {
        finished(record: TransferRecord) {
          const changes: (() => unknown)[] = [
            () => Reflect.defineProperty(record, 'outcome', { value: 'completed' }) || Reflect.set(record, 'status', 1),
            () => record.error && Reflect.set(record.error, 'message', 'changed'),
            () => record.error?.cause && Reflect.set(record.error.cause, 'message', 'changed'),
            () => Reflect.set(Reflect.get(record.context ?? {}, 'user') as object, 'name', 'changed'),
            () => record.startedAt.setTime(0),
          ];
          for (const change of changes) thrown.push(change());
        },
      };
      const later: TransferRecord[] = [];
      await using app = await startGateway({
        express,
        resolveProvider: () => ({ provider: held, context }),
        logger: [vandal, { finished: (record) => void later.push(record) }],
      });
      await fetch(`${app.origin}/v1/files/file-1/content`);
      await app.recorded(1);
      expect(thrown).toHaveLength(5);
      expect(later).toEqual(app.records);
      expect(later[0]).toMatchObject({
        status: 400,
        outcome: 'upstream_error',
        error: { message: 'no', cause: { message: 'held answered with status 400' } },
        context: { user: { name: 'ada' }, list: [1] },
      });
      expect(later[0]?.startedAt.getTime()).toBeGreaterThan(0);
      expect(context).toEqual({ user: { name: 'ada' }, list: [1] });
      context.user.name = 'eve';
      expect(later[0]?.context).toEqual({ user: { name: 'ada' }, list: [1] });
    });
  },
);
