import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type BuiltPackage, layOutPackage } from '../support/built-package';
import { makeCertificate } from '../support/certificates';
import { documents, type Fence, fencesOf, isExcerpt } from '../support/code-fences';

let built: BuiltPackage;

beforeAll(async () => {
  built = await layOutPackage();
});

afterAll(() => built?.[Symbol.asyncDispose]());

/**
 * An example that this test does not run: it needs a server, a provider or a test runner, or it throws, as a resolver
 * would. It is compiled all the same.
 */
function needsMore({ code }: Fence): boolean {
  return /from '(?:ioredis|redis)'|^test\(|files\.open\(|new OpenAI\(|^throw /m.test(code);
}

/** What the examples use without saying where it comes from, and what they say is the reader's. */
const RUNNER = `
import net from 'node:net';
import express from 'express';
const named = globalThis;
named.app = express();
named.resolveProvider = () => undefined;
named.entraToken = named.readKey = async () => 'token';
named.readAWSCredentials = async () => ({ accessKeyId: 'id', secretAccessKey: 'secret' });
named.authenticate = (_req, _res, next) => next();
named.findFile = async () => undefined;
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, typeof port === 'number' ? 0 : port, ...rest);
};
process.on('unhandledRejection', () => undefined);
const results = [];
for (const file of process.argv.slice(2)) {
  const error = await import(file).then(() => undefined, (thrown) => String(thrown?.stack ?? thrown));
  results.push(error ?? null);
}
process.stdout.write(JSON.stringify(results), () => process.exit());
`;

const ENVIRONMENT = {
  OPENAI_API_KEY: 'key',
  LINK_KEY: '0'.repeat(64),
  AZURE_STORAGE_CONNECTION_STRING: 'AccountName=results;AccountKey=a2V5;EndpointSuffix=core.windows.net',
};

test('every example in the documentation runs', async () => {
  const fences = documents()
    .flatMap(fencesOf)
    .filter((fence) => !isExcerpt(fence) && !needsMore(fence));
  expect(fences.length).toBeGreaterThan(25);
  const certificate = join(built.directory, 'company.pem');
  await writeFile(certificate, makeCertificate().cert);
  const files = await Promise.all(
    fences.map(async ({ code }, at) => {
      const file = join(built.directory, `fence-${at}.mts`);
      await writeFile(file, `${code.replace('/etc/ssl/company.pem', certificate)}\nexport {};\n`);
      return file;
    }),
  );
  const runner = join(built.directory, 'run.mjs');
  await writeFile(runner, RUNNER);
  const { stdout } = await promisify(execFile)(process.execPath, [runner, ...files], {
    cwd: built.directory,
    env: { ...process.env, ...ENVIRONMENT },
    timeout: 50_000,
  });
  const errors: (string | null)[] = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
  const failed = errors.flatMap((error, at) => (error === null ? [] : [`${fences[at]?.place}: ${error}`]));
  expect(failed).toEqual([]);
});

test('the names that examples use without a declaration are listed in the index', () => {
  const prelude = readFileSync(join(__dirname, 'prelude.d.ts'), 'utf8');
  const names = [...prelude.matchAll(/^declare (?:const|function) (\w+)/gm)].map(([, name = '']) => name);
  const index = readFileSync(join(__dirname, '../../docs/README.md'), 'utf8');
  expect(names.filter((name) => !index.includes(`\`${name}`))).toEqual([]);
});

test('every program in docs/examples is run by a test, or imported by one that is', () => {
  const root = join(__dirname, '../..');
  const programs = globSync('docs/examples/**/*.mts', { cwd: root });
  const runners = globSync(['__tests__/**/*.ts', 'scripts/*.mts', '.ci/run', ...programs], { cwd: root });
  const text = new Map(runners.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
  const unused = programs.filter((program) => {
    const name = basename(program, '.mts');
    const isNamed = new RegExp(`[/'"\`]${name}(?:\\.m[jt]s)?\\b`);
    return ![...text].some(([path, code]) => path !== program && isNamed.test(code));
  });
  expect(unused).toEqual([]);
});
