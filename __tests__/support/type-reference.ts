/** The page docs/types.md: every exported declaration with its members and what its TSDoc says. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  allMembers,
  type Declaration,
  type Declarations,
  declarationsIn,
  type Member,
  oneLine,
} from './parsed-declarations';

interface Said {
  readonly text: string;
  readonly byDefault: string | undefined;
  readonly see: readonly string[];
}

/** What a comment says, without its examples and without the sentence about the default. */
function read(comment: string, exported: ReadonlySet<string>): Said {
  const [description = '', ...tags] = comment.split(/^@/m);
  const linked = oneLine(description).replace(/\{@link ([\w$]+)(?:\.([\w$]+))?[^}]*\}/g, (_all, name, member) => {
    const code = `\`${member === undefined ? name : `${name}.${member}`}\``;
    return exported.has(name) ? `[${code}](#${String(name).toLowerCase()})` : code;
  });
  // A full stop within a number or a name ends no sentence.
  const [sentence, byDefault] = /Defaults to (.*?)\.(?=\s+[A-Z`]|\s*$)/.exec(linked) ?? [];
  const text = sentence === undefined ? linked : oneLine(linked.replace(sentence, ''));
  const see = tags.filter((tag) => tag.startsWith('see ')).map((tag) => oneLine(tag.slice(4)));
  return { text, byDefault, see };
}

/** Text for a table. Code keeps its angle brackets. */
function cell(text: string): string {
  return withoutTags(text).replaceAll('|', '\\|');
}

function withoutTags(text: string): string {
  return text
    .split('`')
    .map((part, at) => (at % 2 === 0 ? part.replaceAll('<', '&lt;') : part))
    .join('`');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function seeAlso(see: readonly string[]): string {
  return see.length === 0
    ? ''
    : ` See ${see.map((place) => (place.startsWith('http') ? `<${place}>` : place)).join('; ')}.`;
}

/** What a table says about a member. */
export interface MemberCells {
  readonly name: string;
  readonly type: string;
  /** The default, or whether the member is required. */
  readonly presence: string;
  readonly meaning: string;
}

export function cellsOf(member: Member, exported: ReadonlySet<string>): MemberCells {
  const { text, byDefault, see } = read(member.comment, exported);
  return {
    name: `\`${member.name}\``,
    type: code(member.type),
    presence: cell(byDefault ?? (member.isOptional ? 'may be absent' : 'required')),
    meaning: `${cell(text)}${seeAlso(see)}`,
  };
}

function row(member: Member, exported: ReadonlySet<string>): string {
  return `| ${Object.values(cellsOf(member, exported)).join(' | ')} |`;
}

function section(declaration: Declaration, all: Declarations, exported: ReadonlySet<string>): string {
  const { text, see } = read(declaration.comment, exported);
  const members = allMembers(declaration, all).filter(({ name }) => name !== 'constructor');
  const head = [`### \`${declaration.name}\``, `${withoutTags(text)}${seeAlso(see)}`];
  if (declaration.kind === 'interface' || declaration.kind === 'class') {
    if (members.length === 0) return head.join('\n\n');
    const rows = members.map((member) => row(member, exported));
    return [...head, ['| member | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n')].join('\n\n');
  }
  return [...head, ['```text', declaration.text, '```'].join('\n')].join('\n\n');
}

/** The names that an entry point exports. */
export function exportedNames(folder: string, entry: string): string[] {
  const source = readFileSync(join(folder, entry), 'utf8');
  const lists = [...source.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list = '']) => list);
  const names = lists.flatMap((list) => list.split(',')).map((item) => item.replace(/\btype\b/, '').trim());
  return names.filter((name) => name !== '').sort((one, other) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1));
}

/**
 * The whole page.
 *
 * @param folder of the emitted declarations
 * @param entries the entry points: the name for `import`, and the declaration file
 */
export function typeReference(folder: string, entries: readonly (readonly [name: string, entry: string])[]): string {
  const all = declarationsIn(folder);
  const parts = entries.map(([name, entry]) => {
    const names = exportedNames(folder, entry);
    const exported = new Set(names);
    const sections = names.map((each) => {
      const declaration = all.get(each);
      if (declaration === undefined) throw new Error(`${each} of ${dirname(entry)} has no declaration`);
      return section(declaration, all, exported);
    });
    return [`## \`${name}\``, ...sections].join('\n\n');
  });
  return `${[HEAD, ...parts].join('\n\n')}\n`;
}

const HEAD = [
  '# Every export, member by member',
  [
    "This page is written from the package's declarations, so it is complete: each export of each entry point, each",
    'option with its type and default. [API](api.md) says what belongs together; your editor shows the same sentences.',
  ].join('\n'),
  [
    '"required" is said of options. In what the package gives to you, it means that the member is always there. Options',
    'may be `undefined`, which means that they are omitted.',
  ].join('\n'),
].join('\n\n');
