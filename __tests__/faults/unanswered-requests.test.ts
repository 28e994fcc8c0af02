import type { Express } from 'express';
import { bufferedProvider, type ContentResource } from '../../lib/index';
import { captureConsole } from '../support/canary';
import { EXPRESS_MAJORS, type GatewayOptions, startGateway } from '../support/gateway';
import { eventually } from '../support/leaks';

const provider = bufferedProvider({ name: 'held', fetchContent: () => ({ body: Buffer.from('hello') }) });
const resolveProvider = () => provider;
const BEGIN = 'express-file-content: no route answered a request that reached the router: ';

/** What is written on standard error about requests for these paths, and the statuses of the responses. */
async function ask(paths: readonly string[], options: Partial<GatewayOptions> = {}, lines = 1) {
  using output = captureConsole();
  await using gateway = await startGateway({ resolveProvider, ...options });
  const statuses: number[] = [];
  for (const path of paths) {
    const response = await fetch(`${gateway.origin}${path}`);
    await response.text();
    statuses.push(response.status);
  }
  await eventually('the line on standard error', () => output.lines.length >= lines);
  return { statuses, lines: output.lines };
}

describe.each(EXPRESS_MAJORS)("Express %d's own 404", (express) => {
  it.each<[string, string, Partial<GatewayOptions>, string]>([
    [
      'the router is mounted at the root',
      '/v1/files/file-1/content',
      { mount: '/' },
      "the request is for /v1/files/:file_id/content, and the router serves /files/:file_id/content; write app.use('/v1', ro",
    ],
    [
      'the router is mounted too deep',
      '/v1/files/file-1/content?a=b',
      { mount: '/v1/files' },
      'the request is for /v1/files/:file_id/content, and the router serves /v1/files/files/:file_id/content; write app.',
    ],
    [
      'the client has /v1 twice',
      '/v1/v1/files/file-1/content',
      {},
      'the request is for /v1/v1/files/:file_id/content, and the router serves /v1/files/:file_id/content; write ',
    ],
    [
      'the kind of content is not served',
      '/v1/containers/cntr_1/files/file-1/content',
      {},
      'the request is for /containers/:container_id/files/:file_id/content; add \'containers\' to "resources" to serve it',
    ],
    [
      'the resolver has no result',
      '/v1/files/file-1/content',
      { resolveProvider: () => undefined },
      'resolveProvider returned undefined, which leaves it to other routes; return a provider, or throw fileNotFound()',
    ],
  ])('is explained on standard error where %s', async (_why, path, options, reason) => {
    const { statuses, lines } = await ask([path, path], { express, ...options });
    expect(statuses).toEqual([404, 404]);
    expect(lines).toEqual([expect.stringContaining(`${BEGIN}${reason}`)]);
  });
});

const ALL: readonly ContentResource[] = ['files', 'containers'];

it.each<[string, readonly string[], Partial<GatewayOptions>, number]>([
  ['other paths', ['/', '/v1/files', '/v1/files/file-1', '/content', '/v1/models?files/file-1/content'], {}, 404],
  ['a path that is served', ['/v1/files/file-1/content', '/v1/containers/c/files/f/content'], { resources: ALL }, 200],
  [
    "another route's response",
    ['/v1/files/file-1/content'],
    { mount: '/', after: (app: Express) => void app.use((_req, res) => void res.status(404).json({ mine: true })) },
    404,
  ],
  [
    'a request that another router serves',
    ['/v1/files/file-1/content'],
    {
      mount: '/',
      after: (app: Express) => void app.use('/v1/files/:id/content', (_req, res) => void res.end('served')),
    },
    200,
  ],
])('nothing is written about %s', async (_what, paths, options, status) => {
  const { statuses, lines } = await ask(paths, options, 0);
  expect([new Set(statuses), lines]).toEqual([new Set([status]), []]);
});
