import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

// npm makes a script of another kind on Windows.
const isWindows = process.platform === 'win32';
const bin = join('node_modules/.bin', isWindows ? 'express-file-content.cmd' : 'express-file-content');
if (!existsSync(bin)) throw new Error('the command line was not installed');
const version = execFileSync(bin, ['--version'], { encoding: 'utf8', shell: isWindows }).trim();

const { OPENAI_API_KEY: _, ...env } = process.env;
const gateway = spawn(bin, ['--port', '0'], { env, stdio: ['ignore', 'ignore', 'pipe'], shell: isWindows });
let printed = '';
let url;
for await (const chunk of gateway.stderr.setEncoding('utf8')) {
  printed += chunk;
  url = /http:\S+\/content/.exec(printed)?.[0];
  if (url !== undefined) break;
}
if (url === undefined) throw new Error(`the gateway did not start: ${printed}`);
const response = await fetch(url, { headers: { range: 'bytes=0-99' } });
const { byteLength } = await response.arrayBuffer();
gateway.kill('SIGTERM');
await once(gateway, 'exit');
if (response.status !== 206 || byteLength !== 100) throw new Error('command line: another response');
console.log(`command line: version ${version}, and a range of its file`);
