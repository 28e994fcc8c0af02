import type { ServerResponse } from 'node:http';
import type { ProviderResolver } from '../../lib/index';
import type { Request } from '../../lib/resolution/resolution';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';

function responseOf(req: Request): ServerResponse {
  if (req.res === undefined) throw new Error('Express gives each request its response.');
  return req.res;
}

/** Larger than what the connection takes at once: the response is still on its way when the resolver returns. */
const LARGE = 'x'.repeat(20_000_000);

describe.each(EXPRESS_MAJORS)('a resolver that sends a response of its own, in Express %d', (express) => {
  it.each<[string, ProviderResolver]>([
    ['and returns nothing', (req) => void responseOf(req).writeHead(403).end('mine')],
    ['and returns the response', ((req: Request) => responseOf(req).writeHead(403).end('mine')) as never],
  ])('%s is not said to have lost its client', async (_what, resolveProvider) => {
    const passedOn: string[] = [];
    await using gateway = await startGateway({
      express,
      resolveProvider,
      after: (app) =>
        void app.use((req, _res, next) => {
          passedOn.push(req.url);
          next();
        }),
    });
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    expect([response.status, await response.text()]).toEqual([403, 'mine']);
    const [record] = await gateway.recorded(1);
    expect(record).toMatchObject({ outcome: 'rejected', status: 403 });
    expect(passedOn).toEqual([]);
  });

  it('is not cut off by the application', async () => {
    await using gateway = await startGateway({
      express,
      resolveProvider: (req) => void responseOf(req).end(LARGE),
    });
    const response = await fetch(`${gateway.origin}/v1/files/file-1/content`);
    expect((await response.text()).length).toBe(LARGE.length);
  });
});
