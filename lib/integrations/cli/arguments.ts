import { parseArgs } from 'node:util';
import { likelyName } from '../../values/did-you-mean';

/** Where the gateway listens. */
export interface ListenSettings {
  readonly port: number;
  readonly host: string;
}

/** What the command line asks for. */
export type Command =
  | { readonly name: 'help' }
  | { readonly name: 'version' }
  | { readonly name: 'serve'; readonly listen: ListenSettings };

/** An argument or a variable that cannot be used. The message says what to write. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  port: { type: 'string', short: 'p' },
  host: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

const DEFAULT_PORT = 3000;
const LOOPBACK = '127.0.0.1';

/**
 * Reads the arguments, and the port from the environment. `HOST` is not read: some shells set it to the name of the
 * machine, which would open the gateway to the network.
 *
 * @throws UsageError for an unknown argument and for a value that cannot be used
 */
export function parseArguments(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  // Not strict, because its messages name neither the likely option nor what to write.
  const { tokens } = parseArgs({ args: [...args], options: OPTIONS, strict: false, tokens: true });
  const given = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new UsageError(`Unexpected argument "${token.value}". All options begin with --.`);
    if (token.kind === 'option-terminator') continue;
    const { name, rawName, value } = token;
    if (!isOption(name)) throw new UsageError(unknownOption(rawName));
    if (OPTIONS[name].type === 'string') given.set(name, requireValue(rawName, value));
    else if (value !== undefined) throw new UsageError(`${rawName} takes no value.`);
    else given.set(name, undefined);
  }
  if (given.has('help')) return { name: 'help' };
  if (given.has('version')) return { name: 'version' };
  return { name: 'serve', listen: { host: given.get('host') ?? LOOPBACK, port: portOf(given.get('port'), env) } };
}

function isOption(name: string): name is keyof typeof OPTIONS {
  return Object.hasOwn(OPTIONS, name);
}

function unknownOption(rawName: string): string {
  const likely = rawName.startsWith('--') ? likelyName(rawName, Object.keys(OPTIONS)) : undefined;
  return `Unknown option ${rawName}.${likely === undefined ? '' : ` Did you mean --${likely}?`}`;
}

function requireValue(rawName: string, value: string | undefined): string {
  // Without an equals sign the next argument is the value, even if it is an option.
  if (value !== undefined && value !== '' && !value.startsWith('-')) return value;
  throw new UsageError(`${rawName} needs a value: ${rawName === '--host' ? `--host ${LOOPBACK}` : `${rawName} 8080`}`);
}

function portOf(given: string | undefined, { PORT }: NodeJS.ProcessEnv): number {
  if (given !== undefined) return parsePort('--port', given);
  return PORT ? parsePort('PORT', PORT) : DEFAULT_PORT;
}

function parsePort(name: string, value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UsageError(`${name} must be a number from 0 to 65535, got ${JSON.stringify(value)}.`);
}
