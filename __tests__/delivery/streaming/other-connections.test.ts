import { createServer } from 'node:http';
import { duplexPair } from 'node:stream';
import { createFileContentRouter, openaiCompatible } from '../../../lib';
import { patternBytes } from '../../support/download';
import { createApp } from '../../support/gateway';
import { requestBytes } from '../../support/raw-client';
import { startRawProvider } from '../../support/raw-provider';

const MIB = 1024 * 1024;

/** A tunnel, or a server under test without a port: what is written is handed to a reader that may keep it. */
describe('a client whose connection is a stream of another kind', () => {
  it.each(['stream', 'buffer'] as const)('gets every byte, though it looks at them late (%s)', async (delivery) => {
    const content = patternBytes(8 * MIB);
    await using provider = await startRawProvider(({ send }) =>
      send(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n`), content])),
    );
    const held = openaiCompatible({ name: 'held', baseURL: provider.origin });
    const app = createApp();
    app.use('/v1', createFileContentRouter({ resolveProvider: () => ({ provider: held, delivery }) }));
    const [ours, theirs] = duplexPair();
    createServer(app).emit('connection', ours);
    theirs.write(requestBytes({ path: '/v1/files/file-1/content', connection: 'close' }));
    const pieces: Buffer[] = [];
    for await (const piece of theirs) pieces.push(piece);
    const received = Buffer.concat(pieces);
    expect(received.subarray(-content.length).equals(content)).toBe(true);
  });
});
