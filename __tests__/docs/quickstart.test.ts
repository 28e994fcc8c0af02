import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { type BuiltPackage, buildPackage } from '../support/built-package';
import { describeWith, freePort } from '../support/programs';
import { actionsOf, LANGUAGES, type Sight, walk } from '../support/walkthrough';

const root = join(__dirname, '../..');
let built: BuiltPackage;
let openai: FakeProvider;

beforeAll(async () => {
  built = await buildPackage();
  const file = { content: 'This is a file.\n', filename: 'results.jsonl' };
  openai = await fakeProvider({ apiKey: 'sk-test', files: { 'file-abc123': file } });
}, 60_000);

afterAll(async () => {
  await openai.close();
  await built[Symbol.asyncDispose]();
});

/** Follows a section of a page in a folder of its own, beside the package and its dependencies. */
async function follow(page: string, heading: string, language: (typeof LANGUAGES)[number]): Promise<Sight[]> {
  const text = await readFile(join(root, page), 'utf8');
  const section = text.split(/^(?=## )/m).find((each) => each.startsWith(`## ${heading}\n`));
  if (section === undefined) throw new Error(`${page} has no section ${heading}`);
  const directory = join(built.directory, `${heading.replaceAll(/\W+/g, '-')}-${language}`);
  await mkdir(directory);
  const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: openai.baseURL };
  return await walk(actionsOf(section), { directory, language, port: await freePort(), env });
}

function expectAsPromised(sights: readonly Sight[]): void {
  expect(sights.map(({ where, seen }) => ({ where, output: seen }))).toEqual(
    sights.map(({ where, promised }) => ({ where, output: promised })),
  );
}

const STEPS = [
  '1. Mount the router',
  "2. Serve OpenAI's files",
  '3. Know who asks',
  '4. Choose between two providers',
  '5. Log',
  '6. Set limits and timeouts',
  '7. Test it',
  '8. Stop without cutting downloads off',
];

test('every step of the quickstart is followed', async () => {
  const page = await readFile(join(root, 'docs/quickstart.md'), 'utf8');
  const headings = [...page.matchAll(/^## (\d.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(STEPS);
});

describeWith(['curl'], 'what a reader sees', () => {
  const languages = LANGUAGES.filter((language) => language !== 'mts' || process.features.typescript);
  const rows = STEPS.flatMap((step) => languages.map((language) => [step, language] as const));
  test.each(rows)(
    '%s, as .%s',
    async (step, language) => {
      expectAsPromised(await follow('docs/quickstart.md', step, language));
    },
    60_000,
  );

  test.each(languages)(
    'the README, as .%s',
    async (language) => {
      const sights = await follow('README.md', 'Try it in two minutes', language);
      expect(sights).toHaveLength(3);
      expectAsPromised(sights);
    },
    60_000,
  );
});
