import { fakeProvider, generatedFile } from '../../../lib/testing/index';
import { type BuiltPackage, layOutPackage } from '../../support/built-package';
import { type CommandLine, startCommandLine } from '../../support/command-line';
import { open, readAll } from '../../support/download';

let built: BuiltPackage;

beforeAll(async () => {
  built = await layOutPackage();
});

afterAll(() => built[Symbol.asyncDispose]());

const LENGTH = 30_000_000;

function recordsOf({ stdout, stderr }: { stdout: string; stderr: string }): { outcome: string; bytesSent: number }[] {
  const lines = (stdout + stderr).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line));
}

/** A gateway, and a download of which only the beginning has been read. */
async function startDownload(fault?: { kind: 'stall'; afterBytes: number }) {
  const provider = await fakeProvider({ apiKey: 'sk-1', files: { 'file-1': generatedFile(LENGTH, { fault }) } });
  const env = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: provider.baseURL, OPENAI_FILE_ID: 'file-1' };
  const gateway = startCommandLine(built, ['--port', '0'], env);
  const response = await open(await gateway.fileURL());
  return {
    gateway,
    response,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await provider.close();
    },
  };
}

async function signal(gateway: CommandLine, name: NodeJS.Signals): Promise<void> {
  gateway.process.kill(name);
  await gateway.until(/1 download may continue for up to 10 seconds/);
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it by that signal, at once if nothing runs', async (name) => {
  await using gateway = startCommandLine(built, ['--port', '0']);
  await gateway.fileURL();
  gateway.process.kill(name);
  expect(await gateway.ended).toMatchObject({ code: null, signal: name, stdout: '' });
});

test('a download in flight ends, its record is written, and only then the process', async () => {
  await using running = await startDownload();
  await signal(running.gateway, 'SIGTERM');
  expect(await readAll(running.response)).toHaveLength(LENGTH);
  const ended = await running.gateway.ended;
  expect(ended.signal).toBe('SIGTERM');
  expect(recordsOf(ended)).toMatchObject([{ outcome: 'completed', bytesSent: LENGTH }]);
});

// A terminal sends Ctrl+C to the whole group, and npm passes it on: one keystroke is two signals.
test('two signals in a row are one', async () => {
  await using running = await startDownload();
  await signal(running.gateway, 'SIGINT');
  running.gateway.process.kill('SIGINT');
  expect(await readAll(running.response)).toHaveLength(LENGTH);
  expect(recordsOf(await running.gateway.ended)).toMatchObject([{ outcome: 'completed' }]);
});

test('a second signal cuts off what still runs, with its record', async () => {
  await using running = await startDownload({ kind: 'stall', afterBytes: 1_000_000 });
  const read = readAll(running.response);
  await signal(running.gateway, 'SIGINT');
  const again = setInterval(() => running.gateway.process.kill('SIGINT'), 50);
  await expect(read).rejects.toThrow('aborted');
  const ended = await running.gateway.ended;
  clearInterval(again);
  expect(ended.signal).toBe('SIGINT');
  expect(recordsOf(ended)).toMatchObject([{ outcome: 'client_aborted' }]);
});
