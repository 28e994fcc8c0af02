/** The examples in the documentation: where they stand, and which of them are excerpts of programs. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

export interface Fence {
  /** Where it stands, as `docs/errors.md:12`. */
  readonly place: string;
  readonly code: string;
}

export function documents(): string[] {
  return ['README.md', ...globSync('{docs,benchmarks}/**/*.md', { cwd: ROOT })];
}

export function fencesOf(document: string): Fence[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```(?:ts|typescript|js|javascript)\n(.*?)^```$/gms)].map((match) => ({
    place: `${document}:${text.slice(0, match.index).split('\n').length + 1}`,
    code: match[1] ?? '',
  }));
}

function trimmedLines(code: string): string {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** The programs in docs/examples are type-checked and run as they are; an excerpt of one needs no check of its own. */
const examples = globSync('docs/examples/**/*.mts', { cwd: ROOT }).map((path) =>
  trimmedLines(readFileSync(join(ROOT, path), 'utf8')),
);

export function isExcerpt({ code }: Fence): boolean {
  return examples.some((example) => example.includes(trimmedLines(code)));
}
