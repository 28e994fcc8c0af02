import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run demo -- [option]

Without an option: OpenAI's SDK downloads a file directly and through a gateway, and both are compared.

  --cut <number>  The same, but the provider cuts the gateway's download off this many times: 1, 2 or 3.
  --watch         Starts a gateway with downloads that go on, and prints the address of its console. Ctrl+C ends it.
  --help          Prints this text.

With OPENAI_API_KEY and OPENAI_FILE_ID, the file is one of yours at OpenAI.`;

export interface Arguments {
  readonly help: boolean;
  readonly watch: boolean;
  /** How often the provider cuts the download off. */
  readonly cuts: number;
}

/** A gateway resumes a download three times unless it is told otherwise. */
const MOST_CUTS = 3;

/** @throws Error that says what to write */
export function readArguments(args: readonly string[]): Arguments {
  const { help = false, watch = false, cut } = parse(args);
  if (watch && cut !== undefined) throw new Error('--watch and --cut are two demonstrations. Leave one out.');
  if (cut !== undefined && !/^[1-3]$/.test(cut)) {
    throw new Error(`--cut must be 1, 2 or ${MOST_CUTS}, got "${cut}". Write --cut ${MOST_CUTS}`);
  }
  return { help, watch, cuts: Number(cut ?? 0) };
}

function parse(args: readonly string[]): { help?: boolean; watch?: boolean; cut?: string } {
  const options = {
    help: { type: 'boolean', short: 'h' },
    watch: { type: 'boolean' },
    cut: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const [sentence] = `${Reflect.get(Object(error), 'message')}`.split('. ');
    throw new Error(`${sentence}. The options are --cut 3, --watch and --help.`, { cause: error });
  }
}
