import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import type { OpenedContent } from '../../../lib/index';
import { startOpened, watchedBody } from '../../support/opened';
import { rawRequest } from '../../support/raw-client';

const content = Buffer.from('content');

async function* generate(): AsyncGenerator<Uint8Array> {
  yield content;
}

const SHARED: readonly (readonly [string, () => OpenedContent['body']])[] = [
  ['a Node stream', () => new PassThrough().end(content)],
  ['a web stream', () => new Blob([content]).stream()],
  ['a generator', generate],
];

describe.each(['stream', 'buffer'] as const)('a body that was read (%s)', (delivery) => {
  it.each(SHARED)('%s serves one transfer and not a second one', async (_name, make) => {
    const body = make();
    await using gateway = await startOpened(() => ({ body }), delivery);
    expect((await rawRequest(gateway.port)).response).toMatchObject({ status: 200, complete: true, body: content });
    expect((await rawRequest(gateway.port)).response.status).toBe(500);
    const [, record] = await gateway.recorded(2);
    expect(record).toMatchObject({ outcome: 'resolver_failed', bytesSent: 0 });
    expect(record?.error?.cause?.message).toMatch(/nobody else reads or has read as "body", got one that is used/);
  });

  it('is refused where the application has read all of it', async () => {
    const node = Readable.from([content]);
    await node.toArray();
    await using gateway = await startOpened(() => ({ body: node }), delivery);
    expect((await rawRequest(gateway.port)).response.status).toBe(500);
    const web = new Blob([content]).stream();
    const reader = web.getReader();
    while (!(await reader.read()).done);
    reader.releaseLock();
    await using other = await startOpened(() => ({ body: web }), delivery);
    expect((await rawRequest(other.port)).response.status).toBe(500);
  });

  it('is whole where the application has looked at its beginning', async () => {
    const node = new PassThrough();
    node.end(content);
    await once(node, 'readable');
    node.unshift(node.read(3));
    await using gateway = await startOpened(() => ({ body: node }), delivery);
    expect((await rawRequest(gateway.port)).response).toMatchObject({ status: 200, complete: true, body: content });
  });

  it('is another one at each iteration of an iterable', async () => {
    const body = { [Symbol.asyncIterator]: generate };
    await using gateway = await startOpened(() => ({ body }), delivery);
    for (const _time of [1, 2]) {
      expect((await rawRequest(gateway.port)).response).toMatchObject({ status: 200, body: content });
    }
  });
});

it.each(['node', 'web'] as const)('a second transfer does not disturb the one that reads: a %s', async (kind) => {
  const { body, fate } = watchedBody(kind, [content], 'hang');
  await using gateway = await startOpened(() => ({ body }));
  const controller = new AbortController();
  const first = await fetch(`${gateway.origin}/v1/files/file-1/content`, { signal: controller.signal });
  expect((await rawRequest(gateway.port)).response.status).toBe(500);
  expect(Buffer.from((await first.body?.getReader().read())?.value ?? [])).toEqual(content);
  expect(fate).toEqual([]);
  controller.abort();
});
