import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { batchRows, xai } from '../../../lib';
import type { OpenedRows } from '../../../lib/providers/batches/opened-rows';
import { serve } from '../../support/local-server';
import { locate } from '../../support/locate-request';
import { openContent, textOf } from '../../support/opened-rows';

const result = (id: number): string =>
  `{"batch_request_id":"r${id}","batch_result":{"response":{"chat_get_completion":{"object":"chat.completion","model":"grok","choices":[],"big":12345678901234567890}}}}`;

/** Pages of two results each, and whatever else a test says. */
async function pages(
  count: number,
  more: (page: number, req: IncomingMessage, res: ServerResponse) => boolean = () => false,
) {
  const asked: string[] = [];
  const server = await serve((req, res) => {
    asked.push(`${req.url} ${req.headers.authorization}`);
    const page = Number(/pagination_token=p(\d+)/.exec(req.url ?? '')?.[1] ?? 0);
    if (more(page, req, res)) return;
    res.setHeader('content-type', 'application/json');
    const token = page + 1 < count ? `"p${page + 1}"` : 'null';
    res.end(`{\n  "results": [\n ${result(2 * page)},\n ${result(2 * page + 1)} ],\n "pagination_token": ${token} }`);
  });
  return { ...server, asked };
}

const RESULTS = '/v1/batches/batch_1/results';

describe("the results of xAI's batches", () => {
  it.each([
    ['as a file', 'files'],
    ['as a batch', 'batches'],
  ] as const)('%s are all pages as one file, digit by digit', async (_what, resource) => {
    await using server = await pages(3);
    const provider = xai({ apiKey: 'k', baseURL: server.origin });
    const opened = await openContent(provider, { resource, fileId: 'batch_1' });
    expect(opened?.contentType).toBe('application/jsonl');
    expect(await textOf(opened)).toBe([0, 1, 2, 3, 4, 5].map((id) => `${result(id)}\n`).join(''));
    expect(server.asked).toEqual([
      `${RESULTS} Bearer k`,
      `${RESULTS}?pagination_token=p1 Bearer k`,
      `${RESULTS}?pagination_token=p2 Bearer k`,
    ]);
  });

  it('are rows that batchRows reads', async () => {
    await using server = await pages(2);
    const opened = await openContent(xai({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batch_1' });
    const rows = [];
    for await (const { customId, model } of batchRows(opened?.body ?? (undefined as never)))
      rows.push([customId, model]);
    expect(rows).toEqual([0, 1, 2, 3].map((id) => [`r${id}`, 'grok']));
  });

  it('are asked for page after page, as they are read', async () => {
    await using server = await pages(3);
    const opened = await openContent(xai({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batch_1' });
    await opened?.body.next();
    expect(server.asked).toHaveLength(1);
    await opened?.body.return();
  });

  it('are not there for files, which are located', async () => {
    const provider = xai({ apiKey: 'k' });
    expect(await openContent(provider, { fileId: 'file-1' })).toBeUndefined();
    expect((await locate(provider)).url).toBe('https://api.x.ai/v1/files/file-1/content');
  });

  it.each([
    [404, 'file_not_found'],
    [403, 'provider_auth_failed'],
    [429, 'rate_limited'],
    [500, 'provider_error'],
  ])('that are refused with %i are %s', async (status, code) => {
    await using server = await pages(1, (_page, _req, res) => !!res.writeHead(status).end('{}'));
    const provider = xai({ apiKey: 'k', baseURL: server.origin });
    await expect(openContent(provider, { fileId: 'batch_1' })).rejects.toMatchObject({ code });
  });

  it('get a new key where the provider refused the first', async () => {
    await using server = await pages(2, (_page, req, res) =>
      req.headers.authorization === 'Bearer old' ? !!res.writeHead(401).end() : false,
    );
    const apiKey = (request?: { refused: true }): string => (request?.refused ? 'new' : 'old');
    const opened = await openContent(xai({ apiKey, baseURL: server.origin }), { fileId: 'batch_1' });
    expect((await textOf(opened)).split('\n')).toHaveLength(5);
  });

  it.each<[string, (res: ServerResponse) => void]>([
    ['is cut', (res) => res.writeHead(200, { 'content-length': 500 }).write('{"results":[1,', () => res.destroy())],
    ['ends early', (res) => res.end('{"results":[1,2')],
    ['has no results', (res) => res.end('{"pagination_token":null}')],
    ['is not JSON', (res) => res.end('<html>')],
    ['is refused', (res) => res.writeHead(500).end()],
    ['names itself as the next', (res) => res.end('{"results":[1],"pagination_token":"p1"}')],
  ])('of which a later page %s never end well', async (_what, send) => {
    await using server = await pages(2, (page, _req, res) => {
      if (page === 0) return false;
      send(res);
      return true;
    });
    const opened = await openContent(xai({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batch_1' });
    await expect(textOf(opened)).rejects.toThrow();
  });

  it.each([2, 3, 10])('whose pages go round in a circle of %i end with an error', async (length) => {
    await using server = await pages(Infinity, (page, _req, res) => {
      res.end(`{"results":[${result(page)}],"pagination_token":"p${page < 5 ? page + 1 : 5 + ((page - 4) % length)}"}`);
      return true;
    });
    const opened = await openContent(xai({ apiKey: 'k', baseURL: server.origin }), { fileId: 'batch_1' });
    await expect(textOf(opened)).rejects.toMatchObject({ code: 'provider_invalid_response' });
    expect(server.asked.length).toBeLessThan(100);
  });

  it.each<[string, (opened: OpenedRows, abort: () => void) => unknown]>([
    ['leaves', (opened) => opened.body.return()],
    ['leaves without having read', (opened) => opened.body.destroy()],
    ['is aborted', (_opened, abort) => abort()],
  ])('end the connection when their reader %s', async (_how, leave) => {
    let closed: Promise<unknown> = Promise.resolve();
    await using server = await pages(1, (_page, _req, res) => {
      closed = once(res, 'close');
      res.writeHead(200).write('{"results":[1,');
      return true;
    });
    const abort = new AbortController();
    const opened = await openContent(xai({ apiKey: 'k', baseURL: server.origin }), {
      fileId: 'batch_1',
      signal: abort.signal,
    });
    if (opened === undefined) throw new Error('nothing was opened');
    await leave(opened, () => abort.abort());
    await closed;
    expect(await opened.body.next()).toEqual({ done: true, value: undefined });
  });
});
