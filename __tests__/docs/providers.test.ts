import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as lib from '../../lib';

const page = readFileSync(join(__dirname, '../../docs/providers.md'), 'utf8');

/** Every factory of a provider, by its name. */
const FACTORIES: Readonly<Record<string, (options: never) => unknown>> = {
  anthropic: lib.anthropic,
  anthropicAWS: lib.anthropicAWS,
  anthropicFoundry: lib.anthropicFoundry,
  anthropicVertex: lib.anthropicVertex,
  azureOpenAI: lib.azureOpenAI,
  azureStorage: lib.azureStorage,
  bedrock: lib.bedrock,
  bufferedProvider: lib.bufferedProvider,
  dashscope: lib.dashscope,
  fireworks: lib.fireworks,
  gcs: lib.gcs,
  gemini: lib.gemini,
  groq: lib.groq,
  hostedVllm: lib.hostedVllm,
  httpProvider: lib.httpProvider,
  manus: lib.manus,
  mistral: lib.mistral,
  openai: lib.openai,
  openaiCompatible: lib.openaiCompatible,
  openRouter: lib.openRouter,
  perplexity: lib.perplexity,
  s3: lib.s3,
  signedUrlProvider: lib.signedUrlProvider,
  streamProvider: lib.streamProvider,
  together: lib.together,
  vertexAI: lib.vertexAI,
  xai: lib.xai,
};

/** The options that the code knows, read off its own message about one that it does not. */
function known(factory: string): string[] {
  try {
    FACTORIES[factory]?.({ unheardOf: 1 } as never);
  } catch (error) {
    return (/; write one of ([^.]*)/.exec(String(error))?.[1]?.split(', ') ?? []).sort();
  }
  throw new Error(`${factory} takes any option`);
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word);
}

const section = page.slice(page.indexOf('\n## Every option'), page.indexOf('\n## Anthropic'));
const table = new Map<string, string[]>();
for (const [, factories = '', options = ''] of section.matchAll(/^\| (`.*?`) \| (.*) \|$/gm)) {
  for (const factory of codeIn(factories)) table.set(factory, codeIn(options));
}

test('the table has every factory', () => {
  expect([...table.keys()].sort()).toEqual(Object.keys(FACTORIES).sort());
});

test.each(Object.keys(FACTORIES))('the table has every option of %s, and no other', (factory) => {
  // A row may refer to another: "those of `s3`".
  const options = (table.get(factory) ?? []).flatMap((option) => table.get(option) ?? [option]);
  expect([...new Set(options)].sort()).toEqual(known(factory));
});

test.each(Object.keys(FACTORIES))('every option of %s is explained outside of that table', (factory) => {
  const rest = page.replace(section, '');
  // `name` is a word of its own in most sentences.
  const unexplained = known(factory).filter((option) => !new RegExp(`[\`{ ,(]${option}[\`: ,})]`).test(rest));
  expect(unexplained).toEqual([]);
});
