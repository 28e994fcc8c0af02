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

/** The options in the tables of "Every option", by factory. */
function described(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const [section = ''] = page.split(/^(?=## )/m).filter((each) => each.startsWith('## Every option\n'));
  for (const table of section.split(/^### /m).slice(1)) {
    const factories = codeIn(/^(`.*):$/m.exec(table)?.[1] ?? '');
    const hasOwners = table.includes('| option | of |');
    for (const [, option = '', second = ''] of table.matchAll(/^\| `(\w+)` \| ((?:[^|\\]|\\\|)*) \|/gm)) {
      const named = codeIn(second);
      const of = !hasOwners || second === 'all' ? factories : named;
      const owners = second.startsWith('all but ') ? factories.filter((each) => !named.includes(each)) : of;
      for (const factory of owners) found.set(factory, (found.get(factory) ?? new Set()).add(option));
    }
  }
  return found;
}

test('the tables have every factory', () => {
  expect([...described().keys()].sort()).toEqual(Object.keys(FACTORIES).sort());
});

test.each(Object.keys(FACTORIES))('the tables have every option that %s accepts, and no other', (factory) => {
  expect([...(described().get(factory) ?? [])].sort()).toEqual(known(factory));
});
