// Installs the newest versions of http-proxy-middleware, httpxy and axios that the package's ranges allow, beside those of the
// lockfile. Ends with 0 when they are there, with 3 when the registry cannot be reached.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['http-proxy-middleware', 'httpxy', 'axios'];
const UNREACHABLE = 3;

const folder = import.meta.dirname;
const { dependencies } = JSON.parse(readFileSync(join(folder, '../../package.json'), 'utf8'));
const ranges = Object.fromEntries(NAMES.map((name) => [name, dependencies[name]]));

function npm(...args) {
  return spawnSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const { status } = npm('view', NAMES[0], 'version', '--prefer-online', '--fetch-retries=0', '--fetch-timeout=20000');
if (status !== 0) {
  console.log('the registry cannot be reached');
  process.exit(UNREACHABLE);
}
rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ private: true, dependencies: ranges }, null, 2)}\n`);
const installed = npm('install', '--no-package-lock', '--prefer-online', '--no-audit', '--no-fund', '--loglevel=error');
if (installed.status !== 0) {
  console.error(installed.stderr);
  process.exit(1);
}
for (const name of NAMES) {
  const manifest = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
  console.log(`${name} ${manifest.version} (${ranges[name]})`);
}
