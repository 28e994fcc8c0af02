import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const lib = join(__dirname, '../../lib');
const checked = readFileSync(join(__dirname, 'undefined-means-omitted.test-d.ts'), 'utf8');

/** What the package makes and callers only read. */
const MADE_BY_THE_PACKAGE = new Set([
  'ArrivalRequest',
  'TransferFailure',
  'UpstreamResponse',
  'ActiveTransfer',
  'BatchRow',
  'FoundFileId',
  'OpenedFile',
  'TokenUsage',
  'AWSCredentialRequest',
  'FileAccess',
  'OpenRequest',
  'StepEnd',
  'TransferArrival',
  'TransferRecord',
  'TransferStart',
  'TransferStep',
  'UpstreamResponse',
]);

/** The exported types of an entry point that have optional members. */
function typesWithOptionalMembers(folder: string): string[] {
  const index = readFileSync(join(lib, folder, 'index.ts'), 'utf8');
  return [...index.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)].flatMap(([, names = '', from = '']) => {
    const source = readFileSync(join(lib, folder, `${from}.ts`), 'utf8');
    return names
      .split(',')
      .map((name) => name.replace(/\btype\b/, '').trim())
      .filter((name) => {
        const start = new RegExp(`^export (?:interface|type) ${name}\\b`, 'm').exec(source)?.index;
        if (name === '' || start === undefined) return false;
        const declaration = source.slice(start, source.indexOf('\n\n', start));
        return /^ +(?:readonly )?\w+\?[:(]/m.test(declaration);
      });
  });
}

it.each(['', 'testing'])('no type of "%s" that callers write is missing in the check of the compiler', (folder) => {
  const types = typesWithOptionalMembers(folder).filter((name) => !MADE_BY_THE_PACKAGE.has(name));
  expect(types.length).toBeGreaterThan(2);
  expect(types.filter((name) => !checked.includes(`takesUndefined<${name}>()`))).toEqual([]);
});
