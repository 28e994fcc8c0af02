import { spawnSync } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HELP } from '../../../lib/integrations/cli/help';
import { fakeProvider } from '../../../lib/testing/index';
import { type BuiltPackage, layOutPackage } from '../../support/built-package';
import { startCommandLine } from '../../support/command-line';
import { download } from '../../support/download';
import { serve } from '../../support/local-server';

let built: BuiltPackage;

beforeAll(async () => {
  built = await layOutPackage();
});

afterAll(() => built[Symbol.asyncDispose]());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  startCommandLine(built, args, env).ended;

test('prints its help, and its version', async () => {
  const { version } = JSON.parse(await readFile(join(__dirname, '../../../package.json'), 'utf8'));
  expect(await run(['--help'])).toEqual({ code: 0, signal: null, stdout: HELP, stderr: '' });
  expect(await run(['-v'])).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
});

test('the documentation has the same help', async () => {
  const page = await readFile(join(__dirname, '../../../docs/command-line.md'), 'utf8');
  expect(page).toContain(`\`\`\`text\n${HELP}\`\`\`\n`);
});

test('every line of the help fits into 120 columns', () => {
  expect(HELP.split('\n').filter((line) => line.length > 120)).toEqual([]);
});

test('ends with 2 and the next thing to try if an argument or a variable is wrong', async () => {
  const hint = 'See express-file-content --help.\n';
  expect(await run(['--prot', '1'])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `express-file-content: Unknown option --prot. Did you mean --port?\n${hint}`,
  });
  const wrongURL = await run([], { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'api.openai.com' });
  expect(wrongURL).toMatchObject({
    code: 2,
    stderr: `express-file-content: OPENAI_BASE_URL must be an absolute URL such as https://api.example.com/v1, got another string.\n${hint}`,
  });
  const wrongKey = await run([], { OPENAI_API_KEY: 'sk-canary\n' });
  expect(wrongKey.code).toBe(2);
  expect(wrongKey.stderr).toMatch(/^express-file-content: OPENAI_API_KEY must be /);
  expect(wrongKey.stderr).not.toContain('sk-canary');
});

test('ends with 1 and without a stack if the port is in use', async () => {
  await using other = await serve(() => undefined);
  const { port } = new URL(other.origin);
  expect(await run(['--port', port])).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: `express-file-content: Port ${port} on 127.0.0.1 is in use by another program. Use another port, or any free one: --port 0\n`,
  });
});

test('ends with 1 if the host is not an address of this machine', async () => {
  // An address of the documentation (RFC 5737).
  const { code, stderr } = await run(['--port', '0', '--host', '192.0.2.1']);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'express-file-content: 192.0.2.1 is not an address of this machine. Use --host 127.0.0.1, or --host 0.0.0.0 for every address.\n',
  });
});

test('says what to install if Express is missing, and still prints its help', async () => {
  const express = join(built.directory, 'node_modules/express');
  await rename(express, `${express}-away`);
  try {
    expect((await run(['--help'])).code).toBe(0);
    const { code, stderr } = await run(['--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'express-file-content: Express is not installed, and the gateway needs it: npm install express\n' +
        'Without a project: npx --package=express --package=express-file-content express-file-content\n',
    );
  } finally {
    await rename(`${express}-away`, express);
  }
});

test('says which Node it needs', async () => {
  const file = join(built.directory, 'node_modules/express-file-content/dist/integrations/cli/bin.js');
  const other = join(built.directory, 'old-node.cjs');
  await writeFile(
    other,
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });\n` +
      `require(${JSON.stringify(file)});\n`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [other, '--help'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'express-file-content needs Node ^22.15.0 || ^24.0.0 || >=26.0.0, and this is 18.20.8. Get another version from https://nodejs.org.\n',
  });
});

test('without a key it serves a file of a provider in the same process', async () => {
  await using gateway = startCommandLine(built, ['--port', '0']);
  const url = await gateway.fileURL();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\/files\/file-demo\/content$/);
  expect(gateway.stderr()).toContain('OPENAI_API_KEY is not set: the file comes from a provider in this process.\n');
  expect(gateway.stderr()).not.toContain('Warning');
  const { status, body } = await download(url, { headers: { range: 'bytes=5-9' } });
  expect([status, body.length]).toEqual([206, 5]);
  const page = await download(new URL('/transfers/', url).href);
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  const [line] = await gateway.until(/^\{.*\}$/m);
  expect(JSON.parse(line)).toMatchObject({ outcome: 'completed', provider: 'demo', fileId: 'file-demo' });
});

test('with a key it serves the files behind OPENAI_BASE_URL', async () => {
  await using provider = await fakeProvider({ apiKey: 'sk-own', files: { 'file-1': 'rows' } });
  const env = { OPENAI_API_KEY: 'sk-own', OPENAI_BASE_URL: provider.baseURL, OPENAI_FILE_ID: 'file-1' };
  await using gateway = startCommandLine(built, ['--port', '0'], env);
  const url = await gateway.fileURL();
  expect((await download(url)).body.toString()).toBe('rows');
  expect((await download(url.replace('file-1', 'file-2'))).status).toBe(404);
  await gateway.until(/"outcome":"upstream_error"/);
  // A download that failed is on standard error.
  expect(gateway.stdout()).not.toContain('upstream_error');
  expect(gateway.stdout() + gateway.stderr()).not.toContain('sk-own');
});

test('warns if others can reach it', async () => {
  await using gateway = startCommandLine(built, ['--port', '0', '--host', '0.0.0.0']);
  // The address of every interface is not one that a client can use.
  expect(await gateway.fileURL()).toMatch(/^http:\/\/127\.0\.0\.1:/);
  expect(gateway.stderr()).toMatch(/^Warning: anyone who can reach this machine can download, because/);
});

test.each(['stdout', 'stderr'] as const)('continues to serve when its %s is closed', async (stream) => {
  await using provider = await fakeProvider({ apiKey: 'sk-1', files: { 'file-1': 'rows' } });
  const env = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: provider.baseURL, OPENAI_FILE_ID: 'file-1' };
  await using gateway = startCommandLine(built, ['--port', '0'], env);
  const url = await gateway.fileURL();
  gateway.process[stream]?.destroy();
  const [found, missing] = [url, url.replace('file-1', 'file-2')];
  // A record of each kind: on standard output, and on standard error.
  for (const next of [found, missing, found, missing, found, missing]) {
    expect((await download(next)).status).toBe(next === found ? 200 : 404);
  }
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).signal).toBe('SIGTERM');
});

test('curl resumes a download that it has cut off', async () => {
  if (spawnSync('curl', ['--version']).status !== 0) {
    console.warn('curl is not installed: nothing was checked');
    return;
  }
  await using gateway = startCommandLine(built, ['--port', '0']);
  const url = await gateway.fileURL();
  const whole = (await download(url)).body;
  const file = join(built.directory, 'resumed.bin');
  await writeFile(file, whole.subarray(0, 12_345_678));
  const curl = spawnSync('curl', ['-sS', '--fail-with-body', '-C', '-', '-o', file, '-w', '%{http_code}', url]);
  expect([curl.status, String(curl.stdout), String(curl.stderr)]).toEqual([0, '206', '']);
  expect((await readFile(file)).equals(whole)).toBe(true);
  const missing = url.replace('file-demo', 'file-missing');
  const failed = spawnSync('curl', ['-sS', '--fail-with-body', missing]);
  expect([failed.status, JSON.parse(String(failed.stdout)).error.type]).toEqual([22, 'invalid_request_error']);
});
