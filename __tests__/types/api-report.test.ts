import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiReport, isCompatibleAddition, partsOf } from '../support/api-report';
import { withDeclarations } from '../support/declarations';

const { exports } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
  exports: Record<string, { types?: string }>;
};

/** The package's entry points with their declarations, relative to `dist`. */
const ENTRIES = Object.entries(exports).flatMap(([name, { types }]) =>
  types === undefined ? [] : [[name, types.replace('./dist/', '')] as const],
);

function reportPath(name: string): string {
  return join(__dirname, 'api-report', `${name === '.' ? 'root' : name.slice(2).replaceAll('/', '-')}.txt`);
}

function write(report: ReadonlyMap<string, string>): string {
  return `${[...report.values()].join('\n\n')}\n`;
}

/** The recorded declarations by name. */
function read(path: string): Map<string, string> {
  const blocks = readFileSync(path, 'utf8').trimEnd().split('\n\n');
  const named = new Map<string, string>();
  for (const block of blocks) {
    const name = /^export (?:declare )?(?:abstract )?(?:function|class|const|interface|type|\{) ?([\w$]+)/.exec(
      block,
    )?.[1];
    named.set(name ?? block, block);
  }
  return named;
}

let current: ReadonlyMap<string, ReadonlyMap<string, string>>;

beforeAll(() => {
  current = withDeclarations(
    (folder) => new Map(ENTRIES.map(([name, types]) => [name, apiReport(folder, types)] as const)),
  );
  if (process.env['UPDATE_API_REPORT'] === '1') {
    for (const [name, report] of current) writeFileSync(reportPath(name), write(report));
  }
});

// A change that breaks users is made on purpose: UPDATE_API_REPORT=1 npx jest __tests__/types/api-report
describe.each(ENTRIES)('the public API of "%s"', (name) => {
  const report = (): ReadonlyMap<string, string> => current.get(name) ?? new Map();

  it('has a report', () => {
    expect(existsSync(reportPath(name))).toBe(true);
  });

  it('keeps every name', () => {
    const names = [...read(reportPath(name)).keys()];
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((exported) => !report().has(exported))).toEqual([]);
  });

  it('changes no declaration in a way that breaks users', () => {
    const breaking = [...read(reportPath(name))].flatMap(([exported, recorded]) => {
      const [before, after] = [partsOf(recorded), partsOf(report().get(exported) ?? '')];
      const removed = before.filter((part) => !after.includes(part)).map((part) => `${exported}: - ${part}`);
      const added = after.filter((part) => !before.includes(part) && !isCompatibleAddition(part));
      return [...removed, ...added.map((part) => `${exported}: + ${part}`)];
    });
    expect(breaking).toEqual([]);
  });
});

describe('the comparison', () => {
  it.each([
    ['a?: string | undefined;', true],
    ['readonly a?: string | undefined;', true],
    ["| 'redirect'", true],
    ['a: string;', false],
    ['close(): Promise<void>;', false],
    ['export declare function a(b: string): void;', false],
  ])('takes the addition of %s for compatible: %s', (part, isCompatible) => {
    expect(isCompatibleAddition(part)).toBe(isCompatible);
  });
});
