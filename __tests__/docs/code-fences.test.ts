import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { documents, fencesOf, isExcerpt } from '../support/code-fences';

const root = join(__dirname, '../..');

function compile(directory: string): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(process.execPath, [tsc, '-p', directory, '--pretty', 'false'], { cwd: root }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

test('every example in the documentation compiles', async () => {
  const fences = documents().flatMap(fencesOf);
  expect(fences.length).toBeGreaterThan(10);
  const checked = fences.filter((fence) => !isExcerpt(fence));
  // Within the project, so that packages are found.
  const directory = join(root, 'reports/code-fences');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  copyFileSync(join(__dirname, 'prelude.d.ts'), join(directory, 'prelude.d.ts'));
  const up = relative(directory, root);
  const config = {
    extends: `${up}/tsconfig.check.json`,
    compilerOptions: {
      rootDir: up,
      noUnusedLocals: false,
      noUnusedParameters: false,
      paths: {
        'express-file-content': [`${up}/lib/index.ts`],
        'express-file-content/prometheus': [`${up}/lib/integrations/prometheus.ts`],
        'express-file-content/redis': [`${up}/lib/integrations/redis.ts`],
        'express-file-content/testing': [`${up}/lib/testing/index.ts`],
      },
    },
    include: ['*.mts', 'prelude.d.ts'],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const places = new Map<string, string>();
  for (const [index, { place, code }] of checked.entries()) {
    const file = `fence-${index}.mts`;
    places.set(file, place);
    writeFileSync(join(directory, file), `${code}\nexport {};\n`);
  }
  const problems = (await compile(directory))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^.*?(fence-\d+\.mts)/, (_match, file: string) => places.get(file) ?? file));
  expect(problems).toEqual([]);
});

test('the first example of the testing guide is a test of this suite', () => {
  const [first] = fencesOf('docs/guides/testing.md');
  expect(first?.code).toBe(readFileSync(join(__dirname, 'testing-guide.test.ts'), 'utf8'));
});
