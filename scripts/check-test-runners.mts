// Runs a test of an application that installed the package under the usual test runners, on every version of Node that
// is supported and there, without any configuration that a new project would not have.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Runner {
  readonly name: string;
  /** The program in `node_modules/.bin`, or `node` itself, and its arguments. */
  readonly command: readonly string[];
  /** Jest's configuration for it, if it needs one. */
  readonly config?: string;
}

const jest = (config: string): readonly string[] => ['jest', '--config', config, '--ci'];

const RUNNERS: readonly Runner[] = [
  { name: 'Jest without configuration', command: ['jest', '--ci', '__tests__/download.test.js'] },
  {
    name: 'ts-jest',
    command: jest('ts-jest.config.cjs'),
    config: "module.exports = { preset: 'ts-jest', testMatch: ['**/download.test.ts'] };\n",
  },
  {
    name: '@swc/jest',
    command: jest('swc-jest.config.cjs'),
    config: "module.exports = { transform: { '\\\\.ts$': '@swc/jest' }, testMatch: ['**/download.test.ts'] };\n",
  },
  { name: 'tsc with moduleResolution node10', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'vitest', command: ['vitest', 'run', '--globals', '__tests__/download.test.ts'] },
  { name: 'mocha', command: ['mocha', '__tests__/download.test.js'] },
  { name: 'node:test', command: ['node', '--test', '__tests__/download.test.js'] },
];

/** The folders of the versions of Node: the project's own, and those that are installed for the checks. */
function nodeFolders(): readonly string[] {
  const others = ['node22', 'node26'].map((name) => join(root, '.ci/node-versions/node_modules', name, 'bin'));
  return [join(root, 'node_modules/node/bin'), ...others.filter((folder) => existsSync(folder))];
}

/**
 * @param folder an empty folder for the application
 * @param packages what it installs: the tarball and what a gateway needs
 */
export function checkTestRunners(folder: string, packages: readonly string[]): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "application", "private": true }\n');
  writeFileSync(
    join(folder, 'tsconfig.json'),
    '{ "compilerOptions": { "module": "commonjs", "moduleResolution": "node10", "ignoreDeprecations": "6.0", "strict": true, ' +
      '"target": "es2022", "types": ["node", "jest"], "esModuleInterop": true, "skipLibCheck": true, "isolatedModules": true } }\n',
  );
  cpSync(join(import.meta.dirname, 'application-tests'), join(folder, '__tests__'), { recursive: true });
  const tools = [
    'jest',
    '@types/jest',
    'ts-jest',
    // ts-jest takes no later version yet.
    'typescript@6',
    '@swc/core',
    '@swc/jest',
    'vitest',
    'mocha',
    'supertest',
    '@types/supertest',
  ];
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
  execFileSync('npm', [...install, ...packages, ...tools], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const { config, command } of RUNNERS) if (config) writeFileSync(join(folder, command[2] ?? ''), config);
  for (const node of nodeFolders()) {
    const path = [node, join(folder, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const env = { ...process.env, PATH: path };
    const version = execFileSync(join(node, 'node'), ['--version'], { encoding: 'utf8' }).trim();
    for (const { name, command } of RUNNERS) run(`${name} on Node ${version}`, command, { cwd: folder, env });
    console.log(`test runners: ${RUNNERS.map(({ name }) => name).join(', ')} on Node ${version}`);
  }
}

function run(
  what: string,
  [program = '', ...args]: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): void {
  try {
    execFileSync(program, args, { ...options, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${what}: the test fails\n${stdout ?? ''}${stderr ?? ''}`);
  }
}
