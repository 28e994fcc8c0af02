// Installs the tarball as applications do, with Express 4 and 5 and without any optional peer: requires it, imports it,
// downloads through it, runs its command line, and compiles against its types with every module resolution.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NPM_INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];

/** The settings of TypeScript for modules, as the field has them. TypeScript 7 knows no node10. */
const RESOLUTIONS = [
  { moduleResolution: 'node10', module: 'commonjs', ignoreDeprecations: '6.0', compiler: 'typescript6' },
  { moduleResolution: 'node16', module: 'node16', compiler: 'typescript' },
  { moduleResolution: 'nodenext', module: 'nodenext', compiler: 'typescript' },
  { moduleResolution: 'bundler', module: 'esnext', compiler: 'typescript' },
] as const;

/** The versions of what an application with one version of Express installs. */
export interface Application {
  readonly express: string;
  readonly typesExpress: string;
  readonly typesNode: string;
  readonly typescript: string;
}

/**
 * @param folder an empty folder for the application
 * @throws Error if anything does not work there
 */
export function checkApplication(folder: string, tarball: string, versions: Application): void {
  const run = (command: string, ...args: readonly string[]): string => {
    try {
      return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`Express ${versions.express}: ${command} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}`);
    }
  };
  mkdirSync(folder);
  cpSync(join(import.meta.dirname, 'package-users'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "scratch", "private": true }\n');
  const packages = [
    `express@${versions.express}`,
    `@types/express@${versions.typesExpress}`,
    `@types/node@${versions.typesNode}`,
    `typescript@${versions.typescript}`,
    'typescript6@npm:typescript@6',
  ];
  run('npm', ...NPM_INSTALL, tarball, ...packages);
  for (const user of ['required.cjs', 'imported.mjs', 'console.cjs', 'command-line.mjs'])
    console.log(run('node', user).trim());
  for (const { compiler, ...settings } of RESOLUTIONS) {
    const config = { extends: './tsconfig.json', compilerOptions: settings };
    const name = `tsconfig.${settings.moduleResolution}.json`;
    writeFileSync(join(folder, name), JSON.stringify(config));
    run('node', join('node_modules', compiler, 'bin/tsc'), '-p', name);
  }
  const names = RESOLUTIONS.map(({ moduleResolution }) => moduleResolution).join(', ');
  console.log(`types: a strict project with Express ${versions.express} compiles with ${names}`);
}
