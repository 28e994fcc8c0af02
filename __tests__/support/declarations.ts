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

/**
 * Everything that an entry point exports, with its members: nested, of unions, and inherited from what is not exported.
 */
export function declaredBy(folder: string, entry: string): readonly Declared[] {
  const path = join(folder, entry);
  const found = new Map<string, Declared>();
  for (const [, list = '', from = ''] of readFileSync(path, 'utf8').matchAll(
    /export (?:type )?\{([^}]*)\} from '([^']+)'/g,
  )) {
    const file = `${join(dirname(path), from)}.d.ts`;
    for (const name of namesIn(list)) collect(folder, file, name, found);
  }
  return [...found.values()];
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((item) =>
      item
        .replace(/\btype\b/, '')
        .replace(/ as .*/, '')
        .trim(),
    )
    .filter((name) => name !== '');
}

/** Adds a declaration, its members, and the declarations that it extends or is made of. */
function collect(folder: string, file: string, name: string, found: Map<string, Declared>): void {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  const start = lines.findIndex((line) =>
    new RegExp(`^(?:export )?(?:declare )?(?:abstract )?(?:function|class|const|interface|type) ${name}\\b`).test(line),
  );
  // Passed on from elsewhere, such as Express's request.
  if (start === -1) return;
  const where = `lib/${relative(folder, file)}: ${name}`;
  if (found.has(where)) return;
  found.set(where, { where, isDocumented: isDocumented(lines, start) });
  const end = lines.findIndex((line, at) => at >= start && /^(?!\s).*[;}]$/.test(line));
  for (const member of membersOf(lines, start, end)) {
    found.set(`${where}.${member.where}`, { ...member, where: `${where}.${member.where}` });
  }
  const isAlias = / type /.test(lines[start] ?? '');
  const made = isAlias ? lines.slice(start, end + 1).join('\n') : (/ extends .*/.exec(lines[start] ?? '')?.[0] ?? '');
  for (const [, parent = ''] of made.matchAll(/\b([A-Z]\w+)\b/g)) {
    const home = parent === name ? undefined : homeOf(parent, file, text);
    if (home !== undefined) collect(folder, home, parent, found);
  }
}

/** The file that declares a name: this one, or the one that it is imported from. Undefined for what is not of `lib`. */
function homeOf(name: string, file: string, text: string): string | undefined {
  if (new RegExp(`^(?:export )?(?:declare )?(?:class|interface|type) ${name}\\b`, 'm').test(text)) return file;
  for (const [, list = '', from = ''] of text.matchAll(/import (?:type )?\{([^}]*)\} from '(\.[^']+)'/g)) {
    if (namesIn(list).includes(name)) return `${join(dirname(file), from)}.d.ts`;
  }
  return undefined;
}

/** A member at the beginning of a line, at any depth. */
const MEMBER = /^ {4,}(?!private |#private)(?:readonly |static |get |set )*([\w."'@]+|\[\w[\]."'@]+\])\??[:(<]/;

function membersOf(lines: readonly string[], start: number, end: number): Declared[] {
  const found: Declared[] = [];
  for (let at = start + 1; at < end; at += 1) {
    const [, member] = MEMBER.exec(lines[at] ?? '') ?? [];
    if (member !== undefined) found.push({ where: member, isDocumented: isDocumented(lines, at) });
  }
  return found;
}

function isDocumented(lines: readonly string[], at: number): boolean {
  return lines[at - 1]?.trimEnd().endsWith('*/') ?? false;
}
