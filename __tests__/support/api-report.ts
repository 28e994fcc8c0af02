/** The public declarations of an entry point, as text in which a change of the API is a change of a line. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Each exported name with its declaration, without comments, in the order of the names. */
export function apiReport(folder: string, entry: string): ReadonlyMap<string, string> {
  const index = join(folder, entry);
  const found = new Map<string, string>();
  const source = readFileSync(index, 'utf8');
  for (const [, list = '', from = ''] of source.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
    const text = withoutComments(readFileSync(declarationFile(join(dirname(index), from)), 'utf8'));
    for (const item of list.split(',')) {
      const name = item.replace(/\btype\b/, '').trim();
      if (name !== '') found.set(name, declarationOf(name, text, folder));
    }
  }
  if (found.size === 0) throw new Error(`${entry} exports nothing that can be read`);
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function declarationFile(path: string): string {
  return existsSync(`${path}.d.ts`) ? `${path}.d.ts` : join(path, 'index.d.ts');
}

function withoutComments(text: string): string {
  return text.replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, '').replace(/^[ \t]*\/\/.*\n/gm, '');
}

/** Every declaration of the name: a function may have several. */
function declarationOf(name: string, text: string, folder: string): string {
  const start = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:async )?(?:function|class|const|interface|type) ${name}\\b`,
  );
  const lines = text.split('\n');
  const blocks = lines.flatMap((line, at) => (start.test(line) ? [blockFrom(lines, at)] : []));
  if (blocks.length > 0) return blocks.join('\n');
  const reexport = new RegExp(`export (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\}`).test(text);
  if (!reexport) throw new Error(`${name} has no declaration`);
  const elsewhere = globSync('**/*.d.ts', { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'));
  const owner = elsewhere.map(withoutComments).find((other) => other.split('\n').some((line) => start.test(line)));
  // A type of another package, such as Express's Router.
  return owner === undefined ? `export { ${name} }` : declarationOf(name, owner, folder);
}

/** A declaration ends at a line that closes it, or that ends with a semicolon outside of braces. */
function blockFrom(lines: readonly string[], start: number): string {
  let depth = 0;
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    depth += (line.match(/[{([]/g)?.length ?? 0) - (line.match(/[})\]]/g)?.length ?? 0);
    if (depth <= 0 && /[;}]$/.test(line)) return lines.slice(start, at + 1).join('\n');
  }
  return lines.slice(start).join('\n');
}

/** A declaration's parts for a comparison: members, or the alternatives of a type. */
export function partsOf(declaration: string): readonly string[] {
  return declaration
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '}' && line !== '};');
}

/** May callers go on as they are where this part was added? An option that may be left out asks nothing of them. */
export function isCompatibleAddition(part: string): boolean {
  return /^(?:readonly )?[\w$]+\?:/.test(part) || part.startsWith('|');
}
