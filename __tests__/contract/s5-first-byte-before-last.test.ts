import type { ServerResponse } from 'node:http';
import { openaiCompatible } from '../../lib/index';
import { startContentProvider } from '../support/content-provider';
import { open } from '../support/download';
import { EXPRESS_MAJORS, startGateway } from '../support/gateway';

describe.each(EXPRESS_MAJORS)('S5: the first byte leaves before the last has arrived (Express %i)', (express) => {
  it.each([
    ['a declared length', { 'content-length': '6' }],
    ['chunks', {}],
  ])('with %s', async (_framing, headers) => {
    await using provider = await startContentProvider();
    let upstream: ServerResponse | undefined;
    provider.respond = (_request, response) => {
      upstream = response;
      response.writeHead(200, headers);
      response.write('abc');
    };
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    await using app = await startGateway({ express, resolveProvider: () => held });
    const response = await open(`${app.origin}/v1/files/file-1/content`);
    const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('abc');
    // Only now does the provider send the rest: had the router waited for it, the line above would still wait.
    upstream?.end('def');
    expect(String((await chunks.next()).value)).toBe('def');
    expect((await chunks.next()).done).toBe(true);
    const [record] = await app.recorded(1);
    expect(record?.firstByteMs).toBeLessThan(record?.durationMs ?? 0);
  });
});
