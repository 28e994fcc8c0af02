/** The examples in TSDoc comments, as modules that a compiler can check. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fence } from './code-fences';

const ROOT = join(__dirname, '../..');

/** Names that an editor would import, by the entry point that exports them. */
export type Exports = Readonly<Record<string, ReadonlySet<string>>>;

/** Of everything in `lib` that users see; the package's own helpers have examples for its authors. */
export function tsdocExamples(exports: Exports): Fence[] {
  const paths = globSync('lib/**/*.ts', { cwd: ROOT }).filter((path) => !path.startsWith(join('lib', 'values')));
  return paths.sort().flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) =>
      examplesOf(comment[0]).map((code) => ({
        place: `${path}:${text.slice(0, comment.index).split('\n').length}`,
        code: toModule(code, exports),
      })),
    );
  });
}

function examplesOf(comment: string): string[] {
  const text = comment.replace(/^\s*\/\*\*|\*\/\s*$/g, '').replace(/^\s*\* ?/gm, '');
  const [, ...tags] = text.split(/^@/m);
  const examples = tags.filter((tag) => tag.startsWith('example'));
  // The rest of the tag's own line is its title.
  return examples.map((example) => example.slice(example.indexOf('\n')).trim());
}

function toModule(code: string, exports: Exports): string {
  const imported = new Set(code.match(/(?<=import \{)[^}]*(?=\})/g)?.flatMap((list) => list.match(/\w+/g) ?? []));
  const used = new Set(code.replace(/'[^']*'|\.\w+/g, '').match(/\w+/g));
  const imports = Object.entries(exports).map(([from, names]) => {
    const needed = [...used].filter((name) => names.has(name) && !imported.has(name) && !isDeclared(name, code));
    return needed.length === 0 ? '' : `import { ${needed.join(', ')} } from '${from}';\n`;
  });
  return `${imports.join('')}${wrapped(code)}`;
}

function isDeclared(name: string, code: string): boolean {
  return new RegExp(`\\b(?:const|function|let) ${name}\\b`).test(code);
}

/** A `return` stands in a function, a member in an object. */
function wrapped(code: string): string {
  if (code.startsWith('return ')) return `export function example() {\n${code}\n}`;
  if (!/^(?:inspect|classifyRefusal)\b/.test(code)) return code;
  return `export const example: Partial<import('express-file-content').LocatedProvider> = {\n${code}\n};`;
}
