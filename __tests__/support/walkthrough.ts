/** A page of the documentation that a reader follows with two terminals: its programs, commands and outputs. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

/** What the reader does or sees, in the order of the page. */
export type Action =
  | { readonly kind: 'save'; readonly file: string; readonly text: string }
  | { readonly kind: 'run'; readonly command: string; readonly output: string }
  | { readonly kind: 'see'; readonly output: string };

const FENCE = /^```(js|console|json|text)\n(.*?)^```$/gms;

/** Reads a section's programs (each named in the paragraph above it), commands and outputs of the server. */
export function actionsOf(section: string): Action[] {
  return [...section.matchAll(FENCE)].flatMap(([, language = '', text = '']): Action[] => {
    if (language === 'console') return commandsOf(text);
    if (language !== 'js') return [{ kind: 'see', output: text }];
    const before = section.slice(0, section.indexOf(text));
    const file = [...before.matchAll(/`([\w.]+\.mjs)`/g)].at(-1)?.[1];
    if (file === undefined) throw new Error(`a program without the name of a file:\n${text}`);
    return [{ kind: 'save', file, text }];
  });
}

function commandsOf(text: string): Action[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.split('\n');
      return { kind: 'run', command, output: output.join('\n') };
    });
}

/** The ways in which a reader may save the programs. */
export const LANGUAGES = ['mjs', 'mts', 'cjs'] as const;
export type Language = (typeof LANGUAGES)[number];

/** `import` as `require`, as the quickstart says it. */
function asCommonJS(text: string): string {
  return text
    .replaceAll(
      /^import \{ (.*?) \} from (.*);$/gm,
      (_line, names: string, from: string) => `const { ${names} } = require(${from});`,
    )
    .replaceAll(/^import (\w+) from (.*);$/gm, 'const $1 = require($2);');
}

/** Replaces what differs from run to run: times, ids, and what the machine is called. */
export function withoutChance(output: string): string {
  return output
    .replaceAll('\r', '')
    .replaceAll(/^Date: .*$/gm, 'Date: -')
    .replaceAll(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, 'UUID')
    .replaceAll(/\breq_[\da-f]{32}\b/g, 'req_-')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/ in \d+ ms/g, ' in - ms')
    .replaceAll(/ \([\d.]+ms\)$/gm, ' (-ms)')
    .replaceAll(/"(time|pid|firstByteMs|durationMs)":[\d.]+/g, '"$1":-')
    .replaceAll(/"hostname":"[^"]*"/g, '"hostname":-')
    .trimEnd();
}

export interface Walk {
  readonly directory: string;
  readonly language: Language;
  /** The port that stands in for 3000, which may be in use. */
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

/** One thing that the page says, and what is really seen. */
export interface Sight {
  readonly where: string;
  readonly promised: string;
  readonly seen: string;
}

/** Follows the page and returns what it promises beside what is seen. */
export async function walk(actions: readonly Action[], given: Walk): Promise<Sight[]> {
  const sights: Sight[] = [];
  let server: Server | undefined;
  const adapted = (text: string) => text.replaceAll('3000', String(given.port));
  // The client is a program of its own, which says nothing about the language of the gateway.
  const renamed = (text: string) => text.replace(/\b(server|gateway\.test)\.mjs\b/, `$1.${given.language}`);
  try {
    for (const action of actions) {
      if (action.kind === 'save') {
        const file = renamed(action.file);
        const text = adapted(action.text);
        await writeFile(join(given.directory, file), file.endsWith('.cjs') ? asCommonJS(text) : text);
        continue;
      }
      const promised = adapted(action.output);
      if (action.kind === 'see') {
        if (server === undefined) throw new Error(`no server runs that could write\n${promised}`);
        sights.push({ where: 'the output of the server', promised, seen: await server.untilLine(promised) });
        continue;
      }
      const command = renamed(adapted(action.command));
      if (!/\bnode server\./.test(command)) {
        sights.push({ where: command, promised, seen: await run(command, given) });
        continue;
      }
      await server?.end('SIGKILL');
      server = startServer(command, given);
      const [first = '', last] = promised.split('^C\n');
      sights.push({ where: command, promised: first, seen: await server.untilLine(first) });
      if (last !== undefined) sights.push({ where: 'Ctrl+C', promised: last, seen: await server.endedWith('SIGINT') });
    }
  } finally {
    await server?.end('SIGKILL');
  }
  return sights.map(({ where, promised, seen }) => ({
    where,
    promised: withoutChance(promised),
    seen: withoutChance(seen),
  }));
}

/** `node` is the one that runs this test. */
const ENVIRONMENT = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };

interface Server {
  /** Waits for the promised line of the output, and returns it; or all of the output, if it ends before. */
  untilLine(promised: string): Promise<string>;
  /** Sends a signal, and returns what is written after that. */
  endedWith(signal: NodeJS.Signals): Promise<string>;
  end(signal: NodeJS.Signals): Promise<void>;
}

function startServer(command: string, { directory, env }: Walk): Server {
  const child = spawn('sh', ['-c', `exec ${withoutAssignments(command)}`], {
    cwd: directory,
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const closed = once(child, 'close');
  async function end(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    await closed;
  }
  return {
    end,
    async untilLine(promised) {
      const line = withoutChance(promised);
      for (;;) {
        const found = output.split('\n').find((each) => withoutChance(each) === line);
        if (found !== undefined || hasEnded(child)) return found ?? output;
        // A server that says something else is seen in the failure: the test's time is up, or it ends.
        const arrived = await Promise.race([
          ...[child.stdout, child.stderr].map((stream) => once(stream, 'data')),
          closed,
        ]);
        if (arrived.length === 2) return output;
      }
    },
    async endedWith(signal) {
      const before = output.length;
      await end(signal);
      return output.slice(before);
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The key of the page is a placeholder. The test gives one. */
function withoutAssignments(command: string): string {
  return command.replace(/^(?:[A-Z_]+=\S+ )+/, '');
}

/** Runs a command to its end and returns what it writes. Of a report about tests, only the line of each test. */
function run(command: string, { directory, env }: Walk): Promise<string> {
  const exact = command
    // Without the progress meter, which curl writes where the body goes to a file.
    .replace(/^curl /, 'curl -s ')
    // Node 22 has another reporter for what is not a terminal.
    .replace(/^node --test /, 'node --test --test-reporter=spec ');
  // Node's own runner refuses to run inside of another.
  const options = { cwd: directory, env: { ...ENVIRONMENT, ...env, NODE_TEST_CONTEXT: undefined } };
  return new Promise((resolve) => {
    execFile('sh', ['-c', exact], options, (_error, stdout, stderr) => {
      const results = command.startsWith('node --test') ? stdout.match(/^[✔✖] .*$/gmu) : null;
      resolve(results === null ? stdout + stderr : results.join('\n'));
    });
  });
}
