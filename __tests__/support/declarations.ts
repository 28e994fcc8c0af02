/** The declarations that users get, and what they say of each name: for the check of TSDoc. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '../..');

/** One line of a declaration file that a user's editor shows: an exported declaration, or a member of one. */
export interface Declared {
  /** Such as `lib/errors.d.ts: FileContentError.status`. */
  readonly where: string;
  readonly isDocumented: boolean;
}

/** Compiles the declarations of `lib` as they are published, and hands their folder to `look`. */
export function withDeclarations<T>(look: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'declarations-'));
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const args = [tsc, '-p', join(ROOT, 'tsconfig.json'), '--emitDeclarationOnly', '--outDir', folder];
    execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'pipe' });
    return look(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything that an entry point exports, and the public members of what has members. */
export function declaredBy(folder: string, entry: string): readonly Declared[] {
  const path = join(folder, entry);
  const found: Declared[] = [];
  for (const [, list = '', from = ''] of readFileSync(path, 'utf8').matchAll(
    /export (?:type )?\{([^}]*)\} from '([^']+)'/g,
  )) {
    const file = `${join(dirname(path), from)}.d.ts`;
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const item of list.split(',')) {
      const name = item
        .replace(/\btype\b/, '')
        .replace(/ as .*/, '')
        .trim();
      if (name !== '') found.push(...declarationsOf(name, lines, `lib/${relative(folder, file)}`));
    }
  }
  return found;
}

function declarationsOf(name: string, lines: readonly string[], file: string): Declared[] {
  const start = lines.findIndex((line) =>
    new RegExp(`^export (?:declare )?(?:abstract )?(?:function|class|const|interface|type) ${name}\\b`).test(line),
  );
  if (start === -1) throw new Error(`${file} does not declare ${name}`);
  const found = [{ where: `${file}: ${name}`, isDocumented: isDocumented(lines, start) }];
  if (!/ (?:class|interface) /.test(lines[start] ?? '') || lines[start]?.endsWith('}')) return found;
  for (let at = start + 1; lines[at] !== '}' && at < lines.length; at += 1) {
    const [, member] =
      /^ {4}(?!private |#private)(?:readonly |static |get |set )*([\w[\]."'@]+|\()/.exec(lines[at] ?? '') ?? [];
    if (member !== undefined)
      found.push({ where: `${file}: ${name}.${member}`, isDocumented: isDocumented(lines, at) });
  }
  return found;
}

function isDocumented(lines: readonly string[], at: number): boolean {
  return lines[at - 1]?.trimEnd().endsWith('*/') ?? false;
}
