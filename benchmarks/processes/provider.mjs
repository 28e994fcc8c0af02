import { randomFillSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { join } from 'node:path';
import { announcePort } from './announce.mjs';

/**
 * The provider where nginx is not installed: answers with as many bytes as the file under the given directory has, all
 * from one block. Arguments: the directory; for TLS, the files of a key and a certificate.
 */
const [root = '', key, cert] = process.argv.slice(2);
const block = randomFillSync(Buffer.allocUnsafe(1024 * 1024));

/** @type {http.RequestListener} */
function answer(request, response) {
  let left = statSync(join(root, request.url ?? '/')).size;
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': left });
  const write = () => {
    while (left > 0) {
      const part = left >= block.length ? block : block.subarray(0, left);
      left -= part.length;
      if (!response.write(part) && left > 0) {
        response.once('drain', write);
        return;
      }
    }
    response.end();
  };
  write();
}

announcePort(
  key === undefined || cert === undefined
    ? http.createServer(answer)
    : https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer),
);
