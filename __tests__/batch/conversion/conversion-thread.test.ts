import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConversionThread } from '../../../lib/batch/conversion/conversion-thread';
import type { Question } from '../../../lib/batch/conversion/conversion-worker';
import { layOutPackage } from '../../support/built-package';
import { eventually, PATIENCE_MS } from '../../support/leaks';
import { temporaryDirectory } from '../../support/temporary-directory';

const { signal } = new AbortController();

function question(text: string): Question {
  return {
    line: { bytes: Uint8Array.from(Buffer.from(text)), number: 1 },
    reading: { dialect: 'vertex', facts: { created: 0 } },
  };
}

function rowOf(answer: { readonly text: Uint8Array | undefined } | undefined): unknown {
  return JSON.parse(Buffer.from(answer?.text ?? []).toString());
}

it('starts when it is needed, takes the bytes, and ends when it is idle', async () => {
  const thread = new ConversionThread(undefined, 1);
  expect(thread.isRunning).toBe(false);
  const asked = question('{"key":"1","response":2}');
  const answers = await Promise.all([thread.convert(asked, signal), thread.convert(question(' '), signal)]);
  expect(rowOf(answers[0])).toMatchObject({ custom_id: '1', response: { body: 2 } });
  expect(answers[1]).toEqual({ text: undefined, isAnonymous: false });
  expect(asked.line.bytes.length).toBe(0);
  await eventually('it has ended', () => !thread.isRunning);
  expect(rowOf(await thread.convert(question('{"key":"2"}'), signal))).toMatchObject({ custom_id: '2' });
  await eventually('it has ended', () => !thread.isRunning);
});

it('does not convert what was aborted', async () => {
  const thread = new ConversionThread(undefined, 1);
  const abort = new AbortController();
  const first = thread.convert(question('{"key":"1"}'), signal);
  const unwanted = thread.convert(question('{"key":"2"}'), abort.signal);
  abort.abort(new Error('gone'));
  await expect(unwanted).rejects.toThrow('gone');
  expect(rowOf(await first)).toMatchObject({ custom_id: '1' });
  await eventually('it has ended', () => !thread.isRunning);
});

it('fails over the line that ends it, and converts the next', async () => {
  const file = join(await temporaryDirectory('thread'), 'dying.js');
  await writeFile(
    file,
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', ({ line }) => {
       if (line.bytes.length > 5) throw new Error('out of memory');
       parentPort.postMessage({ text: undefined, isAnonymous: true });
     });
     parentPort.postMessage('ready');`,
  );
  const thread = new ConversionThread(file, 1);
  const fails = expect(thread.convert(question('too long'), signal)).rejects.toThrow('out of memory');
  const next = thread.convert(question('short'), signal);
  await fails;
  expect(await next).toEqual({ text: undefined, isAnonymous: true });
  await eventually('it has ended', () => !thread.isRunning);
});

it('says once where it cannot be started, and leaves the bytes', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation();
  const thread = new ConversionThread(join(await temporaryDirectory('thread'), 'missing.js'));
  const asked = question('{}');
  expect(await thread.convert(asked, signal)).toBeUndefined();
  expect(await thread.convert(asked, signal)).toBeUndefined();
  expect(asked.line.bytes.length).toBe(2);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/no thread could be started .*Cannot find module/)]]);
  warn.mockRestore();
});

it('works in the package as it is published, and does not keep the process alive', async () => {
  await using built = await layOutPackage();
  const file = join(built.directory, 'convert.cjs');
  await writeFile(
    file,
    `// An idle thread stays for days: a process that waited for it would not end.
     const { setTimeout } = globalThis;
     globalThis.setTimeout = (run, ms, ...values) => setTimeout(run, ms === 10_000 ? 2 ** 31 - 1 : ms, ...values);
     const { vertexAI } = require('express-file-content');
     const stream = vertexAI({ accessToken: 't', batchOutput: 'openai' }).transform({ status: 200, headers: {} });
     const meanwhile = setInterval(() => {}, 1000);
     stream.on('data', (row) => console.log(JSON.parse(row).custom_id)).on('end', () => clearInterval(meanwhile));
     stream.end(JSON.stringify({ key: 'long', request: 'x'.repeat(1e6), response: {} }));`,
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { timeout: PATIENCE_MS });
  expect([stdout, stderr]).toEqual(['long\n', '']);
});
