import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FakeProvider, fakeProvider } from '../../lib/testing/index';
import { type BuiltPackage, layOutPackage } from '../support/built-package';
import { serve } from '../support/local-server';
import { describeWith, freePort } from '../support/programs';
import { type Action, actionsOf, LANGUAGES, type Language, type Sight, walk } from '../support/walkthrough';

const root = join(__dirname, '../..');
let built: BuiltPackage;
let openai: FakeProvider;

beforeAll(async () => {
  built = await layOutPackage();
  const file = { content: 'This is a file.\n', filename: 'results.jsonl' };
  openai = await fakeProvider({ apiKey: 'sk-test', files: { 'file-abc123': file } });
});

afterAll(async () => {
  await openai.close();
  await built[Symbol.asyncDispose]();
});

async function actionsIn(page: string, heading: string): Promise<Action[]> {
  const text = await readFile(join(root, page), 'utf8');
  const section = text.split(/^(?=## )/m).find((each) => each.startsWith(`## ${heading}\n`));
  if (section === undefined) throw new Error(`${page} has no section ${heading}`);
  return actionsOf(section);
}

/** Follows actions in a folder of its own, beside the package and its dependencies. */
async function follow(actions: readonly Action[], language: Language, port?: number): Promise<Sight[]> {
  const directory = await mkdtemp(join(built.directory, 'reader-'));
  const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: openai.baseURL };
  return await walk(actions, { directory, language, port: port ?? (await freePort()), env });
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

const TRY = 'Try it in two minutes';

test('every step of the quickstart is followed', async () => {
  const page = await readFile(join(root, 'docs/quickstart.md'), 'utf8');
  const headings = [...page.matchAll(/^## (\d.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(STEPS);
});

test('the README names the tarball that npm pack makes', async () => {
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const named = (await readFile(join(root, 'README.md'), 'utf8')).match(/[\w-]+-[\d.]+\.tgz/g);
  expect(new Set(named)).toEqual(new Set([`${name}-${version}.tgz`]));
});

describeWith(['curl'], 'what a reader sees', () => {
  const languages = LANGUAGES.filter((language) => language !== 'mts' || process.features.typescript);
  const rows = STEPS.flatMap((step) => languages.map((language) => [step, language] as const));
  test.each(rows)('%s, as .%s', async (step, language) => {
    expectAsPromised(await follow(await actionsIn('docs/quickstart.md', step), language));
  });

  test.each(languages)('the README, as .%s', async (language) => {
    const sights = await follow(await actionsIn('README.md', TRY), language);
    expect(sights).toHaveLength(4);
    expectAsPromised(sights);
  });

  const servers = STEPS.filter((step) => step !== '7. Test it');
  test.each(servers)('%s: a port that is in use is an error', async (step) => {
    await using other = await serve((_req, res) => res.end());
    const actions = await actionsIn('docs/quickstart.md', step);
    const start = actions.findIndex(({ kind }) => kind === 'run');
    const [sight] = await follow(actions.slice(0, start + 1), 'mjs', Number(new URL(other.origin).port));
    expect(sight?.seen).toContain('EADDRINUSE');
    expect(sight?.seen).not.toContain('listening on');
  });
});

test("the README's programs are those of the quickstart's first steps", async () => {
  const programs = (actions: readonly Action[]) =>
    actions.flatMap((action) => (action.kind === 'save' && action.file === 'server.mjs' ? [action.text] : []));
  const [first = '', second = ''] = STEPS;
  const steps = [await actionsIn('docs/quickstart.md', first), await actionsIn('docs/quickstart.md', second)].flatMap(
    programs,
  );
  expect(programs(await actionsIn('README.md', TRY))).toEqual(steps);
});
