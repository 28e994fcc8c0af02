// Builds the package after `npm install` in a clone or from git. Without the development dependencies there is nothing
// to build with, and an install that leaves them out must not fail because of that.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

if (existsSync('node_modules/typescript') && existsSync('node_modules/esbuild')) {
  process.exit(spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: true }).status ?? 1);
}
console.error('express-file-content: not built, because the development dependencies are not installed.');
