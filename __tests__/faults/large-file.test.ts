import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { startGateway } from '../support/gateway';
import { startRawProvider } from '../support/raw-provider';

/**
 * Row 22 asks for 10 GB: set LARGE_FILE_BYTES to it. The suite's own size already is many times what may be held in
 * memory.
 */
const SIZE = Number(process.env['LARGE_FILE_BYTES'] ?? 400_000_000);
const BLOCK = Buffer.alloc(1_000_000, 'a block of the large file, ');

function download(url: string, headers: Record<string, string>): Promise<{ bytes: number; hash: string }> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    let bytes = 0;
    request(url, { headers }, (response) => {
      response.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      response.once('end', () => resolve({ bytes, hash: hash.digest('hex') }));
      response.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

describe('S4, row 22: a file far larger than memory should hold', () => {
  it.each([
    ['with a length', [`Content-Length: ${SIZE}`]],
    ['in chunks', ['Transfer-Encoding: chunked']],
  ])(
    '%s arrives whole, in flat memory',
    async (_name, head) => {
      const isChunked = head[0]?.startsWith('Transfer') === true;
      const sent = createHash('sha256');
      await using provider = await startRawProvider(async ({ send, socket }) => {
        await send(`HTTP/1.1 200 OK\r\n${head.join('\r\n')}\r\n\r\n`);
        for (let left = SIZE; left > 0 && !socket.destroyed; left -= BLOCK.length) {
          sent.update(BLOCK);
          if (isChunked) await send(`${BLOCK.length.toString(16)}\r\n`);
          await send(BLOCK);
          if (isChunked) await send('\r\n');
        }
        if (isChunked) await send('0\r\n\r\n');
      });
      await using gateway = await startGateway({ upstream: provider.origin });
      let peak = 0;
      const before = process.memoryUsage().rss;
      const sampler = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().rss - before);
      }, 20);
      const result = await download(`${gateway.origin}/v1/files/file-1/content`, {});
      clearInterval(sampler);
      expect(result).toEqual({ bytes: SIZE, hash: sent.digest('hex') });
      expect(await gateway.recorded(1)).toMatchObject([{ outcome: 'completed', bytesSent: SIZE }]);
      // Provider, gateway and client share this process, and garbage is collected when the engine likes.
      expect(peak).toBeLessThan(200_000_000);
    },
    600_000,
  );
});
