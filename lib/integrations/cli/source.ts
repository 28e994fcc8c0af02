import { type LocatedProvider, openai } from '../../index';
import { fakeProvider, generatedFile } from '../../testing/index';
import { UsageError } from './arguments';

/** Where the files of the gateway come from. */
export interface FileSource {
  readonly provider: LocatedProvider;
  /** The file in the command that is printed. */
  readonly fileId: string;
  /** A sentence for the one who started the gateway. */
  readonly description: string;
  close(): Promise<void>;
}

const FILE_ID = 'file-demo';
const FILE_LENGTH = 64 * 1024 * 1024;

/**
 * Opens OpenAI if there is a key, or else a provider in this process.
 *
 * @throws UsageError for a key or a base URL that cannot be used
 */
export async function openSource(env: NodeJS.ProcessEnv): Promise<FileSource> {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_FILE_ID } = env;
  if (!OPENAI_API_KEY) return await openDemo();
  return {
    provider: fromEnvironment(OPENAI_API_KEY, OPENAI_BASE_URL),
    fileId: OPENAI_FILE_ID || 'FILE_ID',
    description: `Files come from ${OPENAI_BASE_URL || 'OpenAI'}, with the key in OPENAI_API_KEY.`,
    async close() {},
  };
}

async function openDemo(): Promise<FileSource> {
  const apiKey = 'sk-demo';
  const file = generatedFile(FILE_LENGTH, {
    filename: 'demo.bin',
    headers: { etag: '"demo"', 'last-modified': 'Sat, 03 Jan 2026 10:00:00 GMT' },
  });
  const demo = await fakeProvider({ apiKey, files: { [FILE_ID]: file } });
  return {
    provider: openai({ apiKey, baseURL: demo.baseURL, name: 'demo' }),
    fileId: FILE_ID,
    description: 'OPENAI_API_KEY is not set: the file comes from a provider in this process.',
    close: demo.close,
  };
}

function fromEnvironment(apiKey: string, baseURL: string | undefined): LocatedProvider {
  try {
    return openai({ apiKey, baseURL: baseURL || undefined });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = error.message.replace('openai: ', '').replace(/ See [^ ]*$/, '');
    throw new UsageError(message.replace('"apiKey"', 'OPENAI_API_KEY').replace('"baseURL"', 'OPENAI_BASE_URL'));
  }
}
