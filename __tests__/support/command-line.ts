/** The command line of the built package, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BuiltPackage } from './built-package';

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the command line. */
export interface CommandLine extends AsyncDisposable {
  readonly process: ChildProcess;
  /** What was written to standard error so far. */
  stderr(): string;
  /** What was written to standard output so far. */
  stdout(): string;
  readonly ended: Promise<Ended>;
  /** Waits until a line of standard error or of standard output matches. @throws Error if the process ends before */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for the address of the file in the command that is printed. */
  fileURL(): Promise<string>;
}

/** Without what the shell of the developer has set. */
const CLEAN = { PORT: undefined, OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined, OPENAI_FILE_ID: undefined };

export function startCommandLine(
  { directory }: BuiltPackage,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): CommandLine {
  const bin = join(directory, 'node_modules/express-file-content/dist/integrations/cli/bin.js');
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: directory,
    env: { ...process.env, ...CLEAN, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  async function until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(stderr) ?? pattern.exec(stdout);
      if (found !== null) return found;
      const arrived = [once(child.stdout, 'data'), once(child.stderr, 'data')];
      const isOver = await Promise.race([...arrived, ended.then(() => true)]);
      if (isOver === true && !pattern.test(stderr + stdout)) throw new Error(`ended without ${pattern}: ${stderr}`);
    }
  }
  return {
    until,
    fileURL: async () => (await until(/http:\S+\/content$/m))[0],
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
