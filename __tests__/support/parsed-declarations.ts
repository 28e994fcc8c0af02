/** The declarations that users get, parsed: members with their types and comments, for docs/types.md. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Member {
  readonly name: string;
  readonly isOptional: boolean;
  readonly type: string;
  readonly comment: string;
}

export interface Declaration {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'const' | 'interface' | 'type';
  /** The declaration without comments, on one line. */
  readonly text: string;
  readonly comment: string;
  readonly parents: readonly string[];
  readonly members: readonly Member[];
}

export type Declarations = ReadonlyMap<string, Declaration>;

const START =
  /^(?:export )?(?:declare )?(?:abstract )?(?:async )?(function|class|const|interface|type) ([\w$]+)(?:<[^{]*?>)?(?: extends ([^{]+))?/;

/** Every declaration of the package by its name. Of overloads, the first counts: it is the one with the description. */
export function declarationsIn(folder: string): Declarations {
  const found = new Map<string, Declaration>();
  for (const file of globSync('**/*.d.ts', { cwd: folder }).sort()) {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n');
    for (const [at, line] of lines.entries()) {
      const [, kind, name = '', parents = ''] = START.exec(line) ?? [];
      const isExported = line.startsWith('export ');
      if (kind === undefined || (found.has(name) && !isExported)) continue;
      if (found.has(name) && kind === 'function') continue;
      const block = blockFrom(lines, at);
      found.set(name, {
        name,
        kind: kind as Declaration['kind'],
        text: oneLine(withoutComments(block.join('\n'))).replace(/^export (?:declare )?/, ''),
        comment: commentBefore(lines, at),
        parents: splitParents(parents),
        members: kind === 'interface' || kind === 'class' ? membersOf(block) : [],
      });
    }
  }
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function depthOf(line: string): number {
  return (line.match(/[{([]/g)?.length ?? 0) - (line.match(/[})\]]/g)?.length ?? 0);
}

/** The lines of a declaration or a member, to the one that ends it. Brackets in comments do not count. */
function blockFrom(lines: readonly string[], start: number): string[] {
  let depth = 0;
  let isComment = false;
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trimStart().startsWith('/**')) isComment = true;
    if (!isComment) depth += depthOf(line);
    if (isComment && line.includes('*/')) isComment = false;
    else if (!isComment && depth <= 0 && /[;}]$/.test(line)) return lines.slice(start, at + 1);
  }
  return lines.slice(start);
}

function commentBefore(lines: readonly string[], at: number): string {
  const end = lines[at - 1]?.trimEnd() ?? '';
  if (!end.endsWith('*/')) return '';
  let start = at - 1;
  while (!lines[start]?.trimStart().startsWith('/**')) start -= 1;
  const text = lines.slice(start, at).join('\n');
  return text.replace(/^\s*\/\*\*|\*\/\s*$/g, '').replace(/^\s*\* ?/gm, '');
}

const MEMBER = /^(\s+)(?!private |#)(?:readonly |static |get )*([\w$]+|constructor)(\?)?(: |(?=[(<]))/;

/** The members of a block, those of objects within it as `range.start`. */
function membersOf(block: readonly string[], prefix = '', indent = 4): Member[] {
  const found: Member[] = [];
  for (let at = 1; at < block.length; at += 1) {
    const [, space = '', name = '', mark, colon] = MEMBER.exec(block[at] ?? '') ?? [];
    if (name === '' || space.length !== indent) continue;
    const lines = blockFrom(block, at);
    const text = oneLine(withoutComments(lines.join('\n'))).replace(/;$/, '');
    // A method is shown as the function that it is.
    const plain = colon
      ? text.slice(text.indexOf(': ') + 2)
      : text.slice(text.indexOf(name) + name.length).replace(/\): (?!.*\): )/, ') => ');
    const path = `${prefix}${name}`;
    const isOptional = mark !== undefined;
    found.push({
      name: path,
      isOptional,
      type: (isOptional && !isFunction(plain)
        ? plain.replace(/ \| undefined$/, '').replace(/^\((\(.*)\)$/, '$1')
        : plain
      )
        // Of optional members within it.
        .replace(/(\w\?: [^;{}]*?) \| undefined(?=;)/g, '$1'),
      comment: commentBefore(block, at),
    });
    if (lines.some((line) => line.trimStart().startsWith('/**'))) {
      const inner = lines
        .map((line) => /^(\s+)\w+\??: /.exec(line)?.[1]?.length ?? 0)
        .filter((width) => width > indent);
      found.push(...membersOf(lines, `${path}.`, Math.min(...inner)));
    }
    at += lines.length - 1;
  }
  return found;
}

/** Tells a function, whose `| undefined` is about its result, from a union in which a function has parentheses. */
function isFunction(type: string): boolean {
  let depth = 0;
  for (const [at, character] of [...type].entries()) {
    depth += depthOf(character);
    if (depth === 0) return at > 0 && type.startsWith(' =>', at + 1);
  }
  return false;
}

function splitParents(list: string): string[] {
  return [...list.matchAll(/[\w$]+(?:<[^>]*>)?/g)].map(([parent]) => parent);
}

/** The members with those that are inherited. A member that is declared again counts once. */
export function allMembers(declaration: Declaration, all: Declarations): Member[] {
  const own = new Set(declaration.members.map(({ name }) => name));
  const inherited = declaration.parents.flatMap((parent) => {
    const [, omitted, name = parent, names = ''] = /^(Omit)<(\w+), ([^>]*)>$/.exec(parent) ?? [];
    const from = all.get(name.replace(/<.*/, ''));
    const members = from === undefined ? [] : allMembers(from, all);
    return omitted === undefined ? members : members.filter((member) => !names.includes(`'${member.name}'`));
  });
  return [...inherited.filter(({ name }) => !own.has(name)), ...declaration.members];
}
