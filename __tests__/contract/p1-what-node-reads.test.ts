import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltPackage, layOutPackage } from '../support/built-package';

/** Names that Node's own emitters, streams and servers read off `Object.prototype`, whatever options they are given. */
const OF_NODE = { timeout: 1, connect: 1, highWaterMark: 'x', objectMode: 'x', encoding: 'x' };

/**
 * Two requests under the pollution, each on a server of its own: Node alone, with every option an own one, and the
 * router.
 */
const SCRIPT = `
const http = require('node:http');
const express = require('express');
const { createFileContentRouter, openai } = require('express-file-content');
const [name, value] = JSON.parse(process.argv[2]);
process.on('uncaughtException', () => undefined);
const listen = (handler) => new Promise((resolve) => {
  const server = http.createServer(handler).listen(0, '127.0.0.1', () => resolve(server.address().port));
});
const ask = (port) => new Promise((resolve) => {
  const late = setTimeout(resolve, 2000, 'nothing');
  const settle = (result) => { clearTimeout(late); resolve(result); };
  try {
    const options = { host: '127.0.0.1', port, path: '/v1/files/f/content', agent: false, timeout: undefined };
    const own = Object.assign(Object.create(null), options);
    const request = http.get(own, (response) => settle(response.resume().statusCode));
    request.on('error', () => settle('error'));
  } catch { settle('thrown'); }
});
(async () => {
  const provider = await listen((request, response) => response.end('hello'));
  const held = openai({ apiKey: 'k', baseURL: 'http://127.0.0.1:' + provider + '/v1' });
  const gateway = await listen(express().use('/v1', createFileContentRouter({ resolveProvider: () => held })));
  const clean = await ask(gateway);
  Object.defineProperty(Object.prototype, name, { value, configurable: true });
  const alone = await ask(provider);
  const routed = await ask(gateway);
  delete Object.prototype[name];
  process.stdout.write(JSON.stringify({ clean, alone, routed }));
  process.exit();
})();
`;

describe('P1: what Node itself reads off Object.prototype', () => {
  let built: BuiltPackage;

  beforeAll(async () => {
    built = await layOutPackage();
    await writeFile(join(built.directory, 'run.cjs'), SCRIPT);
  });

  afterAll(async () => await built[Symbol.asyncDispose]());

  it.each(Object.entries(OF_NODE))('%s harms the router only where Node alone fails as well', async (name, value) => {
    const script = join(built.directory, 'run.cjs');
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify([name, value])]);
    const { clean, alone, routed } = JSON.parse(stdout);
    expect(clean).toBe(200);
    if (alone === 200) expect(routed).toBe(200);
    else expect(routed).not.toBe(200);
  });
});
