// Packs the package as it would be published and uses it as its users do: what is in the tarball, publint,
// are-the-types-wrong, then applications with Express 4 and 5, the gateway to deploy, and the usual test runners.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkApplication } from './check-applications.mts';
import { checkDeployment } from './check-deployment.mts';
import { checkFiles, checkLinks, checkSize, type Packed } from './check-tarball.mts';
import { checkTestRunners } from './check-test-runners.mts';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'package-check-'));

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** npm 10 prints a list, later versions an object by name. */
function firstPacked(json: string): Packed {
  const printed: Packed[] | Record<string, Packed> = JSON.parse(json);
  const [first] = Object.values(printed);
  if (first === undefined) throw new Error('npm pack made no tarball');
  return first;
}

try {
  run('npm', ['run', '--silent', 'build']);
  const packed = firstPacked(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch]));
  const tarball = join(scratch, packed.filename);
  checkFiles(packed);
  checkLinks(packed);
  checkSize(packed);

  run('publint', ['run', tarball, '--strict']);
  console.log('publint: nothing to complain about');
  run('attw', [tarball, '--format', 'ascii']);
  console.log('are-the-types-wrong: no problem');

  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tools = { typesNode: devDependencies['@types/node'], typescript: devDependencies.typescript };
  const five = { ...tools, express: devDependencies.express, typesExpress: devDependencies['@types/express'] };
  checkApplication(join(scratch, 'express5'), tarball, five);
  checkApplication(join(scratch, 'express4'), tarball, { ...tools, express: '4', typesExpress: '4' });

  await checkDeployment(join(scratch, 'deployment'), tarball);

  const packages = ['express', '@types/express', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  checkTestRunners(join(scratch, 'application'), [tarball, ...packages]);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
