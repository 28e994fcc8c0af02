// Reads a Dockerfile, and does what it says in a directory where there is no engine.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Reads the instructions in their order, without comments and with continued lines joined. */
export function parseDockerfile(path: string): readonly Instruction[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      if (name === '') throw new Error(`not an instruction: ${line}`);
      return { name, text };
    });
}

export interface BuiltImage {
  /** The root directory of the last stage. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly stopSignal: string;
  readonly user: string;
}

interface Stage {
  readonly root: string;
  workdir: string;
}

/**
 * Does what the engine does, as far as this project's Dockerfile goes: stages, `WORKDIR`, `COPY`, `ENV` and the exec
 * forms. `run` gets the commands of `RUN` with the directory of their stage; what it does not do itself, it refuses.
 */
export function buildImage(
  context: string,
  scratch: string,
  run: (command: string, workdir: string) => void,
): BuiltImage {
  const stages = new Map<string, Stage>();
  let stage: Stage = { root: scratch, workdir: '/' };
  const image = { env: {} as Record<string, string>, command: [''], healthcheck: [''], stopSignal: '', user: 'root' };

  function copy(text: string): void {
    const words = text.split(/\s+/);
    const from = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1];
    const source = from === undefined ? context : stages.get(from)?.root;
    if (source === undefined) throw new Error(`no stage ${from}`);
    const target = words.at(-1) ?? '';
    const patterns = words.slice(from === undefined ? 0 : 1, -1);
    for (const pattern of patterns) {
      const found = globSync(pattern.replace(/^\//, ''), { cwd: source });
      // Like the engine: what is named must be there, a pattern may find nothing.
      if (found.length === 0 && !pattern.includes('*')) throw new Error(`COPY: no ${pattern}`);
      for (const path of found) {
        const name = patterns.length > 1 || target.endsWith('/') ? join(target, basename(path)) : target;
        cpSync(join(source, path), join(stage.root, stage.workdir, name), { recursive: true, verbatimSymlinks: true });
      }
    }
  }

  for (const { name, text } of parseDockerfile(join(context, 'Dockerfile'))) {
    if (name === 'FROM') {
      const as = / AS (\w+)$/.exec(text)?.[1] ?? `stage${stages.size}`;
      stage = { root: join(scratch, as), workdir: '/' };
      stages.set(as, stage);
    } else if (name === 'WORKDIR') {
      stage.workdir = text;
      mkdirSync(join(stage.root, text), { recursive: true });
    } else if (name === 'COPY') copy(text);
    else if (name === 'RUN') run(text, join(stage.root, stage.workdir));
    else if (name === 'ENV') {
      for (const pair of text.split(/\s+/)) {
        const [variable = '', value = ''] = pair.split('=');
        image.env[variable] = value;
      }
    } else if (name === 'CMD') image.command = JSON.parse(text);
    else if (name === 'HEALTHCHECK') image.healthcheck = JSON.parse(text.slice(text.indexOf('CMD ') + 4));
    else if (name === 'STOPSIGNAL') image.stopSignal = text;
    else if (name === 'USER') image.user = text;
    else if (name !== 'EXPOSE') throw new Error(`unknown instruction ${name}`);
  }
  return { ...image, root: stage.root, workdir: join(stage.root, stage.workdir) };
}

/** Runs a command in the exec form, in the image's directory. @throws unless it exits with 0 */
export function execIn(image: BuiltImage, command: readonly string[], env: Readonly<Record<string, string>>): void {
  const [program = '', ...args] = command;
  execFileSync(program, args, { cwd: image.workdir, env: { ...process.env, ...image.env, ...env }, stdio: 'pipe' });
}

/** The program of an image as a process. It is killed with the scope that declared it. */
export interface RunningImage extends AsyncDisposable {
  /** The port that the program printed. */
  readonly port: string;
  /** Sends the stop signal. @returns the exit status; null if the signal itself ended the process */
  stop(): Promise<number | null>;
}

/**
 * Starts the command of an image in its directory, and waits until it prints the port for requests.
 *
 * @throws Error if the process ends before
 */
export async function startImage(image: BuiltImage, env: Readonly<Record<string, string>>): Promise<RunningImage> {
  const [program = '', ...args] = image.command;
  const child = spawn(program, args, {
    cwd: image.workdir,
    env: { ...process.env, ...image.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, port] = /requests on port (\d+)/.exec(line) ?? [];
      if (port !== undefined) resolve(port);
    });
  });
  const port = await Promise.race([listening, exited]);
  if (typeof port !== 'string') throw new Error(`${image.command.join(' ')} ended with ${port[0]} before it listened`);
  return {
    port,
    async stop() {
      child.kill(image.stopSignal as NodeJS.Signals);
      const [code] = await exited;
      return code;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
