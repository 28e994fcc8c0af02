import type { RequestHandler } from 'express';
import { openaiCompatible } from '../../../lib';
import { EXPRESS_MAJORS, startGateway } from '../../support/gateway';
import { watchProcess } from '../../support/leaks';
import { connectRaw, requestBytes } from '../../support/raw-client';
import { answer, startRawProvider } from '../../support/raw-provider';

describe.each(EXPRESS_MAJORS)('other middleware that is at odds with the router (Express %i)', (express) => {
  async function run(
    middleware: RequestHandler,
    delivery: 'stream' | 'buffer',
    file = 'file-1',
  ): Promise<{ bytes: string; outcome: string | undefined }> {
    using watch = watchProcess();
    await using provider = await startRawProvider(({ send, head }) =>
      send(head.includes('refused') ? answer('no', [], '400 Bad Request') : answer('hello')),
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({
      express,
      resolveProvider: () => ({ provider: held, delivery }),
      before: [middleware],
    });
    using client = await connectRaw(app.port);
    client.send(requestBytes({ path: `/v1/files/${file}/content`, connection: 'close' }));
    await client.closed;
    const [record] = await app.recorded(1);
    expect(app.records).toHaveLength(1);
    watch.expectQuiet();
    return { bytes: client.bytes.toString('latin1'), outcome: record?.outcome };
  }

  describe.each(['stream', 'buffer'] as const)('%s', (delivery) => {
    it.each(['file-1', 'file-refused'])(
      'whose hook on the head throws: the connection is closed, once (%s)',
      async (file) => {
        const { bytes, outcome } = await run(
          (_req, res, next) => {
            res.writeHead = () => {
              throw new Error('hook');
            };
            next();
          },
          delivery,
          file,
        );
        expect(bytes).toBe('');
        expect(outcome).toBe(file === 'file-1' ? 'internal_error' : 'upstream_error');
      },
    );

    it('that has begun its own response: nothing is added to it', async () => {
      const { bytes, outcome } = await run((_req, res, next) => {
        res.writeHead(200, { 'content-length': 5 });
        res.write('ab');
        next();
      }, delivery);
      expect(bytes).toMatch(/\r\n\r\nab$/);
      expect(outcome).toBe('internal_error');
    });

    it('that has responded: nothing is added', async () => {
      const { bytes } = await run((_req, res, next) => {
        res.end('mine');
        next();
      }, delivery);
      expect(bytes).toMatch(/\r\n\r\nmine$/);
    });

    it('that left a status and a reason: they are not used', async () => {
      const { bytes, outcome } = await run((_req, res, next) => {
        res.status(418);
        res.statusMessage = 'Teapot';
        next();
      }, delivery);
      expect(bytes).toMatch(/^HTTP\/1\.1 200 /);
      expect(outcome).toBe('completed');
    });
  });
});
