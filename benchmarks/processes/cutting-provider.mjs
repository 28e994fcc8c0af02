import { randomFillSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { announcePort } from './announce.mjs';

/**
 * A provider with ranges and strong ETags whose connections end before the body does: `cuts` times for each download,
 * at equal distances. Arguments: the directory of the files, whose sizes alone matter; `cuts`.
 */
const [root = '', cuts = '0'] = process.argv.slice(2);
const MIB = 1024 * 1024;
const block = randomFillSync(Buffer.allocUnsafe(MIB));

/** Where a body that begins at `first` breaks off: at the next cut, or at its end. */
function endOf(first, size) {
  for (let cut = 1; cut <= Number(cuts); cut++) {
    const at = Math.floor((size * cut) / (Number(cuts) + 1));
    // A client that resumes requests a little again of what it has.
    if (at > first + MIB) return at;
  }
  return size;
}

/** Bytes of the file at `position`, which are the same for each request, as many as the block still has. */
function bytesAt(position, end) {
  const offset = position % MIB;
  return block.subarray(offset, Math.min(MIB, offset + end - position));
}

/** @type {import('node:http').RequestListener} */
function answer(request, response) {
  const { size } = statSync(join(root, request.url ?? '/'));
  const first = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const end = endOf(first, size);
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': size - first,
    'accept-ranges': 'bytes',
    etag: '"1"',
    ...(request.headers.range !== undefined && { 'content-range': `bytes ${first}-${size - 1}/${size}` }),
  });
  let position = first;
  const write = () => {
    while (position < end) {
      const part = bytesAt(position, end);
      position += part.length;
      if (!response.write(part)) {
        response.once('drain', write);
        return;
      }
    }
    if (end < size) response.socket?.end();
    else response.end();
  };
  write();
}

announcePort(createServer(answer));
